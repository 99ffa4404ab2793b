package e2e

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/infra/client"
)

type listedReturn struct {
	client.Return
	OrderID     string `json:"orderId"`
	OrderNumber string `json:"orderNumber"`
	CustomerID  string `json:"customerId"`
	Products    []struct {
		ProductID string `json:"productId"`
		Name      string `json:"name"`
	} `json:"products"`
}

// Staff find what waits for them among the returns of all orders, and what became of it; a customer is not told of others'.
func TestStaffFindReturns(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p := m.product(ctx, t, 5)
	ada := m.buyer(ctx, t)
	order, line := ada.order(ctx, t, p.ID, 1), client.Line{ProductID: p.ID, Quantity: 1}
	gil, guests, err := m.api.OrderAsGuest(ctx, guestCalled("Gil"), line)
	if err != nil {
		t.Fatal(err)
	}
	m.sendsBack(ctx, t, ada, order.ID, line)
	m.sendsBack(ctx, t, buyer{Client: gil}, guests.ID, line)
	found := func(q url.Values) (numbers []string) {
		q.Set("productId", p.ID)
		page, err := client.Get[client.Page[listedReturn]](ctx, m.owner, "/returns?"+q.Encode())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Items {
			numbers = append(numbers, r.OrderNumber)
			if len(r.Products) != 1 || r.Products[0].Name != p.Name || r.Reason != "too blue" || len(r.Lines) != 1 || (r.CustomerID != "") != (r.OrderID == order.ID) {
				t.Errorf("%+v", r)
			}
		}
		return numbers
	}
	one, all := []string{order.Number}, []string{guests.Number, order.Number}
	for name, c := range map[string]struct {
		asked url.Values
		want  []string
	}{
		"all":           {url.Values{}, all},
		"to be decided": {url.Values{"status": {"requested"}}, all},
		"to come":       {url.Values{"status": {"approved"}}, nil},
		"a customer's":  {url.Values{"customerId": {ada.id}}, one},
		"since":         {url.Values{"requestedFrom": {"2020-01-01T00:00:00Z"}}, all},
		"before":        {url.Values{"requestedBefore": {"2020-01-01T00:00:00Z"}}, nil},
		"oldest first":  {url.Values{"sort": {"at"}}, []string{order.Number, guests.Number}},
	} {
		if d := cmp.Diff(c.want, found(c.asked)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	seen, err := client.Get[client.Order](ctx, m.owner, "/orders/"+order.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.owner.Answer(ctx, order.ID, seen.Returns[0].ID, "approval", ""); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(one, found(url.Values{"status": {"approved"}})); d != "" {
		t.Errorf("approved (-want +got):\n%s", d)
	}
	refused(t, send(ctx, t, ada.Client, http.MethodGet, "/returns", nil), nil, http.StatusForbidden, "")
	refused(t, send(ctx, t, m.owner, http.MethodGet, "/returns?status=lost", nil), nil, http.StatusUnprocessableEntity, "invalid")
}

// sendsBack is what somebody does who pays for an order, gets it, and is not content.
func (m mart) sendsBack(ctx context.Context, t *testing.T, b buyer, order string, line client.Line) {
	t.Helper()
	if _, err := b.Pay(ctx, order, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	b.status(ctx, t, order, "paid")
	if _, err := m.owner.Fulfil(ctx, order, "", "", line); err != nil {
		t.Fatal(err)
	}
	if _, err := m.owner.Deliver(ctx, order, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Return(ctx, order, "too blue", line); err != nil {
		t.Fatal(err)
	}
}
