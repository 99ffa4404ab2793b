package web

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// What the document takes for an amount is what the rule takes: of each currency the most that a card can be charged, and not one more.
func TestTheDocumentHasTheMostOfEachCurrency(t *testing.T) {
	t.Parallel()
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	registry.Schema(reflect.TypeFor[events.Money](), true, "")
	money := registry.Map()["Money"]
	describeMoney(money)
	raw, err := json.Marshal(money)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err = compiler.AddResource("money.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("money.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, currency := range []string{"EUR", "JPY", "IDR", "ISK", "UGX"} {
		most := domain.Chargeable(currency)
		for amount, fits := range map[int64]bool{0: true, most: true, most + 1: false, -1: false} {
			if err := schema.Validate(map[string]any{"amount": json.Number(strconv.FormatInt(amount, 10)), "currency": currency}); (err == nil) != fits {
				t.Errorf("%d %s: %v, want it to fit: %t", amount, currency, err, fits)
			}
		}
	}
}
