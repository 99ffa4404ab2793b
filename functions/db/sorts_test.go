package db

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/schemas"
)

// sortsOf is how the document must say what a list is sorted by, its default and all other fields.
func sortsOf[T any](l pg.Listing[T]) (byDefault string, fields []string) {
	return l.DefaultSort, slices.Sorted(maps.Keys(l.Orders))
}

// What the API's description says a list is sorted by is what it is sorted by.
func TestTheDocumentNamesWhatListsAreSortedBy(t *testing.T) {
	t.Parallel()
	type sorts = func() (string, []string)
	lists := map[string]sorts{
		"/customers/me/addresses":      func() (string, []string) { return sortsOf(addressList) },
		"/brands":                      func() (string, []string) { return sortsOf(brandList) },
		"/categories":                  func() (string, []string) { return sortsOf(categoryList) },
		"/customers":                   func() (string, []string) { return sortsOf(customerList) },
		"/notifications":               func() (string, []string) { return sortsOf(notificationList) },
		"/orders":                      func() (string, []string) { return sortsOf(orderList) },
		"/payments":                    func() (string, []string) { return sortsOf(paymentList) },
		"/products":                    func() (string, []string) { return sortsOf(productList) },
		"/products/{id}/prices":        func() (string, []string) { return sortsOf(priceList) },
		"/stock":                       func() (string, []string) { return sortsOf(stockList) },
		"/stock/{productId}/movements": func() (string, []string) { return sortsOf(movementList) },
		"/users":                       func() (string, []string) { return sortsOf(userList) },
		"/journal":                     func() (string, []string) { return "-number", []string{"number"} },
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
			byDefault, want := lists[path]()
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
