package shipping_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/web"
	"github.com/onlinemart/mart/functions/order/internal/shipping"
)

func open(t *testing.T) *functiontest.Office {
	t.Helper()
	return functiontest.OpenOffice(t, events.Order, events.CatalogRole, shipping.Routes)
}

const parcel = `{
	"name": "Parcel", "zones": [{"countries": ["PT"]}, {"countries": ["GB"], "postalPrefixes": ["n 1"]}], "delivery": {"minDays": 1, "maxDays": 3},
	"price": {"by": "weight", "currency": "EUR", "steps": [{"upTo": 2000, "amount": 490}, {"upTo": 30000, "amount": 990}], "freeFrom": 5000}, "status": "active"
}`

// The life of a shipping method, from the first request to the last.
func TestShippingMethod_IsCreatedReadChangedRetiredAndDeleted(t *testing.T) {
	t.Parallel()
	o := open(t)
	created := o.Call(o.Token, http.MethodPost, "/shipping-methods", parcel)
	if created.Status != http.StatusCreated {
		t.Fatalf("create: %d %s", created.Status, created.Body)
	}
	var made shipping.ShippingMethod
	created.JSON(t, &made)
	want := shipping.ShippingMethod{
		Name: "Parcel", Zones: []events.ShippingZone{{Countries: []string{"PT"}}, {Countries: []string{"GB"}, PostalPrefixes: []string{"N1"}}},
		Price: events.ShippingPrice{
			By: events.ByWeight, Currency: "EUR", Steps: []events.ShippingStep{{UpTo: 2000, Amount: 490}, {UpTo: 30_000, Amount: 990}}, FreeFrom: 5000,
		},
		Delivery: events.DeliveryPromise{MinDays: 1, MaxDays: 3}, TaxClass: "standard", Status: events.ShippingActive,
	}
	if diff := cmp.Diff(want, made, cmpopts.IgnoreTypes(web.Meta{})); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	at := created.Header.Get("Location")
	if read := o.Call("", http.MethodGet, at, ""); read.Status != http.StatusOK || read.Header.Get("Cache-Control") != web.CacheBriefly {
		t.Errorf("read by anybody: %d %s", read.Status, read.Body)
	}
	same := o.Call(o.Token, http.MethodPatch, at, `{"zones": [{"countries": ["PT"]}, {"countries": ["GB"], "postalPrefixes": ["N-1"]}]}`, "If-Match", `"1"`)
	if same.Status != http.StatusOK || same.Header.Get("ETag") != `"1"` {
		t.Errorf("a change of nothing: %d %s", same.Status, same.Header.Get("ETag"))
	}
	retired := o.Call(o.Token, http.MethodPatch, at, `{"status": "retired", "price": {"freeFrom": null, "steps": [{"amount": 700}]}}`, "If-Match", `"1"`)
	var now shipping.ShippingMethod
	retired.JSON(t, &now)
	want.Status, want.Price.Steps, want.Price.FreeFrom = events.ShippingRetired, []events.ShippingStep{{Amount: 700}}, 0
	if diff := cmp.Diff(want, now, cmpopts.IgnoreTypes(web.Meta{})); diff != "" || now.Version != 2 {
		t.Errorf("version %d (-want +got):\n%s", now.Version, diff)
	}
	if gone := o.Call(o.Token, http.MethodDelete, at, "", "If-Match", `"2"`); gone.Status != http.StatusNoContent {
		t.Errorf("deleted: %d %s", gone.Status, gone.Body)
	}
	var problem struct{ Detail string }
	o.Call(o.Token, http.MethodGet, at, "").JSON(t, &problem)
	if problem.Detail != "There is no shipping method "+made.ID+"." {
		t.Errorf("it is told as %q", problem.Detail)
	}
}

// What is retired is seen by those who write shipping methods, one by one and in the list.
func TestShippingMethod_RetiredIsForStaff(t *testing.T) {
	t.Parallel()
	o := open(t)
	created := o.Call(o.Token, http.MethodPost, "/shipping-methods", parcel)
	at := created.Header.Get("Location")
	if a := o.Call(o.Token, http.MethodPatch, at, `{"status": "retired"}`, "If-Match", "*"); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	viewer := o.Staff(events.ViewerRole)
	for _, c := range []struct {
		who, path string
		status, n int
	}{
		{"", at, 404, 0},
		{viewer, at, 404, 0},
		{o.Token, at, 200, 0},
		{"", "/shipping-methods", 200, 0},
		{viewer, "/shipping-methods", 200, 0},
		{o.Token, "/shipping-methods?status=retired&country=GB", 200, 1},
		{o.Token, "/shipping-methods?status=active", 200, 0},
		{o.Token, "/shipping-methods?country=ES", 200, 0},
		{"", "/shipping-methods?status=retired", 403, 0},
		{"", "/shipping-methods?country=Spain", 422, 0},
	} {
		got := o.Call(c.who, http.MethodGet, c.path, "")
		var page struct{ Items []any }
		got.JSON(t, &page)
		if got.Status != c.status || len(page.Items) != c.n {
			t.Errorf("%+v: %d %s", c, got.Status, got.Body)
		}
	}
}

func TestAccess_RoleByRoute(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := events.NewID()
	callers := []string{"", "customer:" + id, "client:catalog:write", "client:shipping:write", "viewer:" + id, "support:" + id, "orders:" + id, "catalog:" + id, "owner:" + id}
	writers := []int{401, 403, 403, 0, 403, 403, 403, 0, 0}
	anybody := make([]int, len(callers))
	for _, route := range []struct {
		method, path string
		want         []int
	}{
		{http.MethodGet, "/shipping-methods?status=active", anybody},
		{http.MethodGet, "/shipping-methods/" + id, anybody},
		{http.MethodPost, "/shipping-methods", writers},
		{http.MethodPut, "/shipping-methods/" + id, writers},
		{http.MethodPatch, "/shipping-methods/" + id, writers},
		{http.MethodDelete, "/shipping-methods/" + id, writers},
	} {
		got := make([]int, len(callers))
		for i, who := range callers {
			if status := o.Call(who, route.method, route.path, `{}`).Status; status == 401 || status == 403 {
				got[i] = status
			}
		}
		if diff := cmp.Diff(route.want, got); diff != "" {
			t.Errorf("%s %s: %s", route.method, route.path, diff)
		}
	}
}
