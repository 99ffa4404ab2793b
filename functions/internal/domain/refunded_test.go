package domain

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// A refund for goods is shared out among them by what they are worth, to the last minor unit, also where less is left than that.
func TestARefundFallsToProducts(t *testing.T) {
	t.Parallel()
	line := func(product string, n, price int64) events.OrderLine {
		return events.OrderLine{ProductID: product, Quantity: n, UnitPrice: euros(price), Total: euros(n * price)}
	}
	o := Order{Total: euros(3500), Lines: []events.OrderLine{line("mug", 2, 1000), line("pot", 1, 500), line("mug", 1, 1000)}}
	lines := []events.OrderItem{{ProductID: "mug", Quantity: 1}, {ProductID: "pot", Quantity: 1}, {ProductID: "mug", Quantity: 1}}
	for name, c := range map[string]struct {
		amount int64
		want   []events.RefundedItem
	}{
		"all that it is worth": {2500, []events.RefundedItem{{ProductID: "mug", Quantity: 2, Amount: euros(2000)}, {ProductID: "pot", Quantity: 1, Amount: euros(500)}}},
		"less":                 {1001, []events.RefundedItem{{ProductID: "mug", Quantity: 2, Amount: euros(801)}, {ProductID: "pot", Quantity: 1, Amount: euros(200)}}},
		"more":                 {2501, nil},
	} {
		if d := cmp.Diff(c.want, o.refundOf(lines, euros(c.amount))); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// What was given back of a product falls to its lines by what has become of each; nothing of it is lost or told twice.
func TestLinesTellWhatWasGivenBackOfThem(t *testing.T) {
	t.Parallel()
	mug := func(n int64) events.OrderLine {
		return events.OrderLine{ProductID: "mug", Quantity: n, UnitPrice: euros(1000)}
	}
	back := func(n, amount int64) *events.PartRefund {
		return &events.PartRefund{Amount: euros(amount), Lines: []events.RefundedItem{{ProductID: "mug", Quantity: n, Amount: euros(amount)}}}
	}
	items := func(n int64) []events.OrderItem { return []events.OrderItem{{ProductID: "mug", Quantity: n}} }
	o := Order{Lines: []events.OrderLine{mug(2), {ProductID: "pot", Quantity: 1, UnitPrice: euros(500)}, mug(2)}}
	if d := cmp.Diff(make([]LineRefund, 3), o.LineRefunds()); d != "" {
		t.Errorf("of an order of which nothing has come back (-want +got):\n%s", d)
	}
	o.Cancellations = []events.CancelledPart{{Lines: items(1), Refund: back(1, 1000)}}
	if d := cmp.Diff([]LineRefund{{}, {}, {1, 1000}}, o.LineRefunds()); d != "" {
		t.Errorf("one is cancelled (-want +got):\n%s", d)
	}
	o.Fulfilments = []events.Fulfilment{{Lines: items(3)}}
	came := []events.ReceivedItem{{OrderItem: items(2)[0]}}
	o.Returns = []events.PartReturn{
		{Status: events.ReturnReceivedStatus, Lines: items(2), Received: came, Refund: back(2, 1001)},
		{Status: events.ReturnRequestedStatus, Lines: items(1)},
	}
	want := []LineRefund{{2, 1334}, {}, {1, 667}}
	if d := cmp.Diff(want, o.LineRefunds()); d != "" {
		t.Errorf("two have come back (-want +got):\n%s", d)
	}
	o.Returns[0].Refund.Lines = nil // as a release before this one left it
	if d := cmp.Diff(make([]LineRefund, 3), o.LineRefunds()); d != "" {
		t.Errorf("where one is not told (-want +got):\n%s", d)
	}
}
