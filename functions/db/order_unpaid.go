package db

import (
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// unpaidColumns is an order that is not paid, with what it holds: the lines of one that has ended are not looked up.
const unpaidColumns = `o.id::text, o.status, o.created_at, coalesce(case when o.status in ('placed', 'authorized') then (
	select json_agg(json_build_object('productId', l.product_id, 'quantity', l.quantity)) from order_line l where l.order_id = o.id) end::text, '[]')`

func unpaidStatuses() (all []string) {
	for _, s := range domain.OrdersUnpaid() {
		all = append(all, string(s))
	}
	return all
}

// unpaidOrdersTable is which orders of a customer, of a guest, or of all at a network who have shown no address are not paid. The latter two are locked: anybody may order, on any
// replica, and what is held is bounded. Of a customer two replicas may look at the same moment: one order more is no harm. Of networks nothing is read
// that nobody wants to know.
var unpaidOrdersTable = inbox.Table{
	Lock: inbox.Statement{
		SQL: `select pg_advisory_xact_lock(hashtextextended('mart: orders of ' || key, 0))
			from (select distinct key from unnest($1::text[] || case when $3 then $2::text[] end) as k (key) order by key) k`,
		By: []*inbox.Need{unpaidOrdersOfGuest, unpaidOrdersAtNetwork}, And: func(now inbox.Moment) []any { return []any{now.Limits.HeldAtNetwork > 0} },
	},
	Read: inbox.Statement{
		SQL: `select k.id::text, u.* from (select distinct id from unnest($1::uuid[]) as b (id)) as k cross join lateral (
				select ` + unpaidColumns + ` from orders o where o.customer_id = k.id and o.created_at > $4 and o.status = any($5::text[]) offset 0) as u
			union all select k.key, u.* from (select distinct key from unnest($2::text[]) as b (key)) as k cross join lateral (
				select ` + unpaidColumns + ` from guest_order g join orders o on o.id = g.order_id
				where g.place = k.key and o.created_at > $4 and o.status = any($5::text[]) offset 0) as u
			union all select k.key, u.* from (select distinct key from unnest($3::text[]) as b (key) where $6) as k cross join lateral (
				select ` + unpaidColumns + ` from guest_order g join orders o on o.id = g.order_id
				where g.network = k.key and o.created_at > $4 and o.status in ('placed', 'authorized') offset 0) as u`,
		By: []*inbox.Need{unpaidOrdersOfCustomer, unpaidOrdersOfGuest, unpaidOrdersAtNetwork}, And: func(now inbox.Moment) []any {
			return []any{now.Limits.UnpaidSince(now.At), unpaidStatuses(), now.Limits.HeldAtNetwork > 0}
		},
	},
	Load: func(rows *domain.Rows, answer pgx.Rows) error {
		var buyer, holds string
		var o domain.UnpaidOrder
		unpaid := map[string][]domain.UnpaidOrder{}
		_, err := pgx.ForEachRow(answer, []any{&buyer, &o.ID, &o.Status, (*utcTime)(&o.PlacedAt), &holds}, func() error {
			o.Holds = nil
			err := json.Unmarshal([]byte(holds), &o.Holds)
			unpaid[buyer] = append(unpaid[buyer], o)
			return err
		})
		for buyer, orders := range unpaid {
			domain.UnpaidOrders.Load(rows, buyer, orders)
		}
		return err
	},
}
