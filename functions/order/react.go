package order

import (
	"context"

	"github.com/onlinemart/mart/events"
)

// reactions is all that wakes this function.
var reactions = events.Reactions{
	events.OrderDue.Then(expireOnDue),
}

// expireOnDue asks db to end an order whose time is up. db judges: the order may be paid, or money may be coming.
func expireOnDue(_ context.Context, e events.Received[events.OrderDeadline]) ([]events.Outgoing, error) {
	return events.Send(events.ExpireOrder.New(e.Subject, e.Data)), nil
}
