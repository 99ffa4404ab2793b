package domain_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const anID = "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d"

func TestBrand(t *testing.T) {
	t.Parallel()
	got, err := domain.Brand(events.BrandFields{Name: "  Café  Müller & Co. ", Description: " x "})
	want := events.BrandFields{Name: "Café  Müller & Co.", Slug: "cafe-muller-co", Description: "x"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	faultsOf(t, must(domain.Brand(events.BrandFields{Name: "木", Description: "a\x00b"})), "body.description")
	faultsOf(t, must(domain.Brand(events.BrandFields{Name: strings.Repeat("é", 121), Slug: "Not A Slug"})), "body.name", "body.slug")
}

func TestCategory(t *testing.T) {
	t.Parallel()
	got, err := domain.Category(events.CategoryFields{Name: "Lamps", ParentID: strings.ToUpper(anID)})
	if diff := cmp.Diff(events.CategoryFields{Name: "Lamps", Slug: "lamps", ParentID: anID}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	faultsOf(t, must(domain.Category(events.CategoryFields{ParentID: "urn:uuid:" + anID})), "body.name", "body.parentId") // no slug follows from no name
}

func TestCategoryPlace(t *testing.T) {
	t.Parallel()
	path := func(ids ...string) (p []events.Breadcrumb) {
		for _, id := range ids {
			p = append(p, events.Breadcrumb{ID: id, Name: id})
		}
		return p
	}
	deep := strings.Split("abcdefghij", "")
	for name, c := range map[string]struct {
		parent []events.Breadcrumb
		levels int
		want   string
	}{
		"root": {nil, 1, ""}, "below": {path("a", "b"), 1, ""}, "itself": {path("me"), 1, "category_cycle"}, "own child": {path("a", "me", "c"), 3, "category_cycle"},
		"tenth": {path(deep[:9]...), 1, ""}, "eleventh": {path(deep...), 1, "category_too_deep"},
		"with its children": {path(deep[:6]...), 4, ""}, "with too many": {path(deep[:6]...), 5, "category_too_deep"}, "too tall a tree": {nil, 11, "category_too_deep"},
	} {
		problem, _ := errors.AsType[*events.Problem](domain.CategoryPlace("me", c.parent, c.levels))
		if got := problem; (got == nil) != (c.want == "") || got != nil && got.Code != c.want {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
}

func TestProduct(t *testing.T) {
	t.Parallel()
	good := events.ProductFields{SKU: " A-1 ", Name: " Lamp ", Price: events.Money{Amount: 1999, Currency: "USD"}, ImageURL: " https://x.example/a.png ", Status: events.ProductDraft}
	want := good
	want.SKU, want.Name, want.ImageURL = "A-1", "Lamp", "https://x.example/a.png"
	got, err := domain.Product(good)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	bad := events.ProductFields{SKU: "-", Price: events.Money{Amount: -1, Currency: "usd"}, BrandID: "x", CategoryID: "y", ImageURL: "javascript:alert(1)", Status: "gone", TaxClass: "A B", WeightGrams: new(int64(-1))}
	faultsOf(t, must(domain.Product(bad)), "body.sku", "body.name", "body.price.amount", "body.price.currency", "body.brandId", "body.categoryId", "body.imageUrl", "body.status", "body.taxClass", "body.weightGrams")
	for _, image := range []string{"http://127.0.0.1:8080/shop/pictures/mug.svg", "http://localhost/a", "http://[::1]:8080/a"} {
		f := good
		f.ImageURL = image
		if got, err := domain.Product(f); err != nil || got.ImageURL != image {
			t.Errorf("a picture of this machine, %s: %q, %v", image, got.ImageURL, err)
		}
	}
	for _, image := range []string{"http://x.example/a", "http://localhost.evil.example/a", "http://u:p@localhost/a", "http://10.0.0.1/a", "//x.example/a", "https:///a", "https://u:p@x.example/a", "https://x.example/" + strings.Repeat("a", 2000)} {
		f := good
		f.ImageURL = image
		faultsOf(t, must(domain.Product(f)), "body.imageUrl")
	}
}

func must[T any](_ T, err error) error { return err }

func faultsOf(t *testing.T, err error, want ...string) {
	t.Helper()
	problem, _ := errors.AsType[*events.Problem](err)
	if problem == nil {
		t.Errorf("no problem, want %v", want)
		return
	}
	var got []string
	for _, f := range problem.Errors {
		got = append(got, f.Location)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}
