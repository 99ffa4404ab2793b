package main

import (
	"context"
	"fmt"
	"os"

	"github.com/onlinemart/mart/functions/contract"
)

type generate struct {
	Schemas string `default:"schemas" help:"Folder of the contracts (${default})."`
}

// Run writes the schemas, OpenAPI and AsyncAPI from what the functions declare. `mart manifests` writes the objects for Knative.
func (g generate) Run(context.Context) error {
	if err := contract.Generate(g.Schemas); err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "The contracts are in "+g.Schemas+".")
	return nil
}
