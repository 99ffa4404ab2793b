package main

import "github.com/onlinemart/mart/infra/knative"

type manifests struct {
	Dir string `arg:"" default:"infra/knative" help:"Where the manifests live."`
}

// Run writes the manifests for Kubernetes and Knative from the catalogue of messages.
func (m manifests) Run() error { return knative.Generate(m.Dir) }
