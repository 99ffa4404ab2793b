package db

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// guestOrderTable is by what bounds are counted of orders without an account.
var guestOrderTable = inbox.Table{
	Writes: []string{"guest_order"},
	Read: inbox.Statement{
		SQL: `select order_id::text, mailbox, place, network, forget_at from guest_order where order_id = any($1::uuid[])`,
		By:  []*inbox.Need{mailsToGuest},
	},
	Load: inbox.Loads(domain.GuestOrders, func(row pgx.CollectableRow) (g domain.GuestOrder, err error) {
		err = row.Scan(&g.OrderID, &g.Mailbox, &g.Place, &g.Network, (*utcTime)(&g.ForgetAt))
		return g, err
	}, func(g domain.GuestOrder) string { return g.OrderID }),
	Save: func(_ inbox.Moment, rows *domain.Rows) []pg.Write {
		return inbox.Saves(guestOrderSet, domain.GuestOrders.Changes(rows), nil)
	},
}

var guestOrderSet = pg.SetOf("guest_order", []pg.Column[domain.GuestOrder]{
	pg.Col("order_id", "uuid", func(g domain.GuestOrder) string { return g.OrderID }),
	pg.Col("mailbox", "text", func(g domain.GuestOrder) string { return g.Mailbox }),
	pg.Col("place", "text", func(g domain.GuestOrder) string { return g.Place }),
	pg.Col("network", "text", func(g domain.GuestOrder) string { return g.Network }),
	pg.Col("forget_at", "timestamptz", func(g domain.GuestOrder) time.Time { return g.ForgetAt }),
})

// forgetGuestOrders is a purge: what counts no more is forgotten.
const forgetGuestOrders = `delete from guest_order where order_id in (select order_id from guest_order where forget_at < now() limit $1 for update skip locked)`
