package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/infra/client"
)

// counter is a product in a currency of which no other test sells, and what it costs in Portugal besides its price: 4.90 for the parcel, with 25 % in it,
// and 6 % on the product that are added.
type counter struct {
	mart
	product client.Product
	method  string
	class   string
}

func (m mart) counter(ctx context.Context, t *testing.T, currency string, stock int64) counter {
	t.Helper()
	c := counter{mart: m, class: unique("class")}
	sending := unique("sending")
	p, err := m.owner.Stocked(ctx, unique("SKU"), unique("Thing"), client.Money{Amount: 1050, Currency: currency}, stock)
	if err != nil {
		t.Fatal(err)
	}
	c.product = p
	if a := send(ctx, t, m.owner, http.MethodPatch, "/products/"+p.ID, map[string]any{"taxClass": c.class}, client.IfMatch("*")); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	method := parcel(unique("Parcel"), "PT", sending)
	method["price"].(map[string]any)["currency"] = currency
	_, made := m.made(ctx, t, "/shipping-methods", method)
	var meta client.Meta
	if err := json.Unmarshal(made.Body, &meta); err != nil {
		t.Fatal(err)
	}
	c.method = meta.ID
	m.made(ctx, t, "/tax-rates", rate("PT", c.class, 6_000, false))
	m.made(ctx, t, "/tax-rates", rate("PT", sending, 25_000, true))
	return c
}

func (c counter) money(amount int64) client.Money {
	return client.Money{Amount: amount, Currency: c.product.Price.Currency}
}

func (c counter) line(n int64) client.Line { return client.Line{ProductID: c.product.ID, Quantity: n} }

// choice is the one way in which the counter's product is sent to an address.
func (c counter) choice(ctx context.Context, t *testing.T, to map[string]string, n int64) client.Choice {
	t.Helper()
	q, err := c.api.Quote(ctx, to, c.line(n))
	if err != nil || len(q.Choices) != 1 {
		t.Fatalf("%v %+v", err, q)
	}
	return q.Choices[0]
}

// From a quote to the doorstep and back: the order costs what was quoted, the provider takes that, the mail shows it; what is cancelled and what comes
// back takes its tax with it, and what sending it had cost stays, until staff give it back, too.
func TestAQuoteBecomesAnOrder(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	c, b := m.counter(ctx, t, "DKK", 9), m.buyer(ctx, t)
	home := client.Address("Ada Buyer")
	choice := c.choice(ctx, t, home, 3)
	order, err := b.OrderQuoted(ctx, home, choice.Quote, c.line(3))
	if err != nil {
		t.Fatal(err)
	}
	type costs struct {
		Goods, Tax, Total client.Money
		Charges           []client.Charge
		Taxes             []client.Tax
	}
	want := costs{
		Goods: c.money(3150), Tax: c.money(189), Total: c.money(3829),
		Charges: []client.Charge{{ShippingMethodID: c.method, Name: choice.Name, Amount: c.money(490)}}, Taxes: choice.Taxes,
	}
	read, err := client.Get[client.Order](ctx, m.owner, "/orders/"+order.Number)
	if err != nil {
		t.Fatal(err)
	}
	for who, o := range map[string]client.Order{"customer": order, "staff": read} {
		if d := cmp.Diff(want, costs{o.Goods, *o.Lines[0].Tax, o.Total, o.Charges, o.Taxes}); d != "" || o.Total != choice.Total || len(o.Taxes) != 2 {
			t.Errorf("what %s see (-want +got):\n%s", who, d)
		}
	}
	payment, err := b.Pay(ctx, order.ID, "pm_card_visa")
	if err != nil || payment.Amount != c.money(3829) {
		t.Fatalf("%v %+v", err, payment)
	}
	b.status(ctx, t, order.ID, "paid")
	mail, err := m.mail.AwaitMail(ctx, b.email, func(mail client.Mail) bool { return mail.Subject == "Your order "+order.Number })
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(mail.Text, "\u00a0", " ") // amounts are not broken across lines
	for _, says := range []string{choice.Name + ": DKK 4.90", "VAT (6%): DKK 1.89", "Total: DKK 38.29", "Of that VAT (25%): DKK 0.98"} {
		if !strings.Contains(text, says) {
			t.Errorf("the mail does not say %q:\n%s", says, mail.Text)
		}
	}
	m.charged(ctx, t, payment.ID, 3829)

	left, err := m.owner.Cancel(ctx, order.ID, "broken", c.line(1))
	if err != nil || left.Status != "paid" {
		t.Fatalf("%v %+v", err, left)
	}
	if _, err = m.owner.Fulfil(ctx, order.ID, "Post", "J1", c.line(2)); err != nil {
		t.Fatal(err)
	}
	if _, err = m.owner.Deliver(ctx, order.ID, ""); err != nil {
		t.Fatal(err)
	}
	asked, err := b.Return(ctx, order.ID, "too blue", c.line(2))
	if err != nil {
		t.Fatal(err)
	}
	back := asked.Returns[0].ID
	if _, err = m.owner.Answer(ctx, order.ID, back, "approval", ""); err != nil {
		t.Fatal(err)
	}
	came, err := m.owner.Receive(ctx, order.ID, back, client.Received{ProductID: c.product.ID, Quantity: 2, Restock: true})
	if err != nil || came.Status != "returned" || came.Returns[0].Refund.Amount != c.money(2226) || came.Returns[0].Refund.Tax != c.money(126) {
		t.Fatalf("%v %+v", err, came.Returns)
	}
	c.givenBack(ctx, t, b, payment.ID, "partially_refunded", [][]int64{{1113, 63, 0}, {2226, 126, 0}})
	m.charged(ctx, t, payment.ID, 490)
	lost := map[string]any{"reason": "withdrawn", "amount": nil}
	refused(t, send(ctx, t, m.owner, http.MethodPost, "/payments/"+payment.ID+"/refunds", lost, client.NewKey()), nil, http.StatusUnprocessableEntity, "invalid")
	rest := send(ctx, t, m.owner, http.MethodPost, "/payments/"+payment.ID+"/refunds", map[string]string{"reason": "withdrawn"}, client.NewKey())
	if rest.Status != http.StatusCreated {
		t.Fatalf("%d %s", rest.Status, rest.Body)
	}
	c.givenBack(ctx, t, b, payment.ID, "refunded", [][]int64{{1113, 63, 0}, {2226, 126, 0}, {490, 0, 98}})
	m.charged(ctx, t, payment.ID, 0)
}

// givenBack waits until a payment is as far, and compares its refunds: the amount of each, and what of it is tax of the product and of its sending.
func (c counter) givenBack(ctx context.Context, t *testing.T, b buyer, payment, status string, want [][]int64) {
	t.Helper()
	type paid struct {
		Status  string
		Refunds []struct {
			Amount client.Money
			Status string
			Taxes  []client.Tax
		}
	}
	p, err := client.Until(ctx, b.Client, "/payments/"+payment, func(p paid) bool {
		for _, r := range p.Refunds {
			if r.Status != "refunded" {
				return false
			}
		}
		return p.Status == status && len(p.Refunds) == len(want)
	})
	if err != nil {
		t.Fatal(err)
	}
	var got [][]int64
	for _, r := range p.Refunds {
		one := []int64{r.Amount.Amount, 0, 0}
		for _, tax := range r.Taxes {
			if tax.TaxClass == c.class {
				one[1] += tax.Amount.Amount
			} else {
				one[2] += tax.Amount.Amount
			}
		}
		got = append(got, one)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("given back (-want +got):\n%s", d)
	}
}

// Nobody pays what they were not shown: what has changed since the quote is told with what it costs now, and ordered at that.
func TestAQuoteThatHasChangedOrdersNothing(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	c, b := m.counter(ctx, t, "SEK", 9), m.buyer(ctx, t)
	home := client.Address("Ada Buyer")
	quote := c.choice(ctx, t, home, 1).Quote
	_, err := b.OrderQuoted(ctx, home, quote, c.line(2))
	refused(t, client.Answer{}, err, http.StatusConflict, "quote_changed")
	dearer := send(ctx, t, m.owner, http.MethodPatch, "/products/"+c.product.ID, map[string]any{"price": c.money(1150)}, client.IfMatch("*"))
	if dearer.Status != http.StatusOK {
		t.Fatalf("%d %s", dearer.Status, dearer.Body)
	}
	_, err = b.OrderQuoted(ctx, home, quote, c.line(1))
	problem, told := errors.AsType[*client.Problem](err)
	if !told || problem.Status != http.StatusConflict || problem.Code != "quote_changed" || problem.Quote == nil || len(problem.Quote.Choices) != 1 {
		t.Fatalf("%v", err)
	}
	m.stock(ctx, t, c.product.ID, 9, 0)
	again, err := b.OrderQuoted(ctx, home, problem.Quote.Choices[0].Quote, c.line(1))
	if err != nil || again.Total != problem.Quote.Choices[0].Total || again.Total != c.money(1150+69+490) {
		t.Errorf("%v %+v", err, again)
	}
}

// Once there is a way to be sent, an order says which; and a region's rate stands in the place of its country's.
func TestAnOrderSaysHowItIsSent(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	c, b := m.counter(ctx, t, "PLN", 9), m.buyer(ctx, t)
	home := client.Address("Ada Buyer")
	_, err := b.Order(ctx, "Ada Buyer", c.line(1))
	if problem, told := errors.AsType[*client.Problem](err); !told || problem.Code != "shipping_method_required" || problem.Status != http.StatusUnprocessableEntity ||
		len(problem.Quote.Choices) != 1 || problem.Quote.Choices[0].ShippingMethodID != c.method {
		t.Errorf("%v", err)
	}
	regional := rate("PT", c.class, 4_000, false)
	regional["region"] = "20"
	m.made(ctx, t, "/tax-rates", regional)
	azores := client.Address("Ada Buyer")
	azores["region"] = "20"
	order, err := b.OrderBy(ctx, azores, c.method, c.line(1))
	if err != nil || order.Total != c.money(1050+42+490) {
		t.Errorf("%v %+v", err, order)
	}
	_, err = b.OrderQuoted(ctx, home, c.choice(ctx, t, azores, 1).Quote, c.line(1))
	refused(t, client.Answer{}, err, http.StatusConflict, "quote_changed")
	abroad := map[string]string{"name": "Ada", "line1": "Street 1", "city": "Berlin", "postalCode": "10115", "country": "DE"}
	_, err = b.OrderBy(ctx, abroad, c.method, c.line(1))
	refused(t, client.Answer{}, err, http.StatusConflict, "shipping_method_unavailable")
	if a := send(ctx, t, m.owner, http.MethodPatch, "/shipping-methods/"+c.method, map[string]string{"status": "retired"}, client.IfMatch("*")); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if plain, err := b.Order(ctx, "Ada Buyer", c.line(1)); err != nil || plain.Total != c.money(1050+63) || len(plain.Charges) != 0 {
		t.Errorf("once there is no way to be sent: %v %+v", err, plain)
	}
}

// A sample that costs nothing is ordered for what its parcel costs, and that is paid and given back.
func TestASampleCostsItsParcel(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	c, b := m.counter(ctx, t, "RON", 9), m.buyer(ctx, t)
	free := map[string]any{"price": map[string]any{"amount": 0, "currency": "RON"}}
	if a := send(ctx, t, m.owner, http.MethodPatch, "/products/"+c.product.ID, free, client.IfMatch("*")); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	order, err := b.OrderQuoted(ctx, client.Address("Ada Buyer"), c.choice(ctx, t, client.Address("Ada Buyer"), 2).Quote, c.line(2))
	if err != nil || order.Total != c.money(490) {
		t.Fatalf("%v %+v", err, order)
	}
	payment := b.pay(ctx, t, order.ID, "pm_card_visa", "captured")
	b.status(ctx, t, order.ID, "paid")
	m.charged(ctx, t, payment.ID, 490)
	if a := send(ctx, t, m.owner, http.MethodPost, "/orders/"+order.ID+"/cancellation", map[string]string{"reason": "no more samples"}, client.NewKey()); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if _, err := client.Until(ctx, b.Client, "/payments/"+payment.ID, func(p client.Payment) bool { return p.Status == "refunded" }); err != nil {
		t.Error(err)
	}
	m.stock(ctx, t, c.product.ID, 9, 0)
}
