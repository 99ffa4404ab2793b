package tax_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/web"
	"github.com/onlinemart/mart/functions/order/internal/tax"
)

func open(t *testing.T) *functiontest.Office {
	t.Helper()
	return functiontest.OpenOffice(t, events.Order, events.CatalogRole, tax.Routes)
}

// The life of a tax rate: it is raised by ending it and beginning another one at that moment.
func TestTaxRate_IsCreatedEndedFollowedAndDeleted(t *testing.T) {
	t.Parallel()
	o := open(t)
	created := o.Call(o.Token, http.MethodPost, "/tax-rates", `{"name": "VAT 21 %", "country": "PT", "rate": 21000, "included": true, "validFrom": "2025-12-31T23:00:00-01:00"}`)
	if created.Status != http.StatusCreated {
		t.Fatalf("create: %d %s", created.Status, created.Body)
	}
	var made tax.TaxRate
	created.JSON(t, &made)
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	want := tax.TaxRate{Name: "VAT 21 %", Country: "PT", TaxClass: "standard", Rate: 21_000, Included: true, ValidFrom: begin}
	if diff := cmp.Diff(want, made, cmpopts.IgnoreTypes(web.Meta{})); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	at := created.Header.Get("Location")
	const next = `{"name": "VAT 23 %", "country": "PT", "rate": 23000, "included": true, "validFrom": "2026-07-01T00:00:00Z"}`
	var problem struct{ Code string }
	early := o.Call(o.Token, http.MethodPost, "/tax-rates", next)
	early.JSON(t, &problem)
	if early.Status != http.StatusConflict || problem.Code != "tax_rate_overlaps" {
		t.Errorf("a second one: %d %s", early.Status, early.Body)
	}
	if same := o.Call(o.Token, http.MethodPatch, at, `{"validFrom": "2026-01-01T01:00:00+01:00"}`, "If-Match", `"1"`); same.Header.Get("ETag") != `"1"` {
		t.Errorf("the same moment is another version: %d %s", same.Status, same.Body)
	}
	ended := o.Call(o.Token, http.MethodPatch, at, `{"validTo": "2026-07-01T00:00:00Z"}`, "If-Match", `"1"`)
	var now tax.TaxRate
	ended.JSON(t, &now)
	want.ValidTo = begin.AddDate(0, 6, 0)
	if diff := cmp.Diff(want, now, cmpopts.IgnoreTypes(web.Meta{})); diff != "" {
		t.Errorf("ended (-want +got):\n%s", diff)
	}
	if follows := o.Call(o.Token, http.MethodPost, "/tax-rates", next); follows.Status != http.StatusCreated {
		t.Errorf("what follows: %d %s", follows.Status, follows.Body)
	}
	open := o.Call(o.Token, http.MethodPatch, at, `{"validTo": null}`, "If-Match", `"2"`)
	open.JSON(t, &problem)
	if problem.Code != "tax_rate_overlaps" {
		t.Errorf("opened again: %d %s", open.Status, open.Body)
	}
	var page struct{ Items []tax.TaxRate }
	o.Call(o.Token, http.MethodGet, "/tax-rates?country=PT&sort=createdAt", "").JSON(t, &page)
	if len(page.Items) != 2 || page.Items[0].ID != made.ID {
		t.Errorf("%+v", page)
	}
	if gone := o.Call(o.Token, http.MethodDelete, at, "", "If-Match", `"2"`); gone.Status != http.StatusNoContent {
		t.Errorf("deleted: %d %s", gone.Status, gone.Body)
	}
}

func TestTaxRate_IsRefusedWithWhatIsWrong(t *testing.T) {
	t.Parallel()
	o := open(t)
	bad := o.Call(o.Token, http.MethodPost, "/tax-rates", `{"name": "", "country": "EU", "region": "x", "rate": 100001, "included": false, "validFrom": "2026-01-01", "validTo": "2025-01-01T00:00:00Z"}`)
	var problem struct{ Errors []struct{ Location string } }
	bad.JSON(t, &problem)
	at := map[string]bool{}
	for _, e := range problem.Errors {
		at[e.Location] = true
	}
	if diff := cmp.Diff(map[string]bool{"body.name": true, "body.country": true, "body.region": true, "body.rate": true, "body.validFrom": true}, at); diff != "" || bad.Status != 422 {
		t.Errorf("%d %s", bad.Status, diff)
	}
}

func TestAccess_RoleByRoute(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := events.NewID()
	callers := []string{"", "customer:" + id, "client:shipping:write", "client:taxes:write", o.Staff(events.ViewerRole), o.Staff(events.SupportRole), o.Staff(events.OrdersRole), o.Token, o.Staff(events.OwnerRole)}
	want := []int{401, 403, 403, 0, 403, 403, 403, 0, 0}
	for _, route := range []struct{ method, path string }{
		{http.MethodGet, "/tax-rates"},
		{http.MethodGet, "/tax-rates/" + id},
		{http.MethodPost, "/tax-rates"},
		{http.MethodPut, "/tax-rates/" + id},
		{http.MethodPatch, "/tax-rates/" + id},
		{http.MethodDelete, "/tax-rates/" + id},
	} {
		got := make([]int, len(callers))
		for i, who := range callers {
			if status := o.Call(who, route.method, route.path, `{}`).Status; status == 401 || status == 403 {
				got[i] = status
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s: %s", route.method, route.path, diff)
		}
	}
}
