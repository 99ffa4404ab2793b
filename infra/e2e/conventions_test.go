package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/onlinemart/mart/infra/client"
)

func raw(text string) json.RawMessage { return json.RawMessage(text) }

func TestETagsGuardChanges(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	created := send(ctx, t, m.owner, http.MethodPost, "/brands", map[string]string{"name": unique("Brand")})
	if created.Status != http.StatusCreated || created.Header.Get("ETag") != `"1"` || created.Header.Get("Location") == "" {
		t.Fatalf("create: %d %v %s", created.Status, created.Header, created.Body)
	}
	path := created.Header.Get("Location")
	change := map[string]string{"description": "changed"}
	refused(t, send(ctx, t, m.owner, http.MethodPatch, path, change), nil, http.StatusPreconditionRequired, "")
	changed := send(ctx, t, m.owner, http.MethodPatch, path, change, client.IfMatch(`"1"`))
	if changed.Status != http.StatusOK || changed.Header.Get("ETag") != `"2"` {
		t.Fatalf("change: %d %v %s", changed.Status, changed.Header, changed.Body)
	}
	refused(t, send(ctx, t, m.owner, http.MethodPatch, path, change, client.IfMatch(`"1"`)), nil, http.StatusPreconditionFailed, "")
	refused(t, send(ctx, t, m.owner, http.MethodDelete, path, nil, client.IfMatch(`"1"`)), nil, http.StatusPreconditionFailed, "")
	if a := send(ctx, t, m.api, http.MethodGet, path, nil, client.Header{Name: "If-None-Match", Value: `"2"`}); a.Status != http.StatusNotModified {
		t.Errorf("an unchanged brand: %d", a.Status)
	}
	if a := send(ctx, t, m.owner, http.MethodDelete, path, nil, client.IfMatch(`"2"`)); a.Status != http.StatusNoContent {
		t.Errorf("delete: %d %s", a.Status, a.Body)
	}
	refused(t, send(ctx, t, m.api, http.MethodGet, path, nil), nil, http.StatusNotFound, "")
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p := m.product(ctx, t, 10)
	b := m.buyer(ctx, t)
	body := func(quantity int64) map[string]any {
		return map[string]any{"lines": []client.Line{{ProductID: p.ID, Quantity: quantity}}, "shippingAddress": client.Address("Ada")}
	}
	key := client.NewKey()
	first := send(ctx, t, b.Client, http.MethodPost, "/orders", body(1), key)
	again := send(ctx, t, b.Client, http.MethodPost, "/orders", body(1), key)
	if first.Status != http.StatusCreated || again.Status != first.Status || string(again.Body) != string(first.Body) {
		t.Errorf("the same request twice:\n%d %s\n%d %s", first.Status, first.Body, again.Status, again.Body)
	}
	refused(t, send(ctx, t, b.Client, http.MethodPost, "/orders", body(2), key), nil, http.StatusUnprocessableEntity, "")
	refused(t, send(ctx, t, b.Client, http.MethodPost, "/orders", body(1)), nil, http.StatusBadRequest, "")
	// The key is the customer's own: another one's request with it is another request.
	other := m.buyer(ctx, t)
	if a := send(ctx, t, other.Client, http.MethodPost, "/orders", body(1), key); a.Status != http.StatusCreated || string(a.Body) == string(first.Body) {
		t.Errorf("another customer with the same key: %d %s", a.Status, a.Body)
	}
	m.stock(ctx, t, p.ID, 10, 2)
}

// Whoever is not logged in shares all keys with everybody else: what is asked counts too, so that nobody meets another's request.
func TestStrangersKeys(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	register := func(email string, key client.Header) client.Answer {
		return send(ctx, t, m.api, http.MethodPost, "/customers", map[string]string{"email": email, "name": "Ada", "password": passphrase}, key)
	}
	one, other, key := unique("one")+"@example.com", unique("other")+"@example.com", client.NewKey()
	first, stranger, again := register(one, key), register(other, key), register(one, key)
	if first.Status != http.StatusOK || stranger.Status != http.StatusOK {
		t.Errorf("two people with one key:\n%d %s\n%d %s", first.Status, first.Body, stranger.Status, stranger.Body)
	}
	for _, email := range []string{one, other} {
		m.enter(ctx, t, client.Storefront, email, passphrase)
	}
	if again.Status != first.Status || string(again.Body) != string(first.Body) {
		t.Errorf("the same request twice:\n%d %s\n%d %s", first.Status, first.Body, again.Status, again.Body)
	}
}

// What is asked for again before anything is decided is one operation, about the one thing that is made.
func TestAskedForAgainInTheBackground(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	b := m.buyer(ctx, t)
	body := map[string]any{"lines": []client.Line{{ProductID: m.product(ctx, t, 9).ID, Quantity: 1}}, "shippingAddress": client.Address("Ada Buyer")}
	key := client.NewKey()
	var places []string
	for range 3 {
		a := send(ctx, t, b.Client, http.MethodPost, "/orders", body, key, client.Prefer("respond-async"))
		switch {
		case a.Status == http.StatusCreated: // decided by now
		case a.Status != http.StatusAccepted || strings.Contains(string(a.Body), `"resource"`):
			t.Fatalf("%d %s", a.Status, a.Body)
		default:
			places = append(places, a.Header.Get("Location"))
		}
	}
	for _, at := range places {
		operation, err := client.Until(ctx, b.Client, at, func(o client.Operation) bool { return o.Status != "pending" })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Get[client.Order](ctx, b.Client, operation.Resource.Href); err != nil {
			t.Errorf("the operation says %+v, and there is: %v", operation.Resource, err)
		}
	}
	if len(places) == 0 {
		t.Error("nothing was answered before it was decided")
	}
}

func TestAnsweredLater(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	name := unique("Brand")
	a := send(ctx, t, m.owner, http.MethodPost, "/brands", map[string]string{"name": name}, client.Prefer("respond-async"))
	if a.Status != http.StatusAccepted || a.Header.Get("Preference-Applied") != "respond-async" || a.Header.Get("Retry-After") == "" {
		t.Fatalf("%d %v %s", a.Status, a.Header, a.Body)
	}
	operation, err := client.Until(ctx, m.owner, a.Header.Get("Location"), func(o client.Operation) bool { return o.Status != "pending" })
	if err != nil {
		t.Fatal(err)
	}
	if operation.Status != "succeeded" || operation.Resource.Type != "brand" {
		t.Fatalf("%+v", operation)
	}
	brand, err := client.Get[client.Brand](ctx, m.api, operation.Resource.Href)
	if err != nil || brand.Name != name {
		t.Errorf("%+v %v", brand, err)
	}
	refused(t, send(ctx, t, m.buyer(ctx, t).Client, http.MethodGet, a.Header.Get("Location"), nil), nil, http.StatusNotFound, "")
}

func TestPagesAndFilters(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	brand, err := client.Post[client.Brand](ctx, m.owner, "/brands", map[string]string{"name": unique("Brand")})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range 7 {
		p, err := client.Post[client.Product](ctx, m.owner, "/products", map[string]any{
			"sku": unique("SKU"), "name": fmt.Sprintf("Page %d", i), "price": client.Money{Amount: int64(1000 + i), Currency: "EUR"},
			"status": "published", "brandId": brand.ID,
		})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, p.ID)
	}
	slices.Reverse(want)
	var got []string
	path := "/products?limit=3&sort=-createdAt&brandId=" + brand.ID
	for pages := 0; path != "" && pages < 5; pages++ {
		page, a, err := client.Do[client.Page[client.Product]](ctx, m.api, http.MethodGet, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Items {
			got = append(got, p.ID)
		}
		path = ""
		if page.NextCursor != "" {
			path = "/products?limit=3&sort=-createdAt&brandId=" + brand.ID + "&cursor=" + page.NextCursor
			if !strings.Contains(a.Header.Get("Link"), `rel="next"`) {
				t.Errorf("Link: %q", a.Header.Get("Link"))
			}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	cheap, err := client.Get[client.Page[client.Product]](ctx, m.api, "/products?maxPrice=1002&brandId="+brand.ID)
	if err != nil || len(cheap.Items) != 3 {
		t.Errorf("at most 10.02: %d items, want 3: %v", len(cheap.Items), err)
	}
	refused(t, send(ctx, t, m.api, http.MethodGet, "/products?colour=red", nil), nil, http.StatusUnprocessableEntity, "")
	refused(t, send(ctx, t, m.api, http.MethodGet, "/products?cursor=made-up", nil), nil, http.StatusUnprocessableEntity, "")
	for sort, keys := range map[string][]string{"-createdAt": {"now", "infinity", "J2451187", "2026-11-29 02:38:05+99", "2026-11-29 02:38:05 Mars/Phobos"}, "price": {"dear", "99999999999999999999"}} {
		for _, key := range keys { // a position in this order, of which somebody has changed the value
			cursor := base64.RawURLEncoding.EncodeToString([]byte(`{"s":"` + sort + `","k":"` + key + `","i":"` + brand.ID + `"}`))
			refused(t, send(ctx, t, m.api, http.MethodGet, "/products?sort="+sort+"&cursor="+cursor, nil), nil, http.StatusUnprocessableEntity, "invalid")
		}
	}
	refused(t, send(ctx, t, m.api, http.MethodGet, "/products/"+uuid.NewString(), nil), nil, http.StatusNotFound, "")
}

func TestUniqueNames(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	name := map[string]string{"name": unique("Brand")}
	if a := send(ctx, t, m.owner, http.MethodPost, "/brands", name); a.Status != http.StatusCreated {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	refused(t, send(ctx, t, m.owner, http.MethodPost, "/brands", name), nil, http.StatusConflict, "")
}
