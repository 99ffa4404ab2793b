package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
)

const composeFile = "../../docker-compose.yml"

// What is committed is what the catalogue says; infra/compose reads the whole file as compose does.
func TestComposeHasTheCataloguesServices(t *testing.T) {
	t.Parallel()
	committed, err := os.ReadFile(composeFile)
	if err != nil {
		t.Fatal(err)
	}
	want, err := withServices(string(committed), events.Functions())
	if diff := cmp.Diff(want, string(committed)); diff != "" || err != nil {
		t.Errorf("%v; run make generate (-generated +committed):\n%s", err, diff)
	}
}

// A new noun's function gets its line, and one that is gone loses it; what is written by hand is kept to the letter.
func TestAServiceComesAndGoesWithItsFunction(t *testing.T) {
	t.Parallel()
	const head, tail = "services:\n  db: {image: mart}\n" + composeBegin, composeEnd + "  gateway: {image: mart} # the edge\n"
	got, err := withServices(head+"  brand: {image: old}\n"+tail, []events.Function{"db", "supplier", "gateway"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(head+"  supplier: {<<: *function, environment: {<<: *settings, FUNCTION: supplier}}\n"+tail, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAComposeFileWithoutThePlaceForServicesIsRefused(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"services: {}\n", composeEnd + composeBegin, composeBegin} {
		if got, err := withServices(file, events.Functions()); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(composeEnd)) {
			t.Errorf("%q became %q, %v", file, got, err)
		}
	}
}
