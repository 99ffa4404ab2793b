package db

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// A command that has not come by its function meets the same rules: db decides them, and stores what they make of it.
func TestRules_HoldForWhoeverSends(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss, ada, product := b.hire("boss@example.com", events.OwnerRole), events.NewID(), productNamed("P-1", "Pear", 300)
	if got := b.do(events.RegisterCustomer.New(ada, registration("ada@example.com", "Ada"))); got.Problem != nil {
		t.Fatal(got.Problem)
	}
	brand, cat, offer := events.NewID(), events.NewID(), events.NewID()
	for _, m := range []events.Outgoing{
		events.CreateBrand.New(brand, brandNamed("acme")), events.CreateCategory.New(cat, categoryNamed("food", "")), events.CreateProduct.New(offer, product),
	} {
		if got := b.do(m); got.Problem != nil {
			t.Fatal(got.Problem)
		}
	}
	two := events.NewPersonal("two\nlines")
	heavy := product
	heavy.WeightGrams, heavy.TaxClass = new(int64(-1)), "Not a slug"
	wrong := product
	wrong.Name, wrong.Price.Currency = "two\nlines", "QQQ"
	for name, m := range map[string]events.Outgoing{
		"a brand's name":           events.CreateBrand.New(events.NewID(), events.BrandFields{Name: "two\nlines", Slug: "x"}),
		"a brand's new name":       events.UpdateBrand.New(brand, events.Change[events.BrandFields]{ExpectedVersion: 1, Fields: events.BrandFields{Name: "\u200b", Slug: "x"}}),
		"a category's slug":        events.CreateCategory.New(events.NewID(), events.CategoryFields{Name: "a", Slug: "A B"}),
		"a category's new name":    events.UpdateCategory.New(cat, events.Change[events.CategoryFields]{ExpectedVersion: 1, Fields: categoryNamed("\u202e", "")}),
		"a product":                events.CreateProduct.New(events.NewID(), wrong),
		"a product's weight":       events.CreateProduct.New(events.NewID(), heavy),
		"a product's new name":     events.UpdateProduct.New(offer, events.Change[events.ProductFields]{ExpectedVersion: 1, Fields: wrong}),
		"a shipping method":        events.CreateShippingMethod.New(events.NewID(), events.ShippingMethodFields{Name: "Parcel"}),
		"a tax rate":               events.CreateTaxRate.New(events.NewID(), events.TaxRateFields{Name: "VAT", Country: "EU"}),
		"a registration":           events.RegisterCustomer.New(events.NewID(), registration("not an address", "Bob")),
		"a customer's new name":    events.UpdateCustomer.New(ada, events.Change[events.CustomerFields]{ExpectedVersion: 1, Fields: events.CustomerFields{Name: two}}).AskedBy(shopper(ada)),
		"a member of staff":        events.CreateUser.New(events.NewID(), events.NewUser{Email: events.NewPersonal("x@example.com"), Name: two, Roles: []events.Role{events.ViewerRole}}),
		"a member of staff's name": events.UpdateUser.New(boss, events.Change[events.UserFields]{ExpectedVersion: 1, Fields: events.UserFields{Email: events.NewPersonal("boss@example.com"), Name: two, Roles: []events.Role{events.OwnerRole}, Status: events.AccountActive}}),
		"an address":               events.CreateAddress.New(events.NewID(), events.PostalAddress{Name: two, Line1: two, City: two, Country: "XX"}).AskedBy(shopper(ada)),
		"a cart":                   events.PlaceOrder.New(events.NewID(), events.Cart{Lines: []events.OrderItem{{ProductID: offer, Quantity: 1}}}).AskedBy(shopper(ada)),
	} {
		if got := b.do(m); code(got) != "invalid" || len(got.Problem.Errors) == 0 {
			t.Errorf("%s: %+v", name, got.Problem)
		}
	}
	for table, want := range map[string]int{"brand": 1, "category": 1, "product": 1, "customer": 1, "staff": 1, "address": 0, "orders": 0, "shipping_method": 0, "tax_rate": 0} {
		if n := b.count(`select count(*) from ` + table); n != want {
			t.Errorf("%s: %d rows, want %d", table, n, want)
		}
	}
}

// What is stored is what the rules make of a value, personal ones included, which they may find in another form than they came in.
func TestRules_SayWhatIsStored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	brand, ada := events.NewID(), events.NewID()
	b.do(events.CreateBrand.New(brand, events.BrandFields{Name: " Cafe\u0301 \u200b"}))
	got, err := getBrand(t.Context(), b.store, events.Received[events.Lookup]{Data: events.Lookup{ID: brand}})
	if diff := cmp.Diff(events.BrandFields{Name: "Café", Slug: "cafe"}, got.BrandFields); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	c := registration(" ada@example.com", "Ze\u0301 ")
	c.Phone = events.NewPersonal("+44 (0)20 7946 0958")
	if got := b.do(events.RegisterCustomer.New(ada, c)); got.Problem != nil {
		t.Fatal(got.Problem)
	}
	stored, err := getCustomer(t.Context(), b.store, events.Received[events.Lookup]{Data: events.Lookup{ID: ada}})
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range map[*events.Personal]string{&stored.Email: "ada@example.com", &stored.Name: "Zé", &stored.Phone: "+442079460958"} {
		if err := b.allKeys().Decrypt(p); err != nil || p.Plaintext() != want {
			t.Errorf("%v %q, want %q", err, p.Plaintext(), want)
		}
	}
}

// Two spellings of one mailbox are one account, and two mailboxes are two, however the letters fold.
func TestCustomer_OneMailboxOneAccount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var got []string
	for _, address := range []string{
		"ix@example.com", "İx@example.com", "k@example.com", "\u212a@example.com", "IX@example.com",
		"a@bücher.example", "A@xn--bcher-kva.example", "a@BU\u0308CHER.example", "a@bucher.example",
	} {
		got = append(got, code(b.do(events.RegisterCustomer.New(events.NewID(), registration(address, "Ada")))))
	}
	if diff := cmp.Diff([]string{"", "", "", "", "email_taken", "", "email_taken", "email_taken", ""}, got); diff != "" {
		t.Error(diff)
	}
	for address, want := range map[string]int{"A@xn--bcher-kva.example": 1, "a@bücher.example": 1, "İx@example.com": 1, "iX@example.com": 1, "i\u0307x@example.com": 0} {
		q := events.CustomerFilter{Email: events.NewPersonal(address)}
		if page, err := listCustomers(t.Context(), b.store, events.Received[events.CustomerFilter]{Data: q}); err != nil || len(page.Items) != want {
			t.Errorf("%s: %d found, want %d: %v", address, len(page.Items), want, err)
		}
	}
}

func registration(email, name string) events.NewCustomer {
	return events.NewCustomer{Email: events.NewPersonal(email), Name: events.NewPersonal(name), PasswordHash: events.NewPersonal("hash")}
}
