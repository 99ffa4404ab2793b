package domain

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// The mart has the money of an order or has not.
func TestAnOrderIsPaidOrNot(t *testing.T) {
	t.Parallel()
	for from, all := range orderMoves {
		for _, s := range append(slices.Clone(all), from) {
			if paid, unpaid := OrderConfirmed(s), slices.Contains(OrdersUnpaid(), s); paid == unpaid {
				t.Errorf("%s: paid %v, unpaid %v", s, paid, unpaid)
			}
		}
	}
}

// What counts against a buyer: of the limit of open orders those that wait to be paid, of that of their address all that are not paid within an hour,
// until it was shown to be theirs. Which of an order's states is newer, the stored or the batch's own, does not matter.
func TestCheckUnpaid(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	limits := Limits{PayWithin: 15 * time.Minute, PayGrace: 10 * time.Minute, Unpaid: 3, Unproven: 2}
	guest, customer := buyer{id: "o9", key: "k", place: "k"}, buyer{id: "c"}
	proven := buyer{id: "c", proven: true}
	placed, authorized, paid, expired, cancelled := events.OrderPlacedStatus, events.OrderAuthorizedStatus, events.OrderPaidStatus, events.OrderExpiredStatus, events.OrderCancelledStatus
	ago := func(d time.Duration, states ...events.OrderStatus) (all []UnpaidOrder) {
		for i, s := range states {
			all = append(all, UnpaidOrder{ID: string(rune('a' + i)), Status: s, PlacedAt: now.Add(-d)})
		}
		return all
	}
	for name, c := range map[string]struct {
		who    buyer
		stored []UnpaidOrder
		batch  []UnpaidOrder // as this batch has left them
		asked  time.Duration // ago
		want   string
	}{
		"the first":                        {who: guest},
		"one cancelled":                    {who: guest, stored: ago(time.Minute, cancelled)},
		"one cancelled, one expired":       {who: guest, stored: ago(time.Minute, cancelled, expired), want: "too_many_unpaid_orders"},
		"a customer's":                     {who: customer, stored: ago(time.Minute, cancelled, expired), want: "too_many_unpaid_orders"},
		"a customer's whose address it is": {who: proven, stored: ago(time.Minute, cancelled, expired, placed)},
		"theirs that wait to be paid":      {who: proven, stored: ago(time.Minute, placed, placed, placed), want: "too_many_open_orders"},
		"one waits, one is being paid":     {who: guest, stored: ago(time.Minute, placed, authorized), want: "too_many_unpaid_orders"},
		"nearly an hour ago":               {who: guest, stored: ago(UnpaidWithin-time.Microsecond, expired, expired), want: "too_many_unpaid_orders"},
		"an hour ago":                      {who: guest, stored: ago(UnpaidWithin, expired, expired)},
		"paid meanwhile":                   {who: guest, stored: ago(time.Minute, placed, placed), batch: ago(time.Minute, paid)},
		"cancelled meanwhile":              {who: guest, stored: ago(time.Minute, placed, placed), batch: ago(time.Minute, cancelled), want: "too_many_unpaid_orders"},
		"all in one batch":                 {who: guest, batch: ago(0, placed, placed), want: "too_many_unpaid_orders"},
		"decided once more, after long":    {who: guest, stored: ago(time.Minute, expired, expired, expired), asked: decidedLate},
		"decided soon":                     {who: guest, stored: ago(time.Minute, expired, expired, expired), asked: decidedLate - time.Microsecond, want: "too_many_unpaid_orders"},
	} {
		rows := NewRows()
		UnpaidOrders.Ask(rows, "k")
		UnpaidOrders.Ask(rows, "c")
		for _, key := range []string{"k", "c"} {
			UnpaidOrders.Load(rows, key, c.stored)
		}
		for _, o := range c.batch {
			GuestOrders.Put(rows, o.ID, GuestOrder{OrderID: o.ID, Place: c.who.place})
			Orders.Put(rows, o.ID, StoredOrder{Order: Order{Meta: events.Meta{ID: o.ID, CreatedAt: o.PlacedAt}, CustomerID: "c", Status: o.Status}})
		}
		got, decided := "", Case{Rows: rows, Now: now, Limits: limits}
		if p, refused := errors.AsType[*events.Problem](decided.checkUnpaid(now.Add(-c.asked), c.who, decided.unpaidOf(c.who))); refused {
			got = p.Code
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// What unpaid orders hold of a product counts together with what is ordered, also in two lines, and says of which lines it is too much.
func TestCheckHeld(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	mugs := func(n int64) events.OrderItem { return events.OrderItem{ProductID: "mug", Quantity: n} }
	lamps := events.OrderItem{ProductID: "lamp", Quantity: 4}
	const most = "at most 10 of a product are held until they are paid for, in all unpaid orders together"
	for name, c := range map[string]struct {
		lines []events.OrderItem
		held  []UnpaidOrder
		asked time.Duration // ago
		want  []events.FieldError
	}{
		"nothing held":           {lines: []events.OrderItem{mugs(10)}},
		"too many at once":       {lines: []events.OrderItem{lamps, mugs(11)}, want: []events.FieldError{{Location: "body.lines[1].quantity", Message: most}}},
		"in two lines":           {lines: []events.OrderItem{mugs(6), mugs(5)}, want: []events.FieldError{{Location: "body.lines[0].quantity", Message: most}, {Location: "body.lines[1].quantity", Message: most}}},
		"with others":            {lines: []events.OrderItem{mugs(5)}, held: []UnpaidOrder{{Holds: []events.OrderItem{mugs(3)}}, {Holds: []events.OrderItem{lamps, mugs(2)}}}},
		"too many with others":   {lines: []events.OrderItem{mugs(6)}, held: []UnpaidOrder{{Holds: []events.OrderItem{mugs(3)}}, {Holds: []events.OrderItem{mugs(2)}}}, want: []events.FieldError{{Location: "body.lines[0].quantity", Message: most}}},
		"of what others hold of": {lines: []events.OrderItem{mugs(10)}, held: []UnpaidOrder{{Holds: []events.OrderItem{lamps}}, {Status: events.OrderCancelledStatus}}},
		"decided once more":      {lines: []events.OrderItem{mugs(11)}, asked: decidedLate},
	} {
		var got []events.FieldError
		if p, refused := errors.AsType[*events.Problem](Case{Now: now, Limits: Limits{Held: 10}}.checkHeld(now.Add(-c.asked), buyer{}, c.lines, c.held)); refused {
			got = p.Errors
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if err := (Case{Now: now}).checkHeld(now, buyer{}, []events.OrderItem{mugs(1000)}, nil); err != nil {
		t.Errorf("without a limit: %v", err)
	}
}

// All that is held counts for whoever has not shown that their address is theirs; and for guests what all hold at one network, as this batch has left it.
func TestCheckHeldInAll(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	holds := func(id string, n int64) UnpaidOrder {
		return UnpaidOrder{ID: id, Status: events.OrderPlacedStatus, PlacedAt: now, Holds: []events.OrderItem{{ProductID: "lamp", Quantity: n}}}
	}
	guest := buyer{id: "o9", key: "k", place: "k n", network: "n"}
	fresh := buyer{id: "c", network: "n"}
	const perBuyer, atNetwork = "as long as the e-mail address is not confirmed", "from where you are"
	for name, c := range map[string]struct {
		who     buyer
		held    []UnpaidOrder // by the buyer
		network []UnpaidOrder // at the network, as stored
		batch   map[string]StoredOrder
		want    string
	}{
		"as much as may be":                {who: buyer{id: "c"}, held: []UnpaidOrder{holds("a", 6)}},
		"one more":                         {who: buyer{id: "c"}, held: []UnpaidOrder{holds("a", 7)}, want: perBuyer},
		"one more, confirmed":              {who: buyer{id: "c", proven: true}, held: []UnpaidOrder{holds("a", 7)}},
		"a guest":                          {who: guest, held: []UnpaidOrder{holds("a", 7)}, want: perBuyer},
		"others at the network":            {who: guest, network: []UnpaidOrder{holds("a", 16)}},
		"too many others":                  {who: guest, network: []UnpaidOrder{holds("a", 10), holds("b", 7)}, want: atNetwork},
		"too many others, with an account": {who: fresh, network: []UnpaidOrder{holds("a", 10), holds("b", 7)}, want: atNetwork},
		"too many others, network open":    {who: buyer{id: "o9", key: "k", place: "k "}, network: []UnpaidOrder{holds("a", 100)}},
		"one of them paid in this batch": {who: guest, network: []UnpaidOrder{holds("a", 10), holds("b", 7)}, batch: map[string]StoredOrder{
			"b": {Order: Order{Meta: events.Meta{ID: "b", CreatedAt: now}, Status: events.OrderPaidStatus}},
		}},
		"one more placed in this batch": {who: guest, network: []UnpaidOrder{holds("a", 10)}, batch: map[string]StoredOrder{
			"d": {Order: Order{Meta: events.Meta{ID: "d", CreatedAt: now}, Status: events.OrderPlacedStatus, Lines: []events.OrderLine{{ProductID: "mug", Quantity: 7}}}},
		}, want: atNetwork},
	} {
		rows := NewRows()
		UnpaidOrders.Load(rows, "n", c.network)
		for id, o := range c.batch {
			GuestOrders.Put(rows, id, GuestOrder{OrderID: id, Network: "n"})
			Orders.Put(rows, id, o)
		}
		got := ""
		decided := Case{Rows: rows, Now: now, Limits: Limits{PayWithin: time.Hour, HeldInAll: 10, HeldAtNetwork: 20}}
		if p, refused := errors.AsType[*events.Problem](decided.checkHeld(now, c.who, []events.OrderItem{{ProductID: "mug", Quantity: 4}}, c.held)); refused {
			got = p.Code + ": " + p.Detail
		}
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
