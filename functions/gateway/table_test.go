package gateway

import (
	"encoding/json"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/contract"
)

func TestOwner(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]events.Function{
		"/.well-known/jwks.json":              events.Auth,
		"/oauth/token":                        events.Auth,
		"/users/me":                           events.User,
		"/brands":                             events.Brand,
		"/brands/":                            events.Brand,
		"/payments/webhooks/stripe":           events.Payment,
		"/operations/order-0198c6f2-3c1e":     events.Order,
		"/operations/db-0198c6f2-3c1e":        "",
		"/operations/gateway-0198c6f2":        "",
		"/operations/order":                   "",
		"/operations":                         "",
		"/":                                   "",
		"":                                    "",
		"/metrics":                            "",
		"/health/readiness":                   "",
		"/brandsx":                            "",
		"/brands/../metrics":                  "",
		"//metrics":                           "",
		"/brands//x":                          "",
		"/db":                                 "",
		"/operations/../db-0198c6f2-3c1e":     "",
		"/operations/notification-a/../order": "",
	} {
		if got, ok := owner(path); got != want || ok != (want != "") {
			t.Errorf("owner(%q) = %q, %v; want %q", path, got, ok, want)
		}
	}
}

// Whatever the API describes is reached, whatever is reached is described.
func TestTheTableIsTheAPI(t *testing.T) {
	t.Parallel()
	document, err := contract.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	described := map[events.Function]bool{}
	for path, item := range asItems(t, document["paths"]) {
		for method, operation := range item {
			f := events.Function(operation.Tags[0])
			if f == "operation" {
				continue // every function's; the id says whose
			}
			described[f] = true
			if got, _ := owner(path); got != f {
				t.Errorf("%s %s goes to %q, not to %s: see prefixes in table.go", method, path, got, f)
			}
		}
	}
	for _, a := range contract.APIs() {
		if !described[a.Function] || !public(a.Function) {
			t.Errorf("%s has an API that cannot be reached", a.Function)
		}
	}
}

type operation struct{ Tags []string }

func asItems(t *testing.T, paths any) map[string]map[string]operation {
	t.Helper()
	raw, err := json.Marshal(paths)
	if err != nil {
		t.Fatal(err)
	}
	var items map[string]map[string]operation
	if err := json.Unmarshal(raw, &items); err != nil {
		t.Fatal(err)
	}
	return items
}
