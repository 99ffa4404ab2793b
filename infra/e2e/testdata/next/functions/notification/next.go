package notification

import (
	"context"

	"github.com/onlinemart/mart/events"
)

func acknowledgeOnNoted(_ context.Context, e events.Received[events.OrderState]) ([]events.Outgoing, error) {
	return events.Send(events.AcknowledgeOrder.New(e.Subject, events.OrderReason{Reason: events.Said(e.Data.Note)})), nil
}
