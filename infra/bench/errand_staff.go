package bench

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/onlinemart/mart/infra/client"
)

// about is a step of the staff's about the order.
func (e *errand) about(what string, do func() (client.Order, error)) error {
	return e.day.timed(what, func() (err error) {
		e.order, err = do()
		return err
	})
}

// sends is nothing where there is nothing left to send, in an order of one piece.
func (e *errand) sends(lines func() []client.Line) func(context.Context) error {
	return func(ctx context.Context) error {
		if len(lines()) == 0 {
			return nil
		}
		return e.about("sent", func() (client.Order, error) { return e.staff.Fulfil(ctx, e.order.ID, "Post", "J1", lines()...) })
	}
}

func (e *errand) arrives(ctx context.Context) error {
	if e.order.Status != "paid" && e.order.Status != "fulfilled" || len(e.order.Fulfilments) == 0 || e.order.Fulfilments[len(e.order.Fulfilments)-1].DeliveredAt != nil {
		return nil
	}
	return e.about("arrived", func() (client.Order, error) { return e.staff.Deliver(ctx, e.order.ID, "") })
}

func (e *errand) answers(what string) func(context.Context) error {
	return func(ctx context.Context) error {
		return e.about("return answered", func() (client.Order, error) {
			return e.staff.Answer(ctx, e.order.ID, e.order.Returns[0].ID, what, "")
		})
	}
}

func (e *errand) comesBack(ctx context.Context) error {
	return e.about("return received", func() (client.Order, error) {
		return e.staff.Receive(ctx, e.order.ID, e.order.Returns[0].ID, client.Received{ProductID: e.product(0), Quantity: 1, Restock: true})
	})
}

func (e *errand) cancels(lines func() []client.Line) func(context.Context) error {
	return func(ctx context.Context) error {
		return e.about("part cancelled", func() (client.Order, error) { return e.staff.Cancel(ctx, e.order.ID, "broken", lines()...) })
	}
}

func (e *errand) givesBack(ctx context.Context) error {
	body := map[string]any{"amount": client.Money{Amount: 100, Currency: e.order.Total.Currency}, "reason": "a scratch"}
	return e.day.timed("gesture", func() error {
		_, err := client.Post[any](ctx, e.staff, "/payments/"+e.paymentID+"/refunds", body, client.NewKey())
		return err
	})
}

// chores are the staff's, beside this order.
func (e *errand) chores(ctx context.Context) error {
	switch e.chore {
	case receives:
		return e.day.timed(string(receives), func() error { _, err := e.staff.Adjust(ctx, e.product(0), 10, "received"); return err })
	case reprices:
		return e.day.timed(string(reprices), func() error { return e.reprice(ctx) })
	case searches:
		query := url.Values{"productId": {e.product(0)}, "placedFrom": {time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)}, "limit": {"20"}}
		return e.day.timed(string(searches), func() error { _, err := client.Get[any](ctx, e.staff, "/orders?"+query.Encode()); return err })
	case notes:
		return e.day.timed(string(notes), func() error {
			_, err := client.Post[any](ctx, e.staff, "/orders/"+e.order.ID+"/notes", map[string]string{"text": "called, will call back"}, client.NewKey())
			return err
		})
	case noChore:
	}
	return nil
}

// reprice reads a product and changes its price; somebody else may do so at the same moment, then it is read again.
func (e *errand) reprice(ctx context.Context) error {
	path := "/products/" + e.product(0)
	for {
		p, a, err := client.Do[client.Product](ctx, e.staff, http.MethodGet, path, nil)
		if err != nil {
			return err
		}
		price := client.Money{Amount: 1500 + (p.Price.Amount+37)%1000, Currency: p.Price.Currency}
		_, a, err = client.Do[client.Product](ctx, e.staff, http.MethodPatch, path, map[string]any{"price": price}, client.IfMatch(a.Header.Get("ETag")))
		if a.Status != http.StatusPreconditionFailed {
			return err
		}
	}
}
