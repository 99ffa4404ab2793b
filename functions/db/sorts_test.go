package db

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/schemas"
)

// listAt are the queries behind lists that are not a noun's own, by their paths.
var listAt = map[string]events.Declared{
	"/customers/me/addresses": events.ListAddresses, "/products/{id}/prices": events.ListPrices, "/stock": events.ListStock,
	"/stock/{productId}/movements": events.ListMovements, "/journal": events.ListJournal, "/orders/{id}/notes": events.ListNotes,
}

// What the API's description says a list is sorted by is what it is sorted by.
func TestTheDocumentNamesWhatListsAreSortedBy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lists := maps.Clone(listAt)
	for _, n := range events.Nouns() {
		for _, m := range n.Messages {
			if d := m.Declaration(); d.Kind == events.QueryKind && d.Verb == "list" && n.Path != "" && lists[n.Path] == nil {
				lists[n.Path] = m
			}
		}
	}
	var document struct {
		Paths map[string]struct {
			Get struct {
				Parameters []struct{ Name, Description string }
			}
		}
	}
	if err := json.Unmarshal(schemas.OpenAPIJSON, &document); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for path, item := range document.Paths {
		for _, p := range item.Get.Parameters {
			if p.Name != "sort" {
				continue
			}
			seen++
			if lists[path] == nil {
				t.Errorf("%s is a list, and nobody compares what it is sorted by", path)
				continue
			}
			byDefault, want := b.sortedBy(b.handler(lists[path].Declaration().Noun, lists[path].Declaration().Verb))
			said, _, _ := strings.Cut(strings.TrimPrefix(p.Description, "What it is sorted by: "), ";")
			got := slices.Sorted(slices.Values(strings.Split(said, ", ")))
			if !slices.Equal(got, want) || !strings.HasSuffix(p.Description, "Default: "+byDefault+".") {
				t.Errorf("%s: the document says %q, want %v and by default %s", path, p.Description, want, byDefault)
			}
		}
	}
	if seen != len(lists) {
		t.Errorf("%d lists in the document, want %d", seen, len(lists))
	}
}
