package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/onlinemart/mart"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/serve"
)

type function struct {
	Name string `arg:"" optional:"" help:"Which: auth, user, brand … gateway. Default: what FUNCTION says."`
}

// Help is what stands under the flags: everything that can be set.
func (function) Help() string {
	var text strings.Builder
	text.WriteString("Settings, with their defaults; mart function NAME --help has those of one function:\n\n")
	if err := printSettings(&text, ""); err != nil {
		return err.Error()
	}
	return text.String()
}

// helpOfFunction prints the settings of the one function that args ask about, and tells whether they do.
func helpOfFunction(w io.Writer, args []string) (asked bool, err error) {
	if len(args) != 3 || args[0] != "function" || !slices.Contains([]string{"--help", "-h"}, args[2]) {
		return false, nil
	}
	if _, err := mart.Lookup(events.Function(args[1])); err != nil {
		return true, err
	}
	fmt.Fprintf(w, "Usage: mart function %s\n\nRun it as a process of its own, until SIGTERM. It reads from the environment:\n\n", args[1])
	return true, printSettings(w, args[1])
}

// Run runs one function until it is told to stop.
func (f function) Run(ctx context.Context) error {
	if f.Name == "" {
		return serve.Run(ctx)
	}
	return serve.RunAs(ctx, events.Function(f.Name))
}

// joined is the errors that are there.
func joined(all ...error) error { return errors.Join(all...) }
