package domain

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// mugs is a paid order of three mugs in two lines, and a lamp.
func mugs() Order {
	o := order(events.OrderPaidStatus)
	o.ShippingAddress.Line1 = events.NewPersonal("Road 1")
	o.Lines = []events.OrderLine{
		{ProductID: "mug", UnitPrice: usd(500), Quantity: 2, Total: usd(1000)},
		{ProductID: "lamp", UnitPrice: usd(499), Quantity: 1, Total: usd(499)},
		{ProductID: "mug", UnitPrice: usd(500), Quantity: 1, Total: usd(500)},
	}
	return o
}

func of(product string, quantity int64) events.OrderItem {
	return events.OrderItem{ProductID: product, Quantity: quantity}
}

// A parcel's number is found however it is written down.
func TestFoldTracking(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"1z 999-aa1": "1Z999AA1", "JJD 0123.45": "JJD012345", " - ": "", "": ""} {
		if got := FoldTracking(in); got != want {
			t.Errorf("FoldTracking(%q) = %q, want %q", in, got, want)
		}
	}
}

// An order is sent and arrives part by part; what it is follows from how much of it has.
func TestAnOrderGoesOutInParts(t *testing.T) {
	t.Parallel()
	o := mugs()
	send := func(id string, lines ...events.OrderItem) {
		t.Helper()
		var err error
		if o, err = o.Fulfil(events.Fulfilment{ID: id, At: noon}, lines, true, clerk); err != nil {
			t.Fatal(err)
		}
	}
	type state struct {
		Status events.OrderStatus
		Lines  []Goods
	}
	is := func(want state) {
		t.Helper()
		if diff := cmp.Diff(want, state{o.Status, o.LineGoods()}); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	send("one", of("mug", 1), of("mug", 1))
	is(state{events.OrderPaidStatus, []Goods{{"mug", 2, 0, 2, 0, 0, 0}, {"lamp", 1, 0, 0, 0, 0, 0}, {"mug", 1, 0, 0, 0, 0, 0}}})
	o = o.Deliver("one", clerk, noon)
	is(state{events.OrderPaidStatus, []Goods{{"mug", 2, 0, 2, 2, 0, 0}, {"lamp", 1, 0, 0, 0, 0, 0}, {"mug", 1, 0, 0, 0, 0, 0}}})
	send("two", of("lamp", 1), of("mug", 1))
	is(state{events.OrderFulfilledStatus, []Goods{{"mug", 2, 0, 2, 2, 0, 0}, {"lamp", 1, 0, 1, 0, 0, 0}, {"mug", 1, 0, 1, 0, 0, 0}}})
	if ids, err := o.UnderWay(""); err != nil || len(ids) != 1 || ids[0] != "two" {
		t.Errorf("under way: %v %v", ids, err)
	}
	o = o.Deliver("two", clerk, noon.Add(time.Hour))
	is(state{events.OrderDeliveredStatus, []Goods{{"mug", 2, 0, 2, 2, 0, 0}, {"lamp", 1, 0, 1, 1, 0, 0}, {"mug", 1, 0, 1, 1, 0, 0}}})
	later := noon.Add(time.Hour)
	want := []events.OrderStep{
		{Status: events.OrderPaidStatus, At: noon, By: clerk, Action: events.PartSent, PartID: "one"},
		{Status: events.OrderPaidStatus, At: noon, By: clerk, Action: events.PartDelivered, PartID: "one"},
		{Status: events.OrderFulfilledStatus, At: noon, By: clerk, Action: events.PartSent, PartID: "two"},
		{Status: events.OrderDeliveredStatus, At: later, By: clerk, Action: events.PartDelivered, PartID: "two"},
	}
	if diff := cmp.Diff(want, o.History); diff != "" || o.Version != 7 || !o.UpdatedAt.Equal(later) {
		t.Errorf("version %d of %s (-want +got):\n%s", o.Version, o.UpdatedAt, diff)
	}
	for id, code := range map[string]string{"": "nothing_under_way", "one": "nothing_under_way", "three": "not_found"} {
		if _, err := o.UnderWay(id); !errors.Is(err, &events.Problem{Code: code}) {
			t.Errorf("delivered once more, %q: %v, want %s", id, err, code)
		}
	}
}

// What is left goes out without being named, but for what was cancelled; then nothing is left.
func TestTheRestGoesOut(t *testing.T) {
	t.Parallel()
	d := newDesk()
	first := decide(d, "o", FulfilOrder, clerk, events.Shipment{Lines: []events.OrderItem{of("mug", 1)}})
	fewer := decide(d, "o", CancelPart, clerk, events.PartCancellation{Lines: []events.OrderItem{of("mug", 1)}})
	rest := decide(d, "o", FulfilRest, clerk, events.RestShipment{Carrier: "Post", TrackingNumber: events.NewPersonal("J1")})
	if err := errors.Join(first, fewer, rest); err != nil {
		t.Fatal(err)
	}
	d.check(t)
	o := d.order()
	want := events.Fulfilment{ID: o.Fulfilments[1].ID, Lines: []events.OrderItem{of("lamp", 2), of("mug", 1)}, Carrier: "Post", TrackingNumber: events.NewPersonal("J1"), At: noon}
	if diff := cmp.Diff(want, o.Fulfilments[1]); diff != "" || o.Status != events.OrderFulfilledStatus {
		t.Errorf("%s (-want +got):\n%s", o.Status, diff)
	}
	if err := decide(d, "o", FulfilRest, clerk, events.RestShipment{}); !errors.Is(err, &events.Problem{Code: "order_not_fulfillable"}) {
		t.Errorf("once more: %v", err)
	}
}

func TestWhatIsNotSent(t *testing.T) {
	t.Parallel()
	in := func(s events.OrderStatus) Order {
		o := mugs()
		o.Status = s
		return o
	}
	nowhere := mugs()
	nowhere.ShippingAddress = events.PostalAddress{Country: "US"}
	begun, _ := mugs().Fulfil(events.Fulfilment{ID: "one", At: noon}, []events.OrderItem{of("mug", 2)}, true, clerk)
	for name, c := range map[string]struct {
		order Order
		lines []events.OrderItem
		gone  bool // the money
		code  string
		where []string
	}{
		"not paid":             {in(events.OrderPlacedStatus), []events.OrderItem{of("mug", 1)}, false, "order_not_fulfillable", nil},
		"being paid":           {in(events.OrderAuthorizedStatus), []events.OrderItem{of("mug", 1)}, false, "order_not_fulfillable", nil},
		"cancelled":            {in(events.OrderCancelledStatus), []events.OrderItem{of("mug", 1)}, false, "order_not_fulfillable", nil},
		"expired":              {in(events.OrderExpiredStatus), []events.OrderItem{of("mug", 1)}, false, "order_not_fulfillable", nil},
		"sent":                 {in(events.OrderFulfilledStatus), []events.OrderItem{of("mug", 1)}, false, "order_not_fulfillable", nil},
		"delivered":            {in(events.OrderDeliveredStatus), []events.OrderItem{of("mug", 1)}, false, "order_not_fulfillable", nil},
		"its money goes back":  {mugs(), []events.OrderItem{of("mug", 1)}, true, "order_not_fulfillable", nil},
		"to nowhere":           {nowhere, []events.OrderItem{of("mug", 1)}, false, "order_not_fulfillable", nil},
		"of another order":     {mugs(), []events.OrderItem{of("mug", 9), of("tile", 1)}, false, "invalid", []string{"body.lines[1].productId"}},
		"too many":             {mugs(), []events.OrderItem{of("lamp", 2)}, false, "not_left_to_send", []string{"body.lines[0].quantity"}},
		"too many in two":      {mugs(), []events.OrderItem{of("mug", 2), of("mug", 2)}, false, "not_left_to_send", []string{"body.lines[1].quantity"}},
		"more than is left":    {begun, []events.OrderItem{of("lamp", 1), of("mug", 2)}, false, "not_left_to_send", []string{"body.lines[1].quantity"}},
		"more than may be had": {begun, []events.OrderItem{of("mug", 1<<62)}, false, "not_left_to_send", []string{"body.lines[0].quantity"}},
	} {
		got, err := c.order.Fulfil(events.Fulfilment{ID: "f", At: noon}, c.lines, !c.gone, clerk)
		problem, refused := errors.AsType[*events.Problem](err)
		if !refused || problem.Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
			continue
		}
		var where []string
		for _, e := range problem.Errors {
			where = append(where, e.Location)
		}
		if diff := cmp.Diff(c.where, where) + cmp.Diff(c.order, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if len(tooManySent.Errors) > 0 {
		t.Error("one refusal is told to everybody")
	}
	if _, err := begun.Cancel(clerk, events.Words{}, noon); !errors.Is(err, &events.Problem{Code: "order_not_cancellable"}) {
		t.Errorf("an order of which a part was sent is cancelled: %v", err)
	}
}

func TestShipment(t *testing.T) {
	t.Parallel()
	long := string(make([]byte, 101))
	_, err := Shipment(events.Shipment{Lines: []events.OrderItem{of("mug", 0)}, Carrier: "a\nb", TrackingNumber: events.NewPersonal(long)})
	problem, refused := errors.AsType[*events.Problem](err)
	if !refused || len(problem.Errors) < 3 {
		t.Errorf("%v", err)
	}
	if _, err := Shipment(events.Shipment{}); err == nil {
		t.Error("nothing is sent")
	}
	got, err := Shipment(events.Shipment{Lines: []events.OrderItem{of("mug", 1)}, Carrier: " DHL ", TrackingNumber: events.NewPersonal(" 1 ")})
	want := events.Shipment{Lines: []events.OrderItem{of("mug", 1)}, Carrier: "DHL", TrackingNumber: events.NewPersonal("1")}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
