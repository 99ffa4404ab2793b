package db

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/dbtest"
)

// setsOut sends goods in dollars to the United States for 4.90, where all is taxed at 10 % that is added, and sending at 20 % that is in its price.
func (m *market) setsOut() (method string) {
	m.t.Helper()
	method = events.NewID()
	for _, o := range setOut(method, events.NewID(), events.NewID()) {
		m.must(o)
	}
	return method
}

func setOut(method, standard, letters string) []events.Outgoing {
	parcel := parcelTo("Parcel", events.ShippingActive, events.ShippingZone{Countries: []string{"US"}})
	parcel.TaxClass = "letters"
	added, included := rateOf("", "standard", 2020, 0), rateOf("", "letters", 2020, 0)
	added.Country, added.Rate, added.Included = "US", 10_000, false
	included.Country, included.Rate = "US", 20_000
	return []events.Outgoing{
		events.CreateShippingMethod.New(method, parcel), events.CreateTaxRate.New(standard, added), events.CreateTaxRate.New(letters, included),
	}
}

func (m *market) quote(cart events.Cart) events.QuoteChoice {
	m.t.Helper()
	q, err := m.quoted(events.QuoteRequest{Lines: cart.Lines, Destination: events.Destination{Country: "US", PostalCode: "95014"}})
	if err != nil || len(q.Choices) != 1 {
		m.t.Fatalf("%v %+v", err, q)
	}
	return q.Choices[0]
}

// What was quoted is ordered, stored, paid and given back to the unit: goods with their tax when they come back, and the sending of what was sent not.
func TestWhatWasQuotedIsOrderedPaidAndGivenBack(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer, order, payment := m.product(9), m.buyer(), events.NewID(), events.NewID()
	method := m.setsOut()
	cart := cartOf(events.OrderItem{ProductID: product, Quantity: 2}, events.OrderItem{ProductID: product, Quantity: 1})
	m.refused("shipping_method_required", events.PlaceOrder.New(order, cart).AskedBy(buyer))
	quote := m.quote(cart)
	m.must(events.PlaceChosen.New(order, events.ChosenCart{Cart: cart, Quote: quote.Quote}).AskedBy(buyer))
	got := m.orderOf(order)
	line := func(quantity int64) events.OrderLine {
		return events.OrderLine{
			ProductID: product, SKU: "M-" + product[24:], Name: "Mug", UnitPrice: usd(1000), Quantity: quantity, Total: usd(1000 * quantity), Tax: usd(100 * quantity), TaxedAs: "standard",
		}
	}
	want := events.OrderState{
		Lines: []events.OrderLine{line(2), line(1)}, GoodsTotal: usd(3000), Total: usd(3790),
		Charges: []events.OrderCharge{{Charge: events.Charge{ShippingMethodID: method, Name: "Parcel", TaxClass: "letters", Amount: usd(490)}, Tax: usd(82), TaxedAs: "letters"}},
		Taxes: []events.TaxAmount{
			{Name: "VAT", TaxClass: "letters", Rate: 20_000, Included: true, Taxed: usd(490), Amount: usd(82)},
			{Name: "VAT", TaxClass: "standard", Rate: 10_000, Taxed: usd(3000), Amount: usd(300)},
		},
	}
	costs := events.OrderState{Lines: got.Lines, GoodsTotal: got.GoodsTotal, Charges: got.Charges, Taxes: got.Taxes, Total: got.Total}
	if diff := cmp.Diff(want, costs); diff != "" || got.Total != quote.Total {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m.must(events.StartPayment.New(payment, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(buyer))
	m.must(answered(payment, events.AuthorizeStep, events.PaymentAuthStatus, 3790))
	m.must(answered(payment, events.CaptureStep, events.PaymentCapturedStatus, 3790))
	m.must(events.CancelPart.New(order, events.PartCancellation{Lines: one(product).Lines}).AskedBy(m.clerk))
	m.must(m.sends(order, product, 2))
	m.must(events.DeliverOrder.New(order, events.Delivery{}).AskedBy(m.clerk))
	back := m.returns(buyer, order, product, 2)
	m.must(events.ApproveReturn.New(order, events.ReturnDecision{ReturnID: back}).AskedBy(m.clerk))
	m.must(m.receives(order, back, product, 2, true))
	m.is(order, product, "returned captured 9/0")
	m.must(events.RefundPayment.New(payment, events.RefundRequest{Reason: events.Said("the law says so")}).AskedBy(m.clerk))
	paid, err := readPayment(t.Context(), m.store.Reads, `p.id = $1`, payment)
	if err != nil {
		t.Fatal(err)
	}
	type part struct {
		Amount int64
		Taxes  []int64
	}
	var given []part
	for _, r := range paid.Refunds {
		given = append(given, part{r.Amount, r.Taxes})
	}
	if diff := cmp.Diff([]part{{1100, []int64{0, 100}}, {2200, []int64{0, 200}}, {490, []int64{82, 0}}}, given); diff != "" {
		t.Errorf("given back (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(got.Taxes, paid.Taxes); diff != "" {
		t.Errorf("the payment's taxes (-want +got):\n%s", diff)
	}
	if r := m.orderOf(order).Returns[0].Refund; r.Amount != usd(2200) || r.Tax != usd(200) {
		t.Errorf("the return says %+v", r)
	}
}

// Of an order of which nothing was sent all is given back, its sending, too; and a quote that holds no more orders nothing.
func TestWhatIsNotSentCostsNothing(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer, order, payment := m.product(9), m.buyer(), events.NewID(), events.NewID()
	method := m.setsOut()
	quote := m.quote(one(product))
	m.must(events.PlaceChosen.New(order, events.ChosenCart{Cart: one(product), ShippingMethodID: method}).AskedBy(buyer))
	m.must(events.StartPayment.New(payment, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(buyer))
	m.must(answered(payment, events.AuthorizeStep, events.PaymentAuthStatus, 1590))
	m.must(answered(payment, events.CaptureStep, events.PaymentCapturedStatus, 1590))
	m.must(events.CancelPart.New(order, events.PartCancellation{Lines: one(product).Lines}).AskedBy(m.clerk))
	if n := m.count(`select amount from refund where payment_id = $1 and taxes = '{82,100}'`, payment); n != 1590 {
		t.Errorf("%d is given back", n)
	}
	m.must(events.DeleteShippingMethod.New(method, events.Deletion{ExpectedVersion: 1}))
	second := events.NewID()
	got := m.do(events.PlaceChosen.New(second, events.ChosenCart{Cart: one(product), Quote: quote.Quote}).AskedBy(buyer))
	if p := got.Problem; code(got) != "quote_changed" || p.Quote == nil || len(p.Quote.Choices) != 1 || p.Quote.Choices[0].Total != usd(1100) {
		t.Errorf("%+v", p)
	} else {
		m.must(events.PlaceChosen.New(second, events.ChosenCart{Cart: one(product), Quote: p.Quote.Choices[0].Quote}).AskedBy(buyer))
	}
}

// What Postgres holds of what an order costs, it holds against raw SQL, and the invariants notice what it cannot.
func TestPostgresAddsUp(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer, order := m.product(9), m.buyer(), events.NewID()
	method := m.setsOut()
	m.must(events.PlaceChosen.New(order, events.ChosenCart{Cart: one(product), ShippingMethodID: method}).AskedBy(buyer))
	m.exec(`alter table order_line disable trigger append_only; alter table order_charge disable trigger append_only; alter table order_tax disable trigger append_only`)
	for _, sql := range []string{
		`update orders set amount = amount + 1`, `update orders set charged = charged + 1`, `update orders set added_tax = 0`, `update orders set goods = null`,
		`update orders set goods = -1, amount = charged + added_tax - 1`, `update orders set included_tax = amount`,
		`update order_line set tax = 1001`, `update order_line set taxed_as = ''`, `update order_charge set tax = -1`, `update order_tax set amount = taxed + 1`,
		`insert into order_tax select order_id, 3, name, tax_class, rate, included, taxed, amount from order_tax where position = 1`,
	} {
		if _, err := m.owner.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s is let through", sql)
		}
	}
	for _, c := range []struct{ harm, mend string }{
		{`update orders set goods = goods - 1, charged = charged + 1`, `update orders set goods = goods + 1, charged = charged - 1`},
		{`update orders set included_tax = 81`, `update orders set included_tax = 82`},
		{`update order_line set tax = 99`, `update order_line set tax = 100`},
		{`update order_charge set taxed_as = 'standard'`, `update order_charge set taxed_as = 'letters'`},
		{`update order_tax set taxed = taxed + 1 where position = 1`, `update order_tax set taxed = taxed - 1 where position = 1`},
	} {
		m.exec(c.harm)
		if len(dbtest.Invariants(t.Context(), m.owner)) == 0 {
			t.Errorf("nobody notices %s", c.harm)
		}
		m.exec(c.mend)
	}
}

// An order that a release without shipping and taxes has written costs its goods alone, and is given back as it was.
func TestAnOrderOfBeforeCostsItsGoods(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(9), m.buyer()
	order, payment := m.paidFor(buyer, product, 2)
	m.exec(`update orders set goods = null`)
	got := m.orderOf(order)
	if got.GoodsTotal != usd(2000) || got.Total != usd(2000) || got.Charges != nil || got.Taxes != nil || got.Lines[0].TaxedAs != "" {
		t.Errorf("%+v", got)
	}
	m.must(events.CancelPart.New(order, events.PartCancellation{Lines: one(product).Lines}).AskedBy(m.clerk))
	if n := m.count(`select amount from refund where payment_id = $1 and taxes = '{}'`, payment); n != 1000 {
		t.Errorf("%d is given back", n)
	}
}
