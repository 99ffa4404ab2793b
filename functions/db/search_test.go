package db

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// shelf puts products on sale, one after the other: the SKU, the name, the description.
func (b *bench) shelf(products ...[3]string) {
	b.t.Helper()
	for _, p := range products {
		f := productNamed(p[0], p[1], 100)
		f.Description = p[2]
		if got := b.do(events.CreateProduct.New(events.NewID(), f)); got.Problem != nil {
			b.t.Fatal(got.Problem)
		}
	}
}

// found is the SKUs of what a question finds, in order, so many a page.
func (b *bench) found(q events.ProductFilter) (skus []string) {
	b.t.Helper()
	for {
		page, err := listProducts(b.t.Context(), b.store, events.Received[events.ProductFilter]{Data: q})
		if err != nil {
			b.t.Fatalf("%+v: %v", q, err)
		}
		for _, p := range page.Items {
			skus = append(skus, p.SKU)
		}
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			return skus
		}
		if len(page.Items) != q.Limit {
			b.t.Fatalf("%+v: %d on a page that is not the last", q, len(page.Items))
		}
	}
}

func TestProduct_IsFoundByItsWords(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.shelf([][3]string{
		{"P-1", "Café crème"},
		{"P-2", "Bread/butter"},
		{"P-3", "USB.hub v1.2"},
		{"LAMP-200.B", "Desk light"},
		{"P-5", "T-shirt"},
		{"P-6", "Ｆｕｌｌ ﬁne"},
		{"P-7", "https://example.com/mug <blue>"},
		{"P-8", "O'Hara's tea (red & green)"},
		{"P-9", "Straße Łódź Ærø Ёлка"},
		{"P-10", "Levi’s Jean’s"},
	}...)
	for text, want := range map[string][]string{
		"cafe\u0301": {"P-1"}, "CAFÉ": {"P-1"}, "crème": {"P-1"}, "cafe": {"P-1"}, "creme\u0300": {"P-1"}, "CREME": {"P-1"}, "caf": {"P-1"}, "c": nil,
		"strasse": {"P-9"}, "STRASSE": {"P-9"}, "straße": {"P-9"}, "lodz": {"P-9"}, "łódź": {"P-9"}, "aero": {"P-9"}, "елка": {"P-9"}, "ЁЛКА": {"P-9"},
		"butter": {"P-2"}, "bread": {"P-2"}, "bread/butter": {"P-2"}, `"bread butter"`: {"P-2"}, "butter/bread": {"P-2"}, `"butter bread"`: nil, "breadbutter": {"P-2"},
		"usb": {"P-3"}, "hub": {"P-3"}, "usb.hub": {"P-3"}, "v1.2": {"P-3"}, "1.2": nil, "usbhub": {"P-3"}, "USB hub v1.2": {"P-3"}, "v12": {"P-3"},
		"lamp": {"LAMP-200.B"}, "200": {"LAMP-200.B"}, "lamp-200.b": {"LAMP-200.B"}, "light -desk": nil, "light -chair": {"LAMP-200.B"},
		"lamp-2": nil, "lamp-20": {"LAMP-200.B"}, "lamp200": {"LAMP-200.B"}, "lamp200b": {"LAMP-200.B"}, "LAMP 200 B": {"LAMP-200.B"}, "lamp 300": nil, "00": nil,
		"shirt": {"P-5"}, "t-shirt": {"P-5"}, "tshirt": {"P-5"}, "t shi": {"P-5"}, "shi": {"P-5"},
		"full": {"P-6"}, "fine": {"P-6"}, "mug": {"P-7"}, "blue": {"P-7"}, "example.com": {"P-7"},
		"red/green": {"P-8"}, "o'hara": {"P-8"}, "ohara": {"P-8"}, "oharas": {"P-8"}, "o’hara’s": {"P-8"}, "levis": {"P-10"}, "levi's": {"P-10"}, "jeans": {"P-10"},
		"-lamp": nil, "-nothing": nil, `-"red green"`: nil, "-a or -b": nil, "-lamp or mug": nil, "mug or hub": {"P-7", "P-3"}, "/": nil, "-": nil, ". -": nil, `"`: nil,
		"tea -": {"P-8"}, "- tea": {"P-8"}, "--tea": {"P-8"},
		`'`: nil, `\`: nil, `a:*`: nil, `lamp:*`: {"LAMP-200.B"}, `lamp & !desk`: {"LAMP-200.B"}, "lamp\x7f": {"LAMP-200.B"},
	} {
		if diff := cmp.Diff(want, b.found(events.ProductFilter{Text: text})); diff != "" {
			t.Errorf("%q (-want +found):\n%s", text, diff)
		}
	}
}

// The best come first: what is called as was typed, what has the words in its name or SKU, what has them in its description; in each the newest.
// Whoever wants another order has it, and pages have neither gaps nor repetitions.
func TestProduct_TheBestIsFoundFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.shelf([][3]string{
		{"BULB", "Bulb", "For every desk lamp"},
		{"LAMP", "Light", ""},
		{"L-1", "Lamp", "Bright"},
		{"L-2", "Desk lamp", "Red"},
		{"L-3", "LAMP", ""},
		{"L-4", "Lampshade", "Red"},
		{"L-5", "Red desk lamp", ""},
		{"CORD", "Cord", "Red, for lamps"},
		{"L-6", "Lamp red, without a cord", "Not for the desk"},
	}...)
	for _, c := range []struct {
		typed, sort string
		want        []string
	}{
		{"lamp", "", []string{"L-3", "L-1", "LAMP", "L-6", "L-5", "L-4", "L-2", "CORD", "BULB"}},
		{"LAMP", "", []string{"L-3", "L-1", "LAMP", "L-6", "L-5", "L-4", "L-2", "CORD", "BULB"}},
		{"lamp", "-createdAt", []string{"L-6", "CORD", "L-5", "L-4", "L-3", "L-2", "L-1", "LAMP", "BULB"}},
		{"desk lamp", "", []string{"L-2", "L-5", "L-6", "BULB"}},
		{"red lamp", "", []string{"L-6", "L-5", "CORD", "L-4", "L-2"}},
		{"-desk red lamp", "", []string{"CORD", "L-4"}},
		{"red lamp -cord", "", []string{"L-5", "L-2"}}, // lamp is a whole word: somebody has typed on
		{"desk or cord", "name", []string{"BULB", "CORD", "L-2", "L-6", "L-5"}},
		{`"desk lamp"`, "", []string{"L-5", "L-2", "BULB"}},
	} {
		for _, size := range []int{1, 2, 3, 100} {
			got := b.found(events.ProductFilter{Text: c.typed, Paging: events.Paging{Limit: size, Sort: c.sort}})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%q by %q, %d a page (-want +found):\n%s", c.typed, c.sort, size, diff)
			}
		}
	}
}

// Where nothing is found, what may have been meant is, the nearest first; what is found as it was typed is never lost among guesses.
func TestProduct_IsFoundInSpiteOfMistakes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.shelf([][3]string{
		{"L-1", "Desk lamp", "Brushed steel"},
		{"L-2", "Blue lamp", ""},
		{"G-1", "Glue clamp", ""},
		{"S-1", "Cotton shirt", ""},
		{"S-2", "Short", "Not a shirt"},
		{"H-1", "USB hub 3000", ""},
		{"K-1", "Клавиатура", ""},
	}...)
	for _, c := range []struct {
		typed, sort string
		want        []string
	}{
		{"lmap", "", []string{"L-2", "L-1"}},
		{"lamo", "", []string{"L-2", "L-1"}},
		{"lammp", "", []string{"L-2", "L-1"}},
		{"lamps", "", []string{"L-2", "L-1"}},
		{"lamp", "", []string{"L-2", "L-1"}}, // not the clamp
		{"blue lmap", "", []string{"L-2"}},   // one mistake, not the glue
		{"glue lamp", "", []string{"G-1", "L-2"}},
		{"bleu lmap", "", []string{"L-2"}}, // one in each
		{"shrit", "", []string{"S-1", "S-2"}},
		{"shrit", "name", []string{"S-1", "S-2"}},
		{"shirtt coton", "", []string{"S-1"}},
		{"desklamp", "", []string{"L-1"}},
		{"la mp", "", []string{"L-2", "L-1"}},
		{"usbhub", "", []string{"H-1"}},
		{"hub 3001", "", nil}, // a number is not meant as another
		{"клавиотура", "", []string{"K-1"}},
		{`"lmap"`, "", nil},
		{"lmap -desk", "", nil},
		{"xyzzy", "", nil},
		{"usb", "", []string{"H-1"}},
	} {
		for _, size := range []int{1, 100} {
			got := b.found(events.ProductFilter{Text: c.typed, Paging: events.Paging{Limit: size, Sort: c.sort}})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%q by %q, %d a page (-want +found):\n%s", c.typed, c.sort, size, diff)
			}
		}
	}
}

// A cursor belongs to the search that gave it.
func TestProduct_AForeignCursorIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.shelf([][3]string{{"L-1", "Lamp"}, {"L-2", "Lamp"}}...)
	first := func(q events.ProductFilter) string {
		page, err := listProducts(t.Context(), b.store, events.Received[events.ProductFilter]{Data: q})
		if err != nil || page.NextCursor == "" {
			t.Fatal(page, err)
		}
		return page.NextCursor
	}
	plain, words := first(events.ProductFilter{Paging: events.Paging{Limit: 1}}), first(events.ProductFilter{Text: "lamp", Paging: events.Paging{Limit: 1}})
	for _, q := range []events.ProductFilter{
		{Text: "lamp", Paging: events.Paging{Cursor: plain}},
		{Paging: events.Paging{Cursor: words}},
		{Text: "lamp", Paging: events.Paging{Cursor: words, Sort: "name"}},
		{Text: "lamp", Paging: events.Paging{Cursor: "99~"}},
		{Text: "lamp", Paging: events.Paging{Cursor: "-1~"}},
		{Text: "lamp", Paging: events.Paging{Cursor: "~"}},
		{Text: "lamp", Paging: events.Paging{Cursor: "1~rubbish"}},
		{Text: "lam", Paging: events.Paging{Cursor: "0~rubbish"}}, // nothing is called so
		{Text: "lamp", Paging: events.Paging{Cursor: "rubbish"}},
	} {
		if _, err := listProducts(t.Context(), b.store, events.Received[events.ProductFilter]{Data: q}); !errors.Is(err, events.Invalid()) {
			t.Errorf("%+v: %v", q, err)
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
