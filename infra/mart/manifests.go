package main

import (
	"errors"

	"github.com/onlinemart/mart/functions/contract"
	"github.com/onlinemart/mart/infra/knative"
)

type manifests struct {
	Dir string `arg:"" default:"infra/knative" help:"Where the manifests live."`
}

// Run writes the manifests for Kubernetes and Knative from the catalogue of messages.
func (m manifests) Run() error { return knative.Generate(m.Dir) }

type generate struct {
	Schemas   string `default:"schemas" help:"Where the schemas and the API's descriptions live."`
	Manifests string `default:"infra/knative" help:"Where the manifests live."`
}

// Run rewrites everything that follows from the catalogue of messages and the routes.
func (g generate) Run() error {
	return errors.Join(contract.Generate(g.Schemas), knative.Generate(g.Manifests))
}
