package domain

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
)

// desk is a mart in memory with one order that is paid: three mugs in two lines and two lamps, of which ten each are on the shelf. Whatever it cost besides
// them was added by cost.
type desk struct {
	*Rows
	asked int
}

func newDesk(cost ...func(*Order)) *desk {
	d := &desk{Rows: NewMart()}
	o := mugs()
	o.Lines[1].Quantity, o.Lines[1].Total, o.Total = 2, usd(998), usd(2498)
	for _, add := range cost {
		add(&o)
	}
	o.History = []events.OrderStep{{Status: o.Status}}
	Orders.Put(d.Rows, o.ID, StoredOrder{Order: o})
	Payments.Put(d.Rows, "p", Payment{
		Meta: events.Meta{ID: "p", Version: 5}, OrderID: o.ID, CustomerID: "c", Status: events.PaymentCapturedStatus, Amount: o.Total, Taxes: o.Taxes,
		Authorized: o.Total.Amount, Captured: o.Total.Amount,
	})
	var held []Reservation
	for _, g := range o.Goods() {
		Stock.Put(d.Rows, g.ProductID, events.StockState{ProductID: g.ProductID, OnHand: 10, Reserved: g.Ordered, Available: 10 - g.Ordered})
		held = append(held, Reservation{ProductID: g.ProductID, Reserved: g.Ordered})
	}
	Reservations.Put(d.Rows, o.ID, held)
	d.Keep()
	return d
}

// decide carries out one command about the order or its payment.
func decide[T any](d *desk, subject string, rule func(Case, events.Received[T]) ([]events.Outgoing, error), by events.Principal, data T) error {
	d.asked++
	m := events.Received[T]{Envelope: events.Envelope{ID: fmt.Sprint(d.asked), Source: "/mart/order", Subject: subject, By: by}, Data: data}
	asker := Account{Status: events.AccountActive, Roles: []events.Role{events.OrdersRole}}
	_, err := rule(Case{Rows: d.Rows, Now: noon, Asker: asker}, m)
	if err != nil {
		d.Drop()
		return err
	}
	d.Keep()
	return nil
}

func (d *desk) order() Order {
	o, _ := Orders.Get(d.Rows, "o")
	return o.Order
}

func (d *desk) payment() Payment {
	p, _ := Payments.Get(d.Rows, "p")
	return p
}

// returnID is a return of the order, or none.
func (d *desk) returnID(i int) string {
	if all := d.order().Returns; i < len(all) {
		return all[i].ID
	}
	return "none"
}

// check holds the order, its money and its goods against each other.
func (d *desk) check(t rapid.TB) {
	t.Helper()
	o, p := d.order(), d.payment()
	reservations, _ := Reservations.Get(d.Rows, "o")
	for _, g := range o.Goods() {
		if chain := []int64{0, g.Returned, g.Claimed, g.Delivered, g.Sent, g.Ordered}; !slices.IsSorted(chain) || g.Unsent() < 0 || g.Cancelled < 0 {
			t.Fatalf("%s: %+v", g.ProductID, g)
		}
		r := reservations[slices.IndexFunc(reservations, func(r Reservation) bool { return r.ProductID == g.ProductID })]
		s, _ := Stock.Get(d.Rows, g.ProductID)
		if s.OnHand != 10-r.taken() || s.Reserved != r.held() || r.held() < 0 || r.taken() < g.Sent-g.Returned || s.OnHand > 10 {
			t.Fatalf("%s: %+v on the shelf, %+v in the ledger, %+v of the order", g.ProductID, s, r, g)
		}
	}
	if p.Refundable() < 0 || !p.left().whole() || o.Status != events.OrderCancelledStatus && o.Status != o.standing() {
		t.Fatalf("the order is %s, %d can be given back", o.Status, p.Refundable())
	}
	if from := o.History[max(len(o.History)-2, 0)].Status; from != o.Status && !OrderMayBecome(from, o.Status) {
		t.Fatalf("the order was %s and is %s", from, o.Status)
	}
}

// commands are what may be asked about an order that is paid, sensible or not.
func (d *desk) commands(t *rapid.T) map[string]func() error {
	line := func() []events.OrderItem {
		return []events.OrderItem{of(rapid.SampledFrom([]string{"mug", "lamp"}).Draw(t, "product"), rapid.Int64Range(1, 3).Draw(t, "quantity"))}
	}
	which := func() string { return d.returnID(rapid.IntRange(0, 3).Draw(t, "return")) }
	return map[string]func() error{
		"commit":        func() error { return decide(d, "o", CommitStock, clerk, events.OrderStock{OrderID: "o"}) },
		"fulfil":        func() error { return decide(d, "o", FulfilOrder, clerk, events.Shipment{Lines: line()}) },
		"send the rest": func() error { return decide(d, "o", FulfilRest, clerk, events.RestShipment{}) },
		"deliver":       func() error { return decide(d, "o", DeliverOrder, clerk, events.Delivery{}) },
		"request":       func() error { return decide(d, "o", RequestReturn, customer, events.ReturnRequest{Lines: line()}) },
		"approve":       func() error { return decide(d, "o", ApproveReturn, clerk, events.ReturnDecision{ReturnID: which()}) },
		"refuse":        func() error { return decide(d, "o", RefuseReturn, clerk, events.ReturnDecision{ReturnID: which()}) },
		"receive": func() error {
			got := []events.ReceivedItem{{OrderItem: line()[0], Restock: rapid.Bool().Draw(t, "restock")}}
			return decide(d, "o", ReceiveReturn, clerk, events.ReturnReception{ReturnID: which(), Lines: got})
		},
		"cancel":      func() error { return decide(d, "o", CancelOrder, clerk, events.OrderReason{}) },
		"cancel part": func() error { return decide(d, "o", CancelPart, clerk, events.PartCancellation{Lines: line()}) },
		"restock":     func() error { return decide(d, "o", RestockOrder, clerk, events.OrderStock{OrderID: "o"}) },
		"refund": func() error {
			return decide(d, "p", RefundPayment, clerk, events.RefundRequest{Amount: usd(rapid.Int64Range(1, 400).Draw(t, "amount")), Reason: events.Said("r")})
		},
	}
}

// finish brings everything back: what is not sent goes out or is cancelled, all arrives, and all of it is returned.
func (d *desk) finish(send bool) error {
	for _, g := range d.order().Goods() {
		if g.Unsent() == 0 || d.order().Status == events.OrderCancelledStatus {
			continue
		}
		lines := []events.OrderItem{of(g.ProductID, g.Unsent())}
		var err error
		if send {
			err = decide(d, "o", FulfilOrder, clerk, events.Shipment{Lines: lines})
		} else {
			err = decide(d, "o", CancelPart, clerk, events.PartCancellation{Lines: lines})
		}
		if err != nil {
			return err
		}
	}
	_ = decide(d, "o", DeliverOrder, clerk, events.Delivery{}) // it may all have arrived
	for _, g := range d.order().Goods() {
		if g.Returnable() > 0 {
			if err := decide(d, "o", RequestReturn, clerk, events.ReturnRequest{Lines: []events.OrderItem{of(g.ProductID, g.Returnable())}}); err != nil {
				return err
			}
		}
	}
	for _, r := range d.order().Returns {
		if r.Status == events.ReturnRequestedStatus {
			if err := decide(d, "o", ApproveReturn, clerk, events.ReturnDecision{ReturnID: r.ID}); err != nil {
				return err
			}
		}
		if r.Status == events.ReturnRequestedStatus || r.Status == events.ReturnApprovedStatus {
			got := make([]events.ReceivedItem, len(r.Lines))
			for i, l := range r.Lines {
				got[i] = events.ReceivedItem{OrderItem: l, Restock: true}
			}
			if err := decide(d, "o", ReceiveReturn, clerk, events.ReturnReception{ReturnID: r.ID, Lines: got}); err != nil {
				return err
			}
		}
	}
	return nil
}

// sentAndTaxed adds to the desk's order a parcel, and two taxes: one that is in the mugs' price, and one that is added to the lamps' and the parcel's.
func sentAndTaxed(o *Order) {
	costs, err := costsOf(o.Lines, map[string]Offer{"mug": {TaxClass: "books"}, "lamp": {TaxClass: "standard"}},
		[]events.Charge{{TaxClass: "standard", Amount: usd(490)}}, Rates{"standard": rateOf("standard", 8_875, false), "books": rateOf("books", 6_000, true)})
	if err != nil {
		panic(err)
	}
	o.Lines, o.GoodsTotal, o.Charges, o.Taxes, o.Total = costs.lines, costs.sum.Goods, costs.charges, costs.sum.Taxes, costs.sum.Total
}

// Whatever becomes of parts of an order, in whatever order: no more comes back than has arrived, arrives than was sent, is sent than is wanted;
// goods leave the shelf once; and when all has come back, what was given back is what was paid, but for the sending of what was sent.
func TestWhateverBecomesOfAnOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sending, d := int64(0), newDesk()
		if rapid.Bool().Draw(t, "sent and taxed") {
			sending, d = 490+43, newDesk(sentAndTaxed)
		}
		commands := d.commands(t)
		names := make([]string, 0, len(commands))
		for name := range commands {
			names = append(names, name)
		}
		slices.Sort(names)
		for range rapid.IntRange(1, 25).Draw(t, "commands") {
			name := rapid.SampledFrom(names).Draw(t, "command")
			if err := commands[name](); err != nil {
				if _, refused := errors.AsType[*events.Problem](err); !refused {
					t.Fatalf("%s: %v", name, err)
				}
			}
			d.check(t)
		}
		send := rapid.Bool().Draw(t, "send") && d.payment().Refundable() > 0 // nothing is sent whose money has gone back
		if err := d.finish(send); err != nil {
			t.Fatal(err)
		}
		d.check(t)
		wished := slices.ContainsFunc(d.payment().Refunds, func(r events.PaymentRefund) bool { return r.Reason.Equal(events.Said("r")) })
		switch {
		case len(d.order().Fulfilments) == 0:
			sending = 0
		case wished: // staff may have given it back
			sending = min(sending, d.payment().Refundable())
		}
		if o, p := d.order(), d.payment(); o.Status != events.OrderReturnedStatus && o.Status != events.OrderCancelledStatus || p.Refundable() != sending {
			t.Fatalf("all has come back: the order is %s, and %d of the money is kept", o.Status, p.Refundable())
		}
	})
}

// A return goes its way and no other, and is told with who, why and what is given back.
func TestAReturnGoesItsWay(t *testing.T) {
	t.Parallel()
	d := newDesk()
	steps := []struct {
		name string
		do   func() error
		code string
	}{
		{"not sent", func() error {
			return decide(d, "o", RequestReturn, customer, events.ReturnRequest{Lines: []events.OrderItem{of("mug", 1)}})
		}, "not_left_to_return"},
		{"send", func() error {
			return decide(d, "o", FulfilOrder, clerk, events.Shipment{Lines: []events.OrderItem{of("mug", 3)}})
		}, ""},
		{"under way", func() error {
			return decide(d, "o", RequestReturn, customer, events.ReturnRequest{Lines: []events.OrderItem{of("mug", 1)}})
		}, "not_left_to_return"},
		{"deliver", func() error { return decide(d, "o", DeliverOrder, clerk, events.Delivery{}) }, ""},
		{"of another", func() error {
			return decide(d, "o", RequestReturn, events.Principal{Type: events.Shopper, ID: "x"}, events.ReturnRequest{Lines: []events.OrderItem{of("mug", 1)}})
		}, "not_found"},
		{"no such product", func() error {
			return decide(d, "o", RequestReturn, customer, events.ReturnRequest{Lines: []events.OrderItem{of("tile", 1)}})
		}, "invalid"},
		{"too many", func() error {
			return decide(d, "o", RequestReturn, customer, events.ReturnRequest{Lines: []events.OrderItem{of("mug", 4)}})
		}, "not_left_to_return"},
		{"two", func() error {
			return decide(d, "o", RequestReturn, customer, events.ReturnRequest{Lines: []events.OrderItem{of("mug", 2)}, Reason: events.Said("cracked")})
		}, ""},
		{"two again", func() error {
			return decide(d, "o", RequestReturn, customer, events.ReturnRequest{Lines: []events.OrderItem{of("mug", 2)}})
		}, "not_left_to_return"},
		{"not approved", func() error {
			return decide(d, "o", ReceiveReturn, clerk, events.ReturnReception{ReturnID: d.returnID(0)})
		}, "return_state"},
		{"no such return", func() error { return decide(d, "o", ApproveReturn, clerk, events.ReturnDecision{ReturnID: "none"}) }, "not_found"},
		{"approve", func() error {
			return decide(d, "o", ApproveReturn, clerk, events.ReturnDecision{ReturnID: d.returnID(0), Note: events.Said("box it")})
		}, ""},
		{"approve again", func() error {
			return decide(d, "o", ApproveReturn, clerk, events.ReturnDecision{ReturnID: d.returnID(0)})
		}, "return_state"},
		{"three came", func() error {
			return decide(d, "o", ReceiveReturn, clerk, events.ReturnReception{ReturnID: d.returnID(0), Lines: []events.ReceivedItem{{OrderItem: of("mug", 2)}, {OrderItem: of("mug", 1)}}})
		}, "more_than_returned"},
		{"receive", func() error {
			return decide(d, "o", ReceiveReturn, clerk, events.ReturnReception{ReturnID: d.returnID(0), Lines: []events.ReceivedItem{{OrderItem: of("mug", 1), Restock: true}, {OrderItem: of("mug", 1)}}})
		}, ""},
		{"receive again", func() error {
			return decide(d, "o", ReceiveReturn, clerk, events.ReturnReception{ReturnID: d.returnID(0)})
		}, "return_state"},
		{"refuse late", func() error {
			return decide(d, "o", RefuseReturn, clerk, events.ReturnDecision{ReturnID: d.returnID(0)})
		}, "return_state"},
		{"the last", func() error {
			return decide(d, "o", RequestReturn, clerk, events.ReturnRequest{Lines: []events.OrderItem{of("mug", 1)}})
		}, ""},
		{"refuse", func() error {
			return decide(d, "o", RefuseReturn, clerk, events.ReturnDecision{ReturnID: d.returnID(1), Note: events.Said("worn")})
		}, ""},
	}
	for _, s := range steps {
		if err := s.do(); s.code == "" && err != nil || s.code != "" && !errors.Is(err, &events.Problem{Code: s.code}) {
			t.Fatalf("%s: %v, want %q", s.name, err, s.code)
		}
		d.check(t)
	}
	first := events.DeriveID("refund", "p", d.returnID(0))
	want := []events.PartReturn{
		{
			ID: d.returnID(0), Status: events.ReturnReceivedStatus, Lines: []events.OrderItem{of("mug", 2)}, Reason: events.Said("cracked"), Note: events.Said("box it"), At: noon,
			Received: []events.ReceivedItem{{OrderItem: of("mug", 1), Restock: true}, {OrderItem: of("mug", 1)}}, Refund: &events.PartRefund{
				ID: first, Amount: usd(1000), Lines: []events.RefundedItem{{ProductID: "mug", Quantity: 2, Amount: usd(1000)}},
			},
		},
		{ID: d.returnID(1), Status: events.ReturnRefusedStatus, Lines: []events.OrderItem{of("mug", 1)}, Note: events.Said("worn"), At: noon},
	}
	if diff := cmp.Diff(want, d.order().Returns); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	refunds := []events.PaymentRefund{{ID: first, Amount: 1000, Reason: events.Own("goods were returned"), Status: events.RefundRequestedStatus}}
	if diff := cmp.Diff(refunds, d.payment().Refunds); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s, _ := Stock.Get(d.Rows, "mug"); s.OnHand != 8 || d.order().Status != events.OrderPaidStatus {
		t.Errorf("%+v on the shelf, the order is %s", s, d.order().Status)
	}
}
