package db

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
)

// costs is what goods cost besides their price: how they are sent, and what is owed of them. Two rates mostly want to hold at one moment.
func (w *world) costs(t *rapid.T) []events.Outgoing {
	methods, rates := w.plainly["shippingMethod"], w.plainly["taxRate"]
	method, rate, version := pick(t, "method", methods...), pick(t, "rate", rates...), pick[int64](t, "version", 1, 1, 2, 3)
	sent := events.ShippingMethodFields{
		Name: pick(t, "name", "Parcel", "Letter"), Zones: []events.ShippingZone{{Countries: []string{"PT"}, PostalPrefixes: pick(t, "prefixes", nil, []string{"1 0", "20"})}},
		Price:  events.ShippingPrice{By: events.ByTotal, Currency: "EUR", Steps: []events.ShippingStep{{UpTo: 10, Amount: 1}, {Amount: 2}}},
		Status: pick(t, "status", events.ShippingActive, events.ShippingRetired),
	}
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	owed := events.TaxRateFields{
		Name: "VAT", Country: "PT", Region: pick(t, "region", "", "", "20"), TaxClass: "of-" + w.brands[0], Rate: pick[int64](t, "rate of it", 6000, 23_000),
		Included: rapid.Bool().Draw(t, "included"), ValidFrom: begin.AddDate(pick(t, "from", 0, 0, 1), 0, 0), ValidTo: pick(t, "to", time.Time{}, begin.AddDate(1, 0, 0), begin.AddDate(2, 0, 0)),
	}
	if !owed.ValidTo.IsZero() && !owed.ValidTo.After(owed.ValidFrom) {
		owed.ValidTo = time.Time{}
	}
	moved := owed
	moved.ValidFrom, moved.ValidTo = owed.ValidFrom.AddDate(5, 0, 0), time.Time{}
	return pick(
		t, "noun",
		some(
			t,
			events.CreateShippingMethod.New(method, sent),
			events.UpdateShippingMethod.New(method, events.Change[events.ShippingMethodFields]{ExpectedVersion: version, Fields: sent}),
			events.DeleteShippingMethod.New(method, events.Deletion{ExpectedVersion: version}),
		),
		some(
			t,
			events.CreateTaxRate.New(rate, owed),
			events.CreateTaxRate.New(pick(t, "another rate", rates...), pick(t, "then", owed, moved, moved)),
			events.UpdateTaxRate.New(rate, events.Change[events.TaxRateFields]{ExpectedVersion: 1, Fields: moved}),
			events.UpdateTaxRate.New(rate, events.Change[events.TaxRateFields]{ExpectedVersion: version, Fields: moved}),
			events.CreateTaxRate.New(pick(t, "in its place", rates...), owed),
			events.UpdateTaxRate.New(rate, events.Change[events.TaxRateFields]{ExpectedVersion: version, Fields: owed}),
			events.DeleteTaxRate.New(rate, events.Deletion{ExpectedVersion: version}),
		),
	)
}

// twoRates is two of one place that want to hold at one moment: neither may the second be made so, nor be changed to it.
func (w *world) twoRates() []events.Outgoing {
	first, second := w.plainly["taxRate"][0], w.plainly["taxRate"][1]
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	holds := events.TaxRateFields{Name: "VAT", Country: "PT", TaxClass: "two-" + first, Rate: 23_000, ValidFrom: begin, ValidTo: begin.AddDate(1, 0, 0)}
	follows := holds
	follows.ValidFrom, follows.ValidTo = holds.ValidTo, time.Time{}
	return []events.Outgoing{
		events.CreateTaxRate.New(first, holds),
		events.CreateTaxRate.New(second, holds),
		events.CreateTaxRate.New(second, follows).WithID(events.NewID(), ""),
		events.UpdateTaxRate.New(second, events.Change[events.TaxRateFields]{ExpectedVersion: 1, Fields: holds}),
	}
}

// choosing is an order that says how it is sent, from the day on which there is a way: paid with its taxes, and given back in parts, by whatever is done
// to it. The same order without a way is refused, and so is one at what was quoted before.
func (w *world) choosing(t *rapid.T) []events.Outgoing {
	methods, rates := w.plainly["shippingMethod"], w.plainly["taxRate"]
	order, payment, method := pick(t, "order", w.orders...), pick(t, "payment", w.payments...), pick(t, "method", methods...)
	all := w.chosen(order, payment, method, rates, events.ChosenCart{ShippingMethodID: pick(t, "chosen", append(methods, method, method, "")...)})
	refund := events.RefundPayment.New(payment, events.RefundRequest{Amount: usd(rapid.Int64Range(1, 2000).Draw(t, "amount")), Reason: events.Said("r")}).AskedBy(w.clerk)
	extra := some(
		t, refund, refund.WithID(events.NewID(), ""),
		events.PlaceOrder.New(pick(t, "another", w.orders...), one(w.products[0])).AskedBy(w.buyer),
		events.PlaceChosen.New(pick(t, "another", w.orders...), events.ChosenCart{Cart: one(w.products[0]), Quote: w.quoteOf(w.products[0])}).AskedBy(w.buyer),
		events.CancelOrder.New(order, events.OrderReason{}).AskedBy(w.clerk),
		events.DeleteShippingMethod.New(method, events.Deletion{ExpectedVersion: 1}),
		events.DeleteTaxRate.New(rates[0], events.Deletion{ExpectedVersion: 1}),
	)
	at := rapid.IntRange(0, len(all)).Draw(t, "at")
	return slices.Concat(all[:at], extra, all[at:])
}

// chosen is the life of an order of three, two of which are sent: by a method that is made for it, and with taxes of two rates.
func (w *world) chosen(order, payment, method string, rates []string, cart events.ChosenCart) []events.Outgoing {
	cart.Cart = cartOf(events.OrderItem{ProductID: w.products[0], Quantity: 1}, events.OrderItem{ProductID: w.products[1], Quantity: 1}, events.OrderItem{ProductID: w.products[0], Quantity: 1})
	sent := events.FulfilOrder.New(order, events.Shipment{Lines: one(w.products[0]).Lines}).AskedBy(w.clerk)
	back := events.RequestReturn.New(order, events.ReturnRequest{Lines: one(w.products[0]).Lines}).AskedBy(w.buyer).WithID(events.NewID(), "")
	return append(
		setOut(method, rates[0], rates[1]),
		events.PlaceChosen.New(order, cart).AskedBy(w.buyer),
		events.StartPayment.New(payment, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(w.buyer),
		answered(payment, events.AuthorizeStep, events.PaymentAuthStatus, 3790), answered(payment, events.CaptureStep, events.PaymentCapturedStatus, 3790),
		events.CancelPart.New(order, events.PartCancellation{Lines: one(w.products[0]).Lines}).AskedBy(w.clerk),
		sent, events.DeliverOrder.New(order, events.Delivery{}).AskedBy(w.clerk), back,
		events.ApproveReturn.New(order, events.ReturnDecision{ReturnID: returnBy(order, back)}).AskedBy(w.clerk),
		events.ReceiveReturn.New(order, events.ReturnReception{
			ReturnID: returnBy(order, back), Lines: []events.ReceivedItem{{OrderItem: one(w.products[0]).Lines[0], Restock: true}},
		}).AskedBy(w.clerk),
		events.CancelPart.New(order, events.PartCancellation{Lines: one(w.products[1]).Lines}).AskedBy(w.clerk),
	)
}

// quoteOf is what one of a product is quoted at this moment; nothing where it is not to be had.
func (w *world) quoteOf(product string) string {
	q, err := w.singly.quoted(events.QuoteRequest{Lines: one(product).Lines, Destination: events.Destination{Country: "US", PostalCode: "95014"}})
	if err != nil || len(q.Choices) == 0 {
		return ""
	}
	return q.Choices[0].Quote
}
