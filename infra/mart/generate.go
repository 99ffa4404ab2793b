package main

import (
	"context"
	"fmt"
	"os"

	"github.com/onlinemart/mart/functions/phonebook"
	"github.com/onlinemart/mart/infra/contract"
)

type generate struct {
	Schemas  string `default:"schemas" help:"Folder of the contracts (${default})."`
	Phones   string `default:"functions/internal/domain/phones.json" help:"File of the telephone numbers' rules (${default})."`
	Settings string `default:"infra/settings.md" help:"The table of all settings (${default})."`
	Compose  string `default:"docker-compose.yml" help:"The compose file, whose services of plain functions are written (${default})."`
}

// Run writes the schemas, OpenAPI and AsyncAPI from what the functions declare, the rules of telephone numbers from libphonenumber, the table of
// settings, and compose's services. `mart manifests` writes the objects for Knative.
func (g generate) Run(context.Context) error {
	if err := contract.Generate(g.Schemas); err != nil {
		return err
	}
	if err := phonebook.Generate(g.Phones); err != nil {
		return err
	}
	if err := writeSettings(g.Settings); err != nil {
		return err
	}
	if err := writeServices(g.Compose); err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "The contracts are in "+g.Schemas+".")
	return nil
}
