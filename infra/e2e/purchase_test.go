package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/infra/client"
)

// From nothing to goods paid for and a mail, through the front door only.
func TestPurchase(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p := m.product(ctx, t, 5)
	b := m.buyer(ctx, t)

	order := b.order(ctx, t, p.ID, 2)
	if order.Status != "placed" || order.Total != (client.Money{Amount: 3998, Currency: "EUR"}) || order.CustomerID != b.id {
		t.Fatalf("order: %+v", order)
	}
	m.stock(ctx, t, p.ID, 5, 2)

	payment, err := b.Pay(ctx, order.ID, "pm_card_visa")
	if err != nil {
		t.Fatal(err)
	}
	if payment, err = client.Until(ctx, b.Client, "/payments/"+payment.ID, func(p client.Payment) bool { return p.Status == "captured" }); err != nil {
		t.Fatal(err)
	}
	if payment.Amount != order.Total || payment.OrderID != order.ID {
		t.Errorf("payment: %+v", payment)
	}

	paid := b.status(ctx, t, order.ID, "paid")
	var history []string
	for _, h := range paid.History {
		history = append(history, h.Status)
	}
	if d := cmp.Diff([]string{"placed", "authorized", "paid"}, history); d != "" {
		t.Error(d)
	}
	m.stock(ctx, t, p.ID, 3, 0)
	m.oneMail(ctx, t, b, paid)
	m.charged(ctx, t, payment.ID, 3998)
}

// Two lines of one product are one demand: neither passes alone what both do not pass together.
func TestTwoLinesOfOneProductCountTogether(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p := m.product(ctx, t, 3)
	b := m.buyer(ctx, t)
	line := client.Line{ProductID: p.ID, Quantity: 2}
	_, err := b.Order(ctx, "Ada", line, line)
	refused(t, client.Answer{}, err, http.StatusConflict, "out_of_stock")
	m.stock(ctx, t, p.ID, 3, 0)
}

func TestOutOfStockNamesTheLines(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	plenty, scarce := m.product(ctx, t, 10), m.product(ctx, t, 1)
	b := m.buyer(ctx, t)
	a := send(ctx, t, b.Client, http.MethodPost, "/orders", map[string]any{
		"lines":           []client.Line{{ProductID: plenty.ID, Quantity: 1}, {ProductID: scarce.ID, Quantity: 2}},
		"shippingAddress": client.Address("Ada"),
	}, client.NewKey())
	refused(t, a, nil, http.StatusConflict, "out_of_stock")
	problem := a.Problem("order")
	if len(problem.Errors) != 1 || !strings.Contains(problem.Errors[0].Location, "lines[1]") {
		t.Errorf("want lines[1] named, got %s", a.Body)
	}
	m.stock(ctx, t, plenty.ID, 10, 0)
}

func TestCancelReturnsTheStock(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p := m.product(ctx, t, 2)
	b := m.buyer(ctx, t)
	order := b.order(ctx, t, p.ID, 2)
	a := send(ctx, t, b.Client, http.MethodPost, "/orders/"+order.ID+"/cancellation", map[string]any{"reason": "changed my mind"}, client.NewKey())
	if a.Status != http.StatusOK && a.Status != http.StatusCreated {
		t.Fatalf("cancel: %d %s", a.Status, a.Body)
	}
	b.status(ctx, t, order.ID, "cancelled")
	m.stock(ctx, t, p.ID, 2, 0)
	_, err := b.Pay(ctx, order.ID, "pm_card_visa")
	refused(t, client.Answer{}, err, http.StatusConflict, "")
}
