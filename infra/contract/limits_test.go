package contract_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/onlinemart/mart/events/eventstest"
	"github.com/onlinemart/mart/infra/contract"
)

// parts are lists that leave values out, or have no type: what staff may say of stock, how an entry of the journal came about, what a token can
// be had for, which the document has from the table that hands them out, whose password it is, which is a principal's type as clients say it, and how whoever
// registers is answered, which is always the same; the carts that are shown; and
// what a flow tells of each hop; whether a source of events is read.
var parts = []string{"received counted damaged lost returned corrected", "succeeded rejected failed due", "password refresh_token client_credentials", "customer staff", "check_mail", "open ordered", "family", "request command transaction event delivery provider mail", "done rejected failed open", "reading partly stopped"}

// A value that the program knows is one that the API shows and takes, and the other way round.
func TestEveryListOfValuesIsWhole(t *testing.T) {
	t.Parallel()
	api, err := contract.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, part := range parts {
		known[sorted(strings.Fields(part))] = true
	}
	for _, values := range eventstest.AllConstants(t) {
		known[sorted(values)] = true
	}
	lists := enumsIn(api)
	if len(lists) < 20 {
		t.Errorf("only %d lists of values were found", len(lists))
	}
	for _, list := range lists {
		if !known[sorted(list)] {
			t.Errorf("the API lists %v, and no type has just these constants: complete the list, or name it in parts", list)
		}
	}
}

func sorted(values []string) string {
	return strings.Join(slices.Sorted(slices.Values(values)), " ")
}

// enumsIn are the lists of values within a part of the document.
func enumsIn(part any) (lists [][]string) {
	switch part := part.(type) {
	case map[string]any:
		for name, member := range part {
			if values, is := member.([]any); is && name == "enum" {
				var list []string
				for _, v := range values {
					if text, is := v.(string); is { // else it is the null of a member that a patch may remove
						list = append(list, text)
					}
				}
				lists = append(lists, list)
				continue
			}
			lists = append(lists, enumsIn(member)...)
		}
	case []any:
		for _, member := range part {
			lists = append(lists, enumsIn(member)...)
		}
	}
	return lists
}

// A parameter that asks for a thing by a member is limited as the member is.
func TestParametersAreLimitedAsMembersAre(t *testing.T) {
	t.Parallel()
	api, err := contract.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	within := func(part any, path ...string) any {
		for _, name := range path {
			members, _ := part.(map[string]any)
			part = members[name]
		}
		return part
	}
	schemas := within(api, "components", "schemas")
	for _, c := range []struct{ path, parameter, limit, schema, member string }{
		{"/products", "minPrice", "maximum", "Money", "amount"},
		{"/products", "maxPrice", "maximum", "Money", "amount"},
		{"/products", "minPrice", "minimum", "Money", "amount"},
		{"/customers", "email", "maxLength", "Registration", "email"},
	} {
		parameters, _ := within(api, "paths", c.path, "get", "parameters").([]any)
		i := slices.IndexFunc(parameters, func(p any) bool { return within(p, "name") == c.parameter })
		if i < 0 {
			t.Errorf("GET %s has no parameter %s", c.path, c.parameter)
			continue
		}
		got, want := within(parameters[i], "schema", c.limit), within(schemas, c.schema, "properties", c.member, c.limit)
		if want == nil || got != want {
			t.Errorf("GET %s: the %s of %s is %v, that of %s.%s %v", c.path, c.limit, c.parameter, got, c.schema, c.member, want)
		}
	}
}
