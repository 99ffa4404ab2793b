package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/onlinemart/mart/infra/client"
)

// parcel is a shipping method that goes to a country, at 4.90 up to 2 kg and 9.90 up to 30, in a currency in which no other test sells.
func parcel(name, country, class string) map[string]any {
	return map[string]any{
		"name": name, "zones": []any{map[string]any{"countries": []string{country}}}, "delivery": map[string]int{"minDays": 1, "maxDays": 3},
		"price": map[string]any{
			"by": "weight", "currency": "NOK", "steps": []any{map[string]int{"upTo": 2000, "amount": 490}, map[string]int{"upTo": 30_000, "amount": 990}},
		},
		"taxClass": class, "status": "active",
	}
}

// rate is what a country takes of things of a class.
func rate(country, class string, thousandths int, included bool) map[string]any {
	return map[string]any{
		"name": "VAT", "country": country, "taxClass": class, "rate": thousandths, "included": included, "validFrom": "2026-01-01T00:00:00Z",
	}
}

func (m mart) made(ctx context.Context, t *testing.T, path string, body any) (at string, first client.Answer) {
	t.Helper()
	a := send(ctx, t, m.owner, http.MethodPost, path, body, client.NewKey())
	if a.Status != http.StatusCreated {
		t.Fatalf("%s: %d %s", path, a.Status, a.Body)
	}
	return a.Header.Get("Location"), a
}

// Staff say how goods are sent and what is owed of them; everybody reads the ways that there are, staff the rates.
func TestStaffSayWhatSendingAndTaxesCost(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	class := unique("class")
	p := m.product(ctx, t, 1)
	shown, _, err := client.Do[client.Product](ctx, m.owner, http.MethodPatch, "/products/"+p.ID, map[string]any{"taxClass": class, "weightGrams": 750}, client.IfMatch("*"))
	if err != nil || shown.TaxClass != class || shown.WeightGrams != 750 || p.TaxClass != "standard" {
		t.Errorf("%v %+v, before %+v", err, shown, p)
	}

	method, _ := m.made(ctx, t, "/shipping-methods", parcel(unique("Parcel"), "IS", class))
	if a := send(ctx, t, m.api, http.MethodGet, method, nil); a.Status != http.StatusOK {
		t.Errorf("read by anybody: %d %s", a.Status, a.Body)
	}
	retired := send(ctx, t, m.owner, http.MethodPatch, method, map[string]string{"status": "retired"}, client.IfMatch("*"))
	if retired.Status != http.StatusOK {
		t.Fatalf("%d %s", retired.Status, retired.Body)
	}
	refused(t, send(ctx, t, m.api, http.MethodGet, method, nil), nil, http.StatusNotFound, "not_found")
	refused(t, send(ctx, t, m.api, http.MethodGet, "/shipping-methods?status=retired", nil), nil, http.StatusForbidden, "forbidden")

	vat, _ := m.made(ctx, t, "/tax-rates", rate("IS", class, 24_000, true))
	again := send(ctx, t, m.owner, http.MethodPost, "/tax-rates", rate("IS", class, 11_000, true))
	refused(t, again, nil, http.StatusConflict, "tax_rate_overlaps")
	if a := send(ctx, t, m.owner, http.MethodPatch, vat, map[string]string{"validTo": "2026-06-01T00:00:00Z"}, client.IfMatch("*")); a.Status != http.StatusOK {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	next := rate("IS", class, 11_000, true)
	next["validFrom"] = "2026-06-01T00:00:00Z"
	m.made(ctx, t, "/tax-rates", next)
	type line struct {
		Rate     int64
		TaxClass string
	}
	page, err := client.Get[client.Page[line]](ctx, m.owner, "/tax-rates?country=IS&limit=100")
	if err != nil {
		t.Fatal(err)
	}
	others := cmpopts.IgnoreSliceElements(func(l line) bool { return l.TaxClass != class })
	if d := cmp.Diff([]line{{11_000, class}, {24_000, class}}, page.Items, others); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	refused(t, send(ctx, t, m.api, http.MethodGet, vat, nil), nil, http.StatusUnauthorized, "")
	refused(t, send(ctx, t, m.buyer(ctx, t).Client, http.MethodGet, vat, nil), nil, http.StatusForbidden, "")
}

// Anybody learns what goods cost, sent somewhere: by each way, with the taxes of the place, at the prices of now; and nothing is reserved.
func TestAnybodyLearnsWhatGoodsCost(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	class := unique("class")
	p, err := m.owner.Stocked(ctx, unique("SKU"), unique("Thing"), client.Money{Amount: 10_000, Currency: "NOK"}, 5)
	if err != nil {
		t.Fatal(err)
	}
	if a := send(ctx, t, m.owner, http.MethodPatch, "/products/"+p.ID, map[string]any{"taxClass": class, "weightGrams": 1500}, client.IfMatch("*")); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	_, made := m.made(ctx, t, "/shipping-methods", parcel(unique("Parcel"), "NO", class))
	var method client.Meta
	if err := json.Unmarshal(made.Body, &method); err != nil {
		t.Fatal(err)
	}
	vat, _ := m.made(ctx, t, "/tax-rates", rate("NO", class, 25_000, true))

	type amount struct{ Amount client.Money }
	type choice struct {
		ShippingMethodID, Quote string
		Goods, Total            client.Money
		Charges, Taxes          []amount
	}
	quote := func(country string, quantity int) (found []choice) {
		t.Helper()
		a := send(ctx, t, m.api, http.MethodPost, "/quotes", map[string]any{
			"lines": []any{map[string]any{"productId": p.ID, "quantity": quantity}}, "destination": map[string]string{"country": country},
		})
		var q struct{ Choices []choice }
		if err := json.Unmarshal(a.Body, &q); err != nil || a.Status != http.StatusOK {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		for _, c := range q.Choices {
			if c.ShippingMethodID == method.ID && c.Quote != "" {
				c.Quote = ""
				found = append(found, c)
			}
		}
		return found
	}
	crowns := func(amount int64) client.Money { return client.Money{Amount: amount, Currency: "NOK"} }
	for _, c := range []struct {
		quantity                  int
		goods, charge, tax, total int64
	}{{1, 10_000, 490, 2098, 10_490}, {2, 20_000, 990, 4198, 20_990}} {
		want := []choice{{ShippingMethodID: method.ID, Goods: crowns(c.goods), Total: crowns(c.total), Charges: []amount{{crowns(c.charge)}}, Taxes: []amount{{crowns(c.tax)}}}}
		if d := cmp.Diff(want, quote("NO", c.quantity)); d != "" {
			t.Errorf("%d of it (-want +got):\n%s", c.quantity, d)
		}
	}
	if there := quote("SE", 1); len(there) != 0 {
		t.Errorf("where it does not go: %+v", there)
	}
	if a := send(ctx, t, m.owner, http.MethodPatch, vat, map[string]any{"included": false}, client.IfMatch("*")); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if added := quote("NO", 1); len(added) != 1 || added[0].Total != crowns(13_113) {
		t.Errorf("once the tax is added: %+v", added)
	}
	tooMany := send(ctx, t, m.api, http.MethodPost, "/quotes", map[string]any{
		"lines": []any{map[string]any{"productId": p.ID, "quantity": 6}}, "destination": map[string]string{"country": "NO"},
	})
	refused(t, tooMany, nil, http.StatusConflict, "out_of_stock")
	m.stock(ctx, t, p.ID, 5, 0)
}
