package e2e

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/infra/client"
)

// trip is a paid order on its way to the door and back: its customer and the shop's staff, who do not give up either. It keeps its own
// books of what must be so at the end, from nothing but what it was answered.
type trip struct {
	storm   *storm
	b       buyer
	order   client.Order
	payment string
	product string

	gone  int64          // pieces that are not on the shelf any more
	kept  int64          // minor units that the shop keeps
	mails map[string]int // by subject, with M for the order's number; besides its confirmation
}

// courses are what becomes of paid orders, of some more often than of others. An order of one piece has no parts.
var courses = []func(context.Context, *trip) error{
	func(context.Context, *trip) error { return nil }, // the staff has not come to it yet
	func(ctx context.Context, t *trip) error { return t.all(ctx, t.send(t.pieces()), t.arrive()) },
	func(ctx context.Context, t *trip) error {
		if t.pieces() == 1 {
			return t.all(ctx, t.send(1), t.arrive())
		}
		return t.all(ctx, t.send(1), t.arrive(), t.send(t.pieces()-1), t.arrive())
	},
	func(ctx context.Context, t *trip) error { // all of it comes back
		return t.all(ctx, t.send(t.pieces()), t.arrive(), t.ask(t.pieces()), t.answer("approval"), t.receive(t.pieces(), true))
	},
	func(ctx context.Context, t *trip) error { // one comes back broken; and when it was said no at first
		return t.all(ctx, t.send(t.pieces()), t.arrive(), t.ask(1), t.answer("refusal"), t.ask(1), t.answer("approval"), t.receive(1, false))
	},
	func(ctx context.Context, t *trip) error { // one cannot be sent
		if t.pieces() == 1 {
			return t.all(ctx, t.cancel())
		}
		return t.all(ctx, t.cancelOne(), t.send(t.pieces()-1), t.arrive())
	},
	func(ctx context.Context, t *trip) error {
		return t.all(ctx, t.giveBack(100), t.send(t.pieces()), t.giveBack(50))
	},
}

func (t *trip) pieces() int64 { return t.order.Lines[0].Quantity }

func (t *trip) price() int64 { return t.order.Total.Amount / t.pieces() }

func (t *trip) line(n int64) []client.Line {
	return []client.Line{{ProductID: t.product, Quantity: n}}
}

func (t *trip) told(subject string) { t.mails[subject]++ }

// step is something that is done about an order.
type step func(context.Context) error

func (t *trip) all(ctx context.Context, steps ...step) error {
	for i, s := range steps {
		if err := s(ctx); err != nil {
			return fmt.Errorf("order %s, step %d after paying: %w", t.order.Number, i+1, err)
		}
	}
	return nil
}

// does asks for something about the order until it is done, and then enters in the books what that must lead to.
func (t *trip) does(who client.Client, path func() string, body any, enter func()) step {
	return func(ctx context.Context) error {
		o, err := insist[client.Order](ctx, who, "/orders/"+t.order.ID+path(), body)
		if err != nil {
			return err
		}
		t.order = o
		enter()
		return nil
	}
}

func here(path string) func() string { return func() string { return path } }

func (t *trip) send(n int64) step {
	body := map[string]any{"lines": t.line(n), "carrier": "Post", "trackingNumber": "J1"}
	return t.does(t.storm.owner, here("/fulfilments"), body, func() { t.told("Your order M is on its way") })
}

func (t *trip) arrive() step {
	return t.does(t.storm.owner, here("/delivery"), map[string]any{}, func() { t.told("Your order M has arrived") })
}

func (t *trip) ask(n int64) step {
	body := map[string]any{"lines": t.line(n), "reason": "too blue"}
	return t.does(t.b.Client, here("/returns"), body, func() { t.told("What you send back of order M") })
}

func (t *trip) last() string { return "/returns/" + t.order.Returns[len(t.order.Returns)-1].ID }

func (t *trip) answer(what string) step {
	subject := map[string]string{"approval": "You may send back goods of order M", "refusal": "Your return of order M is refused"}[what]
	return t.does(t.storm.owner, func() string { return t.last() + "/" + what }, map[string]string{"note": "seen"}, func() { t.told(subject) })
}

func (t *trip) receive(n int64, restock bool) step {
	body := map[string]any{"lines": []client.Received{{ProductID: t.product, Quantity: n, Restock: restock}}}
	return t.does(t.storm.owner, func() string { return t.last() + "/reception" }, body, func() {
		if restock {
			t.gone -= n
		}
		t.kept -= n * t.price()
		t.told("Your return of order M has come")
		t.told("Your refund for order M")
	})
}

func (t *trip) cancel() step {
	return t.does(t.storm.owner, here("/cancellation"), map[string]any{"reason": "broken"}, func() {
		t.gone, t.kept = 0, 0
		t.told("Your order M is cancelled")
		t.told("Your refund for order M")
	})
}

func (t *trip) cancelOne() step {
	return t.does(t.storm.owner, here("/cancellation"), map[string]any{"lines": t.line(1), "reason": "broken"}, func() {
		t.gone--
		t.kept -= t.price()
		t.told("A part of your order M is cancelled")
		t.told("Your refund for order M")
	})
}

// giveBack is a gesture of the staff's.
func (t *trip) giveBack(amount int64) step {
	return func(ctx context.Context) error {
		body := map[string]any{"amount": client.Money{Amount: amount, Currency: t.order.Total.Currency}, "reason": "a scratch"}
		if _, err := insist[client.Payment](ctx, t.storm.owner, "/payments/"+t.payment+"/refunds", body); err != nil {
			return err
		}
		t.kept -= amount
		t.told("Your refund for order M")
		return nil
	}
}

// checkTrips: what the trips have written down is so at the provider, on the shelf and in the mailboxes.
func (s *storm) checkTrips(ctx context.Context, _ *pgx.Conn) (found []string, err error) {
	ledger, gone := s.own.Payments.Ledger().ByPayment, map[string]int64{}
	for _, t := range s.trips {
		gone[t.product] += t.gone
		if sums := ledger[t.payment]; sums.Captured-sums.Refunded != t.kept {
			found = append(found, fmt.Sprintf("order %s: the provider took %d and gave %d back, the shop should keep %d", t.order.Number, sums.Captured, sums.Refunded, t.kept))
		}
	}
	if !s.toTheDoor { // not all that is sold is on a trip
		gone = nil
	}
	for _, product := range slices.Sorted(maps.Keys(gone)) {
		level, err := client.Get[client.Stock](ctx, s.owner, "/stock/"+product)
		if err != nil {
			return nil, err
		}
		if want := s.received[product] - gone[product]; level.OnHand != want {
			found = append(found, fmt.Sprintf("product %s: %d on hand, %d came in and %d are gone", product, level.OnHand, s.received[product], gone[product]))
		}
	}
	mails, err := s.mailsByNumber(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range s.trips {
		got := mails[t.order.Number]
		delete(got, "Your order M") // checkMails knows of it
		if d := cmp.Diff(t.mails, got); d != "" && len(t.mails)+len(got) > 0 {
			found = append(found, fmt.Sprintf("order %s: distinct mails by what they say (-want +got):\n%s", t.order.Number, d))
		}
	}
	return found, nil
}

// mailsByNumber counts the distinct mails about each order by subject, with M for the order's number.
func (s *storm) mailsByNumber(ctx context.Context) (map[string]map[string]int, error) {
	all, known := map[string]map[string]int{}, map[string]bool{}
	for _, address := range s.mailboxes() {
		mails, err := s.mail.Mails(ctx, address)
		if err != nil {
			return nil, err
		}
		for _, m := range mails {
			if known[m.MessageID] { // there may be two copies of one
				continue
			}
			known[m.MessageID] = true
			for word := range strings.FieldsSeq(m.Subject) {
				if strings.HasPrefix(word, "M-") {
					if all[word] == nil {
						all[word] = map[string]int{}
					}
					all[word][strings.ReplaceAll(m.Subject, word, "M")]++
				}
			}
		}
	}
	return all, nil
}
