package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/infra/client"
)

// thing makes a brand or a category, and gives its id.
func (m mart) thing(ctx context.Context, t *testing.T, path string, body map[string]string) string {
	t.Helper()
	made, err := client.Post[client.Meta](ctx, m.owner, path, body)
	if err != nil {
		t.Fatal(err)
	}
	return made.ID
}

// A brand and a category that products have stay, and say how many have them, until another one takes the products; each of those is then a
// product of its own version, and what was done to it is in the journal.
func TestWhatProductsHaveIsDeletedOnceAnotherTakesThem(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	for path, member := range map[string]string{"/brands": "brandId", "/categories": "categoryId"} {
		from, into := m.thing(ctx, t, path, map[string]string{"name": unique("From")}), m.thing(ctx, t, path, map[string]string{"name": unique("Into")})
		var products []client.Product
		for range 2 {
			p := m.product(ctx, t, 3)
			if a := send(ctx, t, m.owner, http.MethodPatch, "/products/"+p.ID, map[string]string{member: from}, client.IfMatch("*")); a.Status != http.StatusOK {
				t.Fatalf("%s: %d %s", path, a.Status, a.Body)
			}
			products = append(products, p)
		}
		at := path + "/" + from
		a := send(ctx, t, m.owner, http.MethodDelete, at, nil, client.IfMatch("*"))
		refused(t, a, nil, http.StatusConflict, "in_use")
		if p := a.Problem(""); !strings.HasPrefix(p.Detail, "2 products have this ") {
			t.Errorf("%s: it is told as %q", path, p.Detail)
		}
		refused(t, send(ctx, t, m.owner, http.MethodDelete, at+"?reassign="+from, nil, client.IfMatch("*")), nil, http.StatusUnprocessableEntity, "invalid")
		key := client.NewKey()
		for range 2 { // a repetition is answered as the first
			if a := send(ctx, t, m.owner, http.MethodDelete, at+"?reassign="+into, nil, client.IfMatch(`"1"`), key); a.Status != http.StatusNoContent {
				t.Errorf("%s: %d %s", path, a.Status, a.Body)
			}
		}
		refused(t, send(ctx, t, m.api, http.MethodGet, at, nil), nil, http.StatusNotFound, "not_found")
		for _, p := range products {
			m.movedOnce(ctx, t, p.ID, member, into)
		}
	}
}

// movedOnce checks that a product has another brand or category, as its third version, and that the journal knows by what.
func (m mart) movedOnce(ctx context.Context, t *testing.T, product, member, into string) {
	t.Helper()
	got, err := client.Get[client.Product](ctx, m.owner, "/products/"+product)
	if err != nil {
		t.Fatal(err)
	}
	if has := map[string]string{"brandId": got.BrandID, "categoryId": got.CategoryID}[member]; has != into || got.Version != 3 {
		t.Errorf("version %d has %s %s, want %s", got.Version, member, has, into)
	}
	entries, err := client.Get[struct{ Items []struct{ Type string } }](ctx, m.owner, "/journal?subject="+product)
	if err != nil {
		t.Fatal(err)
	}
	noun := strings.TrimSuffix(member, "Id")
	want := []string{"com.onlinemart." + noun + ".merge.v1", "com.onlinemart.product.update.v1"}
	var types []string
	for _, e := range entries.Items {
		if !strings.HasPrefix(e.Type, "com.onlinemart.inventory.") && e.Type != "com.onlinemart.product.create.v1" {
			types = append(types, e.Type)
		}
	}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Errorf("the journal of the product (-want +got):\n%s", diff)
	}
}

// treeLevels is how deep the tree of categories may be.
const treeLevels = 10

// The tree of categories has so many levels, whether one is made below the last or some are moved there; a path begins at the top, also when
// what it leads through has moved.
func TestTheTreeOfCategoriesHasALimit(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	chain := func(n int) (ids []string) {
		parent := ""
		for range n {
			body := map[string]string{"name": unique("Level")}
			if parent != "" {
				body["parentId"] = parent
			}
			parent = m.thing(ctx, t, "/categories", body)
			ids = append(ids, parent)
		}
		return ids
	}
	tall, short := chain(treeLevels), chain(3)
	tooDeep := send(ctx, t, m.owner, http.MethodPost, "/categories", map[string]string{"name": unique("Level"), "parentId": tall[len(tall)-1]})
	refused(t, tooDeep, nil, http.StatusConflict, "category_too_deep")
	if limit := fmt.Sprintf("%d levels", treeLevels); !strings.Contains(tooDeep.Problem("").Detail, limit) {
		t.Errorf("the limit is not told: %s", tooDeep.Body)
	}
	move := func(below string) client.Answer {
		return send(ctx, t, m.owner, http.MethodPatch, "/categories/"+short[0], map[string]string{"parentId": below}, client.IfMatch("*"))
	}
	refused(t, move(tall[treeLevels-3]), nil, http.StatusConflict, "category_too_deep")
	refused(t, move(short[2]), nil, http.StatusConflict, "category_cycle")
	if a := move(tall[treeLevels-4]); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	refused(t, send(ctx, t, m.owner, http.MethodDelete, "/categories/"+tall[0]+"?reassign="+short[2], nil, client.IfMatch("*")), nil, http.StatusConflict, "category_not_empty")
	leaf, err := client.Get[struct{ Path []struct{ ID string } }](ctx, m.api, "/categories/"+short[2])
	if err != nil {
		t.Fatal(err)
	}
	var path []string
	for _, step := range leaf.Path {
		path = append(path, step.ID)
	}
	if diff := cmp.Diff(append(tall[:treeLevels-3:treeLevels-3], short...), path); diff != "" {
		t.Errorf("the path (-want +got):\n%s", diff)
	}
}

// A shirt in its sizes: a product is one of a family, no two are alike, and what they have of it stays.
func TestAFamilyHasEachOptionOnce(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	sizes := func(values ...string) map[string]any {
		return map[string]any{"name": unique("Shirt"), "options": []map[string]any{{"name": "size", "values": values}}}
	}
	family, err := client.Post[client.Family](ctx, m.owner, "/families", sizes("S", "M"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := client.Post[client.Family](ctx, m.owner, "/families", sizes("S"))
	if err != nil {
		t.Fatal(err)
	}
	put := func(product, family, size string) client.Answer {
		t.Helper()
		body := map[string]any{"familyId": family, "options": map[string]string{"size": size}}
		return send(ctx, t, m.owner, http.MethodPatch, "/products/"+product, body, client.IfMatch("*"))
	}
	small, medium := m.product(ctx, t, 1), m.product(ctx, t, 1)
	if a := put(small.ID, family.ID, "S"); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	refused(t, put(medium.ID, family.ID, "S"), nil, http.StatusConflict, "options_taken")
	refused(t, put(medium.ID, family.ID, "XL"), nil, http.StatusUnprocessableEntity, "invalid")
	refused(t, put(medium.ID, "", "M"), nil, http.StatusUnprocessableEntity, "invalid")
	if a := put(medium.ID, family.ID, "M"); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	at := "/families/" + family.ID
	narrowed := send(ctx, t, m.owner, http.MethodPatch, at, map[string]any{"options": sizes("S")["options"]}, client.IfMatch("*"))
	refused(t, narrowed, nil, http.StatusConflict, "in_use")
	if p := narrowed.Problem(""); !strings.HasPrefix(p.Detail, "One product has the size M") {
		t.Errorf("it is told as %q", p.Detail)
	}
	gone := send(ctx, t, m.owner, http.MethodDelete, at, nil, client.IfMatch("*"))
	refused(t, gone, nil, http.StatusConflict, "in_use")
	if p := gone.Problem(""); !strings.HasPrefix(p.Detail, "2 products have this family") {
		t.Errorf("it is told as %q", p.Detail)
	}
	refused(t, send(ctx, t, m.owner, http.MethodDelete, at+"?reassign="+other.ID, nil, client.IfMatch("*")), nil, http.StatusUnprocessableEntity, "invalid")
	if a := send(ctx, t, m.owner, http.MethodPatch, "/products/"+medium.ID, map[string]any{"familyId": nil, "options": nil}, client.IfMatch("*")); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := send(ctx, t, m.owner, http.MethodDelete, at+"?reassign="+other.ID, nil, client.IfMatch("*")); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	got, err := client.Get[client.Product](ctx, m.api, "/products/"+small.ID)
	if err != nil || got.FamilyID != other.ID || got.Options["size"] != "S" {
		t.Errorf("%v %+v", err, got)
	}
}

// A list shows a shirt once for all its sizes, with what those cost that are asked for, beside what has no sizes; page by page, and whatever is
// searched and filtered.
func TestAListShowsAFamilyOnce(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	brand, word := m.thing(ctx, t, "/brands", map[string]string{"name": unique("Brand")}), letters()
	family, err := client.Post[client.Family](ctx, m.owner, "/families", map[string]any{
		"name": "Shirt " + word, "slug": "shirt-" + word, "options": []map[string]any{{"name": "size", "values": []string{"S", "M", "L"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]client.Product{}
	for i, size := range []string{"L", "S", "M"} {
		p := m.product(ctx, t, map[string]int64{"L": 1, "M": 1}[size])
		change := map[string]any{
			"name": "Shirt " + word + " " + size, "brandId": brand, "familyId": family.ID, "options": map[string]string{"size": size},
			"price": client.Money{Amount: int64(1000 + 100*i), Currency: "EUR"}, "imageUrl": "https://example.com/" + size + ".png",
		}
		if sizes[size], _, err = client.Do[client.Product](ctx, m.owner, http.MethodPatch, "/products/"+p.ID, change, client.IfMatch("*")); err != nil {
			t.Fatal(err)
		}
	}
	hat := m.product(ctx, t, 1)
	if hat, _, err = client.Do[client.Product](ctx, m.owner, http.MethodPatch, "/products/"+hat.ID, map[string]any{"brandId": brand, "name": "Hat " + word}, client.IfMatch("*")); err != nil {
		t.Fatal(err)
	}
	as := func(size string, least, most, products int64, picture string, has ...string) client.Product {
		p := sizes[size]
		p.Family = &client.FamilyGroup{
			ID: family.ID, Name: family.Name, Slug: family.Slug, Products: products, InStock: true, ImageURL: "https://example.com/" + picture + ".png",
			Prices:  []client.PriceRange{{Min: client.Money{Amount: least, Currency: "EUR"}, Max: client.Money{Amount: most, Currency: "EUR"}}},
			Options: []client.FamilyOption{{Name: "size", Values: has}},
		}
		return p
	}
	for query, want := range map[string][]client.Product{
		"":                           {hat, as("M", 1000, 1200, 3, "M", "S", "M", "L")},
		"&sort=price":                {as("L", 1000, 1200, 3, "M", "S", "M", "L"), hat},
		"&sort=-price":               {hat, as("M", 1000, 1200, 3, "M", "S", "M", "L")},
		"&inStock=true&sort=name":    {hat, as("L", 1000, 1200, 2, "M", "M", "L")},
		"&maxPrice=1150":             {as("L", 1000, 1100, 2, "S", "S", "L")}, // S, the newer one, is sold out
		"&q=" + word + "+shirt":      {as("M", 1000, 1200, 3, "M", "S", "M", "L")},
		"&q=" + word + "&sort=price": {as("L", 1000, 1200, 3, "M", "S", "M", "L"), hat},
		"&q=" + word + "+m":          {as("M", 1200, 1200, 1, "M", "M")},
	} {
		if diff := cmp.Diff(want, m.listed(ctx, t, "/products?limit=1&group=family&brandId="+brand+query)); diff != "" {
			t.Errorf("%s (-want +listed):\n%s", query, diff)
		}
	}
	plain := m.listed(ctx, t, "/products?limit=1&brandId="+brand)
	if diff := cmp.Diff([]client.Product{hat, sizes["M"], sizes["S"], sizes["L"]}, plain); diff != "" {
		t.Errorf("each by itself (-want +listed):\n%s", diff)
	}
	if diff := cmp.Diff([]client.Product{sizes["M"], sizes["S"], sizes["L"]}, m.listed(ctx, t, "/products?limit=2&familyId="+family.ID)); diff != "" {
		t.Errorf("the family's (-want +listed):\n%s", diff)
	}
	refused(t, send(ctx, t, m.api, http.MethodGet, "/products?group=brand", nil), nil, http.StatusUnprocessableEntity, "invalid")
}

// listed is all that a list shows to anybody, page by page.
func (m mart) listed(ctx context.Context, t *testing.T, at string) (all []client.Product) {
	t.Helper()
	for next := at; ; {
		page, err := client.Get[client.Page[client.Product]](ctx, m.api, next)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Items...)
		if page.NextCursor == "" {
			return all
		}
		next = at + "&cursor=" + url.QueryEscape(page.NextCursor)
	}
}
