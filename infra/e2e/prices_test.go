package e2e

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/infra/client"
)

// A product that becomes cheaper says what it did cost, for as long as it stays so; staff see all that it ever did.
func TestPricesAreRemembered(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p := m.product(ctx, t, 1)
	euros := func(amount int64) *client.Money { return &client.Money{Amount: amount, Currency: "EUR"} }
	for _, step := range []struct{ price, was *client.Money }{{euros(2500), nil}, {euros(1500), euros(2500)}, {euros(3000), nil}} {
		shown, _, err := client.Do[client.Product](ctx, m.owner, http.MethodPatch, "/products/"+p.ID, map[string]any{"price": step.price}, client.IfMatch("*"))
		if err != nil {
			t.Fatal(err)
		}
		lowest := step.was
		if lowest != nil {
			lowest = euros(1999)
		}
		if d := cmp.Diff([]*client.Money{step.price, step.was, lowest}, []*client.Money{&shown.Price, shown.Was, shown.LowestPrior}); d != "" {
			t.Errorf("price, was and lowest prior (-want +got):\n%s", d)
		}
	}
	page, err := client.Get[client.Page[client.Price]](ctx, m.owner, "/products/"+p.ID+"/prices")
	if err != nil {
		t.Fatal(err)
	}
	want := []client.Price{
		{Version: 4, Price: *euros(3000), Offered: true},
		{Version: 3, Price: *euros(1500), Offered: true},
		{Version: 2, Price: *euros(2500), Offered: true},
		{Version: 1, Price: *euros(1999), Offered: true},
	}
	if d := cmp.Diff(want, page.Items); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if _, err := client.Get[client.Page[client.Price]](ctx, m.api, "/products/"+p.ID+"/prices"); err == nil {
		t.Error("everybody reads what a product did cost before it was published")
	}
}
