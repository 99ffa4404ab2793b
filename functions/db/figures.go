package db

import (
	"context"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// getFigures counts, and tells nobody but a function. Error: Problem forbidden.
func getFigures(ctx context.Context, s *inbox.Store, e events.Received[events.FiguresQuestion]) (f events.Figures, err error) {
	if e.By.Type != events.System {
		return f, events.Forbidden("How the shop does is told to the mart itself alone.")
	}
	err = s.Reads.QueryRow(ctx, `select (select count(*) from orders where created_at >= $1), (select count(*) from orders where status = 'placed'), (select count(*) from outbox)`,
		e.Data.Since).Scan(&f.Orders, &f.ToBePaid, &f.Unpublished)
	return f, err
}
