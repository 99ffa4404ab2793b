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
	if err != nil || e.Data.Until.IsZero() {
		return f, err
	}
	err = s.Reads.QueryRow(ctx, ordersPerHour, e.Data.Until).Scan(&f.PerHour)
	return f, err
}

// ordersPerHour reads the orders of a day once, and has an hour in which there was none, too.
const ordersPerHour = `
select array_agg(coalesce(placed, 0) order by hour) from generate_series(0, 23) hour left join (
	select floor(extract(epoch from created_at - $1::timestamptz + interval '24 hours') / 3600)::int as hour, count(*) as placed
	from orders where created_at >= $1::timestamptz - interval '24 hours' and created_at < $1 group by 1
) counted using (hour)`
