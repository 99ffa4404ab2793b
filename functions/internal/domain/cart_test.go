package domain

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
)

func usd(n int64) events.Money { return events.Money{Amount: n, Currency: "USD"} }

func offers() map[string]Offer {
	return map[string]Offer{
		"a":    {SKU: "A-1", Name: "Apple", Price: usd(100), Available: 3},
		"b":    {SKU: "B-1", Name: "Bread", Price: usd(250), Available: 10},
		"dear": {SKU: "D-1", Name: "Diamond", Price: usd(50_000_000), Available: 10},
		"e":    {SKU: "E-1", Name: "Éclair", Price: events.Money{Amount: 300, Currency: "EUR"}, Available: 10},
	}
}

func TestPrice(t *testing.T) {
	t.Parallel()
	lines, total, err := Price([]events.OrderItem{{ProductID: "b", Quantity: 2}, {ProductID: "a", Quantity: 1}}, offers())
	if err != nil {
		t.Fatal(err)
	}
	want := []events.OrderLine{
		{ProductID: "b", SKU: "B-1", Name: "Bread", UnitPrice: usd(250), Quantity: 2, Total: usd(500)},
		{ProductID: "a", SKU: "A-1", Name: "Apple", UnitPrice: usd(100), Quantity: 1, Total: usd(100)},
	}
	if diff := cmp.Diff(want, lines); diff != "" || total != usd(600) {
		t.Errorf("total %v, lines (-want +got):\n%s", total, diff)
	}
}

func TestPriceRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		lines []events.OrderItem
		want  events.Problem
	}{
		{
			name:  "two lines of one product count together",
			lines: []events.OrderItem{{ProductID: "a", Quantity: 2}, {ProductID: "b", Quantity: 1}, {ProductID: "a", Quantity: 2}},
			want: events.Problem{Status: 409, Code: "out_of_stock", Detail: "There is not enough left of some products; see errors.", Errors: []events.FieldError{
				{Location: "body.lines[0].quantity", Message: "4 of A-1 wanted in all, 3 left"},
				{Location: "body.lines[2].quantity", Message: "4 of A-1 wanted in all, 3 left"},
			}},
		},
		{
			name:  "a product nobody sells",
			lines: []events.OrderItem{{ProductID: "a", Quantity: 1}, {ProductID: "z", Quantity: 1}},
			want: events.Problem{Status: 422, Code: "product_not_sold", Detail: "Some products are not for sale; see errors.", Errors: []events.FieldError{
				{Location: "body.lines[1].productId", Message: "there is no such product for sale"},
			}},
		},
		{
			name:  "more than a card is charged at once",
			lines: []events.OrderItem{{ProductID: "dear", Quantity: 2}},
			want:  events.Problem{Status: 422, Code: "amount_too_large", Detail: "The total is larger than a card can be charged at once; order less at a time."},
		},
		{
			name:  "two currencies",
			lines: []events.OrderItem{{ProductID: "a", Quantity: 1}, {ProductID: "e", Quantity: 1}},
			want:  events.Problem{Status: 422, Code: "mixed_currencies", Detail: "An order has one currency; this one mixes USD and EUR. Place two orders."},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := Price(c.lines, offers())
			got, ok := errors.AsType[*events.Problem](err)
			if !ok {
				t.Fatalf("not refused: %v", err)
			}
			if diff := cmp.Diff(c.want, *got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDemandKeepsEveryUnit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(rapid.Custom(func(t *rapid.T) events.OrderItem {
			return events.OrderItem{ProductID: rapid.StringMatching(`[a-d]`).Draw(t, "product"), Quantity: rapid.Int64Range(1, 1000).Draw(t, "quantity")}
		})).Draw(t, "lines")
		var want, got int64
		for _, l := range lines {
			want += l.Quantity
		}
		demand := Demand(lines)
		for i, d := range demand {
			got += d.Quantity
			if i > 0 && demand[i-1].ProductID >= d.ProductID {
				t.Fatalf("not in product order: %v", demand)
			}
		}
		if got != want {
			t.Fatalf("%d units wanted, %d in %v", want, got, demand)
		}
	})
}

func TestCartNamesEveryFault(t *testing.T) {
	t.Parallel()
	wrong := events.Cart{Lines: []events.OrderItem{{ProductID: "a", Quantity: 0}, {ProductID: "b", Quantity: 1001}}}
	for country, last := range map[string]string{"": "country", "US": "postalCode"} {
		wrong.ShippingAddress.Country = country
		_, err := Cart(wrong)
		want := []string{"body.lines[0].quantity", "body.lines[1].quantity"}
		for _, part := range []string{"name", "line1", "city", last} {
			want = append(want, "body.shippingAddress."+part)
		}
		if got := places(err); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", country, got, want)
		}
	}
	full := events.PostalAddress{Name: events.NewPersonal(" A "), Line1: events.NewPersonal("B"), City: events.NewPersonal("C"), PostalCode: events.NewPersonal("95014"), Country: "US"}
	c, err := Cart(events.Cart{Lines: []events.OrderItem{{ProductID: "a", Quantity: 1}}, ShippingAddress: full})
	if err != nil || c.ShippingAddress.Name.Plaintext() != "A" {
		t.Errorf("a good cart: %v", err)
	}
}
