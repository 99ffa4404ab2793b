package inventory

import (
	"context"

	"github.com/onlinemart/mart/events"
)

// reactions is all that wakes this function.
var reactions = events.Reactions{
	events.OrderPaid.Then(commitOnPaid).Unread(),
	events.OrderCancelled.Then(restockOnCancelled).Unread(),
}

// commitOnPaid takes a paid order's goods off the shelf.
func commitOnPaid(_ context.Context, e events.Received[events.OrderState]) ([]events.Outgoing, error) {
	return events.Send(events.CommitStock.New(e.Subject, events.OrderStock{OrderID: e.Subject})), nil
}

// restockOnCancelled puts a cancelled order's goods back, if they had left the shelf.
func restockOnCancelled(_ context.Context, e events.Received[events.OrderState]) ([]events.Outgoing, error) {
	return events.Send(events.RestockOrder.New(e.Subject, events.OrderStock{OrderID: e.Subject})), nil
}
