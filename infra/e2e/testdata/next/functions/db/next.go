package db

import (
	"context"

	"github.com/onlinemart/mart/events"
)

// noted is what the next release says of a new order.
func noted(ctx context.Context, tx *Tx, o events.OrderState, note string) ([]events.Outgoing, error) {
	if note == "" {
		return events.Send(events.OrderPlaced.New(o.ID, o)), nil
	}
	o.Note = note
	if _, err := tx.Exec(ctx, `update orders set note = $2 where id = $1`, o.ID, note); err != nil {
		return nil, err
	}
	return events.Send(events.OrderPlaced.New(o.ID, o), events.OrderNoted.New(o.ID, o)), nil
}

// acknowledgeOrder has no key that would hide that it was done twice.
func acknowledgeOrder(ctx context.Context, tx *Tx, c events.Received[events.OrderReason]) ([]events.Outgoing, error) {
	o, err := lockOrder(ctx, tx, c.Subject)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `insert into order_acknowledgement (order_id, at) values ($1, $2)`, o.ID, tx.Now); err != nil {
		return nil, err
	}
	return events.Send(events.OrderAcknowledged.New(o.ID, events.OrderState(o))), nil
}
