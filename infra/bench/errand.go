package bench

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/onlinemart/mart/infra/client"
)

// errand is a visit being made.
type errand struct {
	visit
	n         int // of the day's visits
	day       *day
	customer  client.Client // whoever buys, also without an account
	staff     client.Client
	quote     string // that the order must cost; "": what it costs then
	cart      client.Cart
	order     client.Order
	paymentID string
}

// courses are what becomes of an order that is paid for, and how often.
var courses = []struct {
	of int
	do func(context.Context, *errand) error
}{
	{10, func(context.Context, *errand) error { return nil }}, // the staff comes to it another day
	{55, func(ctx context.Context, e *errand) error { return e.all(ctx, e.sends(e.whole), e.arrives) }},
	{12, func(ctx context.Context, e *errand) error {
		return e.all(ctx, e.sends(e.first), e.arrives, e.sends(e.rest), e.arrives)
	}},
	{10, func(ctx context.Context, e *errand) error {
		return e.all(ctx, e.sends(e.whole), e.arrives, e.asks, e.answers("approval"), e.comesBack)
	}},
	{3, func(ctx context.Context, e *errand) error {
		return e.all(ctx, e.sends(e.whole), e.arrives, e.asks, e.answers("refusal"))
	}},
	{5, func(ctx context.Context, e *errand) error {
		return e.all(ctx, e.cancels(e.first), e.sends(e.rest), e.arrives)
	}},
	{5, func(ctx context.Context, e *errand) error {
		return e.all(ctx, e.sends(e.whole), e.givesBack, e.arrives)
	}},
}

func courseShares() (all []share[int]) {
	for i, c := range courses {
		all = append(all, share[int]{c.of, i})
	}
	return all
}

// run makes the visit, from the first page to the last look.
func (e *errand) run(ctx context.Context) error {
	steps := []func(context.Context) error{e.browses, e.fills, e.quotes, e.orders, e.pays, e.course, e.chores, e.looks}
	return e.all(ctx, steps...)
}

func (e *errand) all(ctx context.Context, steps ...func(context.Context) error) error {
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (e *errand) product(i int) string { return e.day.shelf[e.goods[i%len(e.goods)].product].ID }

func (e *errand) browses(ctx context.Context) error {
	for i, page := range e.pages {
		switch {
		case strings.Contains(page, "q=%s"):
			page = fmt.Sprintf(page, url.QueryEscape(colours[i%len(colours)]+" "+things[i%len(things)]))
		case strings.Contains(page, "%s"):
			page = fmt.Sprintf(page, e.product(i))
		}
		if err := e.day.timed("page", func() error { _, err := client.Get[any](ctx, e.customer, page); return err }); err != nil {
			return err
		}
	}
	return nil
}

// pays tries the cards, until the order is paid; without any, the order is taken back.
func (e *errand) pays(ctx context.Context) error {
	if len(e.cards) == 0 {
		return e.day.timed("order taken back", func() error { _, err := e.customer.Cancel(ctx, e.order.ID, "changed my mind"); return err })
	}
	for _, card := range e.cards {
		if err := e.day.timed("payment", func() error { return e.pay(ctx, card) }); err != nil {
			return err
		}
	}
	return nil
}

func (e *errand) pay(ctx context.Context, card string) error {
	p, err := e.customer.Pay(ctx, e.order.ID, card)
	if err != nil {
		return err
	}
	want := "captured"
	if card == "pm_card_chargeDeclined" {
		want = "declined"
	}
	if p.Status != want {
		if p, err = client.Until(ctx, e.customer, "/payments/"+p.ID, func(p client.Payment) bool { return p.Status == "captured" || p.Status == "declined" }); err != nil {
			return err
		}
	}
	if e.paymentID = p.ID; p.Status != want {
		return fmt.Errorf("the payment with %s is %s, want %s", card, p.Status, want)
	}
	if want == "captured" {
		e.order, err = client.Until(ctx, e.customer, "/orders/"+e.order.ID, func(o client.Order) bool { return o.Status == "paid" })
	}
	return err
}

func (e *errand) course(ctx context.Context) error {
	if e.order.Status != "paid" {
		return nil
	}
	return courses[e.visit.course].do(ctx, e)
}

// looks is the customer's last step: at the order, and every second time at all of theirs, of which a guest has none but that one.
func (e *errand) looks(ctx context.Context) error {
	for i := range e.visit.looks {
		path := "/orders/" + e.order.ID
		if i%2 == 1 && !e.place.guest {
			path = "/orders?limit=10"
		}
		if err := e.day.timed("own orders", func() error { _, err := client.Get[any](ctx, e.customer, path); return err }); err != nil {
			return err
		}
	}
	return nil
}

// whole is all pieces, first is one of the first product, rest is what that leaves.
func (e *errand) whole() (lines []client.Line) {
	for _, g := range e.goods {
		lines = append(lines, client.Line{ProductID: e.day.shelf[g.product].ID, Quantity: g.pieces})
	}
	return lines
}

func (e *errand) first() []client.Line {
	return []client.Line{{ProductID: e.product(0), Quantity: 1}}
}

func (e *errand) rest() []client.Line {
	lines := e.whole()
	if lines[0].Quantity--; lines[0].Quantity == 0 {
		return lines[1:]
	}
	return lines
}

func (e *errand) asks(ctx context.Context) error {
	return e.about("return asked for", func() (client.Order, error) { return e.customer.Return(ctx, e.order.ID, "too blue", e.first()...) })
}
