package main

import (
	"context"
	"errors"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/process"
)

type function struct {
	Name string `arg:"" optional:"" help:"Which: auth, user, brand … gateway. Default: what FUNCTION says."`
}

// Run runs one function until it is told to stop.
func (f function) Run(ctx context.Context) error {
	if f.Name == "" {
		return process.Run(ctx)
	}
	return process.Named(ctx, events.Function(f.Name))
}

// joined is the errors that are there.
func joined(all ...error) error { return errors.Join(all...) }
