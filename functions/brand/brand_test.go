package brand_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/brand"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/web"
)

// office is the function with the real db behind it, as somebody calls it who may write the catalogue.
type office struct {
	*functiontest.Office
	t *testing.T
}

func open(t *testing.T) *office {
	t.Helper()
	return &office{functiontest.OpenOffice(t, events.Brand, events.CatalogRole, brand.Routes), t}
}

func (o *office) call(method, path, body string, header ...string) functiontest.Answer {
	return o.Call(o.Token, method, path, body, header...)
}

// create makes a brand, or fails the test.
func (o *office) create(body string) (b brand.Brand, at string) {
	o.t.Helper()
	a := o.call(http.MethodPost, "/brands", body)
	if a.Status != http.StatusCreated {
		o.t.Fatalf("create %s: %d %s", body, a.Status, a.Body)
	}
	a.JSON(o.t, &b)
	return b, a.Header.Get("Location")
}

// The life of a brand, from the first request to the last.
func TestBrand_IsCreatedReadChangedAndDeleted(t *testing.T) {
	t.Parallel()
	o := open(t)
	acme, at := o.create(`{"name": "Acme Tea", "description": "Leaves"}`)
	want := brand.Brand{Name: "Acme Tea", Slug: "acme-tea", Description: "Leaves"}
	if diff := cmp.Diff(want, acme, cmpopts.IgnoreTypes(web.Meta{})); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}

	var got brand.Brand
	read := o.call(http.MethodGet, at, "")
	read.JSON(t, &got)
	if diff := cmp.Diff(acme, got); diff != "" {
		t.Errorf("read (-created +read):\n%s", diff)
	}

	changed := o.call(http.MethodPatch, at, `{"description": null}`, "If-Match", read.Header.Get("ETag"))
	var plain brand.Brand
	changed.JSON(t, &plain)
	if changed.Status != http.StatusOK || plain.Description != "" || plain.Version != acme.Version+1 {
		t.Errorf("changed: %d %s", changed.Status, changed.Body)
	}
	if late := o.call(http.MethodPatch, at, `{"name": "Ajax"}`, "If-Match", read.Header.Get("ETag")); late.Status != http.StatusPreconditionFailed {
		t.Errorf("a change of a version that is gone: %d %s", late.Status, late.Body)
	}

	if gone := o.call(http.MethodDelete, at, "", "If-Match", changed.Header.Get("ETag")); gone.Status != http.StatusNoContent {
		t.Errorf("deleted: %d %s", gone.Status, gone.Body)
	}
	if nothing := o.call(http.MethodGet, at, ""); nothing.Status != http.StatusNotFound {
		t.Errorf("read after it was deleted: %d %s", nothing.Status, nothing.Body)
	}
}

// A slug is one brand's at a time; which, is decided where everybody's commands meet.
func TestBrand_SlugIsFreeAgainOnceItsBrandIsGone(t *testing.T) {
	t.Parallel()
	o := open(t)
	_, at := o.create(`{"name": "Acme"}`)
	var problem struct{ Code string }
	second := o.call(http.MethodPost, "/brands", `{"name": "ACME!"}`)
	second.JSON(t, &problem)
	if second.Status != http.StatusConflict || problem.Code != "slug_taken" {
		t.Errorf("a second one: %d %s", second.Status, second.Body)
	}
	if a := o.call(http.MethodDelete, at, "", "If-Match", "*"); a.Status != http.StatusNoContent {
		t.Fatalf("delete: %d %s", a.Status, a.Body)
	}
	o.create(`{"name": "Acme"}`)
}

// A brand that a product has is not deleted, unless another one takes the product.
func TestBrand_ThatProductsHaveIsMerged(t *testing.T) {
	t.Parallel()
	o := open(t)
	acme, at := o.create(`{"name": "Acme"}`)
	ajax, _ := o.create(`{"name": "Ajax"}`)
	product := events.NewID()
	fields := events.ProductFields{SKU: "A-1", Name: "Anvil", Price: events.Money{Amount: 1, Currency: "USD"}, Status: events.ProductDraft, BrandID: acme.ID}
	o.Do(events.CreateProduct.New(product, fields))
	for _, c := range []struct {
		query  string
		status int
		code   string
	}{
		{"", http.StatusConflict, "in_use"},
		{"?reassign=" + acme.ID, http.StatusUnprocessableEntity, "invalid"},
		{"?reassign=" + events.NewID(), http.StatusUnprocessableEntity, "invalid"},
		{"?reassign=x", http.StatusUnprocessableEntity, "invalid"},
		{"?reassign=" + ajax.ID, http.StatusNoContent, ""},
		{"?reassign=" + ajax.ID, http.StatusNotFound, "not_found"},
	} {
		var problem struct{ Code string }
		a := o.call(http.MethodDelete, at+c.query, "", "If-Match", `"1"`)
		if a.Status != http.StatusNoContent {
			a.JSON(t, &problem)
		}
		if a.Status != c.status || problem.Code != c.code {
			t.Errorf("%q: %d %s, want %d %s", c.query, a.Status, a.Body, c.status, c.code)
		}
	}
}
