package db

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

func TestProduct_IsFoundByItsWords(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for sku, name := range map[string]string{
		"P-1": "Café crème", "P-2": "Bread/butter", "P-3": "USB.hub v1.2", "LAMP-200.B": "Desk light", "P-5": "T-shirt", "P-6": "Ｆｕｌｌ ﬁne", "P-7": "https://example.com/mug <blue>",
		"P-8": "O'Hara's tea (red & green)",
	} {
		f := productNamed(sku, name, 100)
		if got := b.do(events.CreateProduct.New(events.NewID(), f)); got.Problem != nil {
			t.Fatal(got.Problem)
		}
	}
	for text, want := range map[string][]string{
		"cafe\u0301": {"P-1"}, "CAFÉ": {"P-1"}, "crème": {"P-1"},
		"butter": {"P-2"}, "bread": {"P-2"}, "bread/butter": {"P-2"}, `"bread butter"`: {"P-2"}, "butter/bread": {"P-2"}, `"butter bread"`: nil,
		"usb": {"P-3"}, "hub": {"P-3"}, "usb.hub": {"P-3"}, "v1.2": {"P-3"}, "1.2": nil,
		"lamp": {"LAMP-200.B"}, "200": {"LAMP-200.B"}, "lamp-200.b": {"LAMP-200.B"}, "light -desk": nil, "light -chair": {"LAMP-200.B"},
		"shirt": {"P-5"}, "t-shirt": {"P-5"}, "full": {"P-6"}, "fine": {"P-6"}, "mug": {"P-7"}, "blue": {"P-7"}, "example.com": {"P-7"}, "red/green": {"P-8"}, "o'hara": {"P-8"},
		"-lamp": nil, "-nothing": nil, `-"red green"`: nil, "-a or -b": nil, "-lamp or mug": nil, "mug or hub": {"P-3", "P-7"}, "/": nil, "-": nil, ". -": nil, `"`: nil,
		"tea -": {"P-8"}, "- tea": {"P-8"}, "--tea": {"P-8"},
	} {
		page, err := listProducts(t.Context(), b.store, events.Received[events.ProductFilter]{Data: events.ProductFilter{Text: text}})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		var got []string
		for _, p := range page.Items {
			got = append(got, p.SKU)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// What was stored before names were composed is found all the same.
func TestProduct_OfAnEarlierReleaseIsFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if _, err := b.asOwner().Exec(t.Context(), `
		insert into product (id, created_at, updated_at, sku, name, amount, currency, status)
		values (gen_random_uuid(), now(), now(), 'P-1', $1, 1, 'USD', 'published')`, "Cafe\u0301"); err != nil {
		t.Fatal(err)
	}
	page, err := listProducts(t.Context(), b.store, events.Received[events.ProductFilter]{Data: events.ProductFilter{Text: "café"}})
	if err != nil || len(page.Items) != 1 {
		t.Errorf("%d found: %v", len(page.Items), err)
	}
}
