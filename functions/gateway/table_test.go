package gateway

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/schemas"
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
		if got, ok := functionFor(path); got != want || ok != (want != "") {
			t.Errorf("functionFor(%q) = %q, %v; want %q", path, got, ok, want)
		}
	}
}

// Whatever the API describes is reached, whatever is reached is described.
func TestTheTableIsTheAPI(t *testing.T) {
	t.Parallel()
	var api struct {
		Paths map[string]map[string]struct{ Tags []string }
		Tags  []struct{ Name events.Function }
	}
	if err := json.Unmarshal(schemas.OpenAPIJSON, &api); err != nil {
		t.Fatal(err)
	}
	described := map[events.Function]bool{}
	for path, item := range api.Paths {
		for method, operation := range item {
			f := events.Function(operation.Tags[0])
			if f == "operation" {
				continue // every function's; the id says whose
			}
			described[f] = true
			if got, _ := functionFor(path); got != f {
				t.Errorf("%s %s goes to %q, not to %s: see the Path of its noun in events", method, path, got, f)
			}
		}
	}
	for _, tag := range api.Tags {
		if tag.Name != "operation" && tag.Name != "first steps" && tag.Name != "conventions" && (!described[tag.Name] || !public(tag.Name)) {
			t.Errorf("%s has an API that cannot be reached", tag.Name)
		}
	}
	if diff := cmp.Diff(functions(), slices.Sorted(maps.Keys(described))); diff != "" {
		t.Errorf("the functions that are reached, and those that are described (-want +got):\n%s", diff)
	}
}
