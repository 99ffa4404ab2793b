package e2e

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/onlinemart/mart/infra/client"
)

// parcel is a shipping method that goes to a country, at 4.90 up to 2 kg and 9.90 up to 30.
func parcel(name, country, class string) map[string]any {
	return map[string]any{
		"name": name, "zones": []any{map[string]any{"countries": []string{country}}}, "delivery": map[string]int{"minDays": 1, "maxDays": 3},
		"price": map[string]any{
			"by": "weight", "currency": "EUR", "steps": []any{map[string]int{"upTo": 2000, "amount": 490}, map[string]int{"upTo": 30_000, "amount": 990}},
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
