// Package dbtest checks by SQL what must hold of a mart's database whatever has happened to it. Storm tests run it against the
// database they have stormed; it only reads.
package dbtest

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// rule is a query that finds what breaks it, one line of text each.
type rule struct {
	says string
	sql  string
}

// always holds at every moment, between any two transactions.
var always = []rule{
	{"0 ≤ reserved ≤ on hand", `
		select format('product %s: %s of %s', product_id, reserved, on_hand) from stock where reserved < 0 or reserved > on_hand`},
	{"the stock ledger adds up to the level", `
		select format('product %s: on hand %s, ledger %s; reserved %s, ledger %s', s.product_id, s.on_hand, sum(l.on_hand_delta), s.reserved, sum(l.reserved_delta))
		from stock s left join stock_ledger l using (product_id)
		group by s.product_id
		having s.on_hand <> coalesce(sum(l.on_hand_delta), 0) or s.reserved <> coalesce(sum(l.reserved_delta), 0)`},
	{"open reservations add up to what is reserved", `
		select format('product %s: reserved %s, open %s', s.product_id, s.reserved, coalesce(sum(r.reserved_delta), 0))
		from stock s left join open_reservation r using (product_id)
		group by s.product_id, s.reserved having s.reserved <> coalesce(sum(r.reserved_delta), 0)`},
	{"nothing is reserved without a live order", `
		select format('order %s is %s', o.id, o.status) from open_reservation r join orders o on o.id = r.order_id
		where o.status not in ('placed', 'authorized', 'paid')`},
	{"an order that waits for money holds its stock", `
		select format('order %s is %s', o.id, o.status) from orders o
		where o.status in ('placed', 'authorized') and exists (
			select l.product_id, sum(l.quantity) from order_line l where l.order_id = o.id group by l.product_id
			except select r.product_id, r.reserved_delta from open_reservation r where r.order_id = o.id)`},
	{"an order takes no more than it reserved, and brings no more back than it took", `
		select format('order %s, product %s: %s', order_id, product_id, sum(abs(reserved_delta)) filter (where reason in ('released', 'committed')))
		from stock_ledger where order_id is not null group by order_id, product_id
		having sum(reserved_delta) not between 0 and max(reserved_delta)
			or coalesce(sum(on_hand_delta) filter (where reason = 'restocked'), 0) not between 0 and -coalesce(sum(on_hand_delta) filter (where reason = 'committed'), 0)`},
	{"what was sent has left the shelf", `
		select format('order %s, product %s: %s sent, ledger %s', g.order_id, g.product_id, g.sent, sum(l.on_hand_delta))
		from order_goods g left join stock_ledger l on l.order_id = g.order_id and l.product_id = g.product_id and not exists (
			select from orders o, jsonb_array_elements(o.parts->'returns') r where o.id = l.order_id and l.part_id = (r->>'id')::uuid)
		group by g.order_id, g.product_id having g.sent > -coalesce(sum(l.on_hand_delta), 0)`},
	{"what has come back on the shelf was returned", `
		select format('order %s, product %s: %s returned, ledger %s', g.order_id, g.product_id, g.returned, sum(l.on_hand_delta))
		from order_goods g join stock_ledger l on l.order_id = g.order_id and l.product_id = g.product_id and exists (
			select from orders o, jsonb_array_elements(o.parts->'returns') r where o.id = l.order_id and l.part_id = (r->>'id')::uuid)
		group by g.order_id, g.product_id having sum(l.on_hand_delta) > g.returned`},
	{"goods are counted as the order's lines and parts say", `
		select format('order %s', o.id) from orders o where o.parts <> '{}' and (
			select jsonb_object_agg(g.product_id, jsonb_build_array(g.ordered, g.cancelled, g.sent, g.delivered, g.claimed, g.returned)) from order_goods g where g.order_id = o.id
		) is distinct from (
			select jsonb_object_agg(s.product_id, jsonb_build_array(s.ordered, s.cancelled, s.sent, s.delivered, s.claimed, s.returned)) from (
				select l.product_id, sum(l.quantity) as ordered, coalesce(max(c.cancelled), 0) as cancelled, coalesce(max(f.sent), 0) as sent, coalesce(max(f.delivered), 0) as delivered,
					coalesce(max(r.claimed), 0) as claimed, coalesce(max(r.returned), 0) as returned
				from order_line l left join (
					select i->>'productId' as product_id, sum((i->>'quantity')::bigint) as sent, sum((i->>'quantity')::bigint) filter (where f ? 'deliveredAt') as delivered
					from jsonb_array_elements(o.parts->'fulfilments') f, jsonb_array_elements(f->'lines') i group by 1
				) f on f.product_id = l.product_id::text left join (
					select i->>'productId' as product_id, sum((i->>'quantity')::bigint) as claimed, sum((i->>'quantity')::bigint) filter (where r->>'status' = 'received') as returned
					from jsonb_array_elements(o.parts->'returns') r, jsonb_array_elements(case r->>'status' when 'received' then r->'received' else r->'lines' end) i
					where r->>'status' <> 'refused' group by 1
				) r on r.product_id = l.product_id::text left join (
					select i->>'productId' as product_id, sum((i->>'quantity')::bigint) as cancelled
					from jsonb_array_elements(o.parts->'cancellations') c, jsonb_array_elements(c->'lines') i group by 1
				) c on c.product_id = l.product_id::text
				where l.order_id = o.id group by l.product_id
			) s)`},
	{"an order is as far as its goods are", `
		select format('order %s is %s', o.id, o.status) from orders o join order_goods g on g.order_id = o.id where o.status <> 'cancelled' group by o.id
		having o.status <> case when sum(g.ordered) > sum(g.cancelled) + sum(g.sent) then 'paid' when sum(g.sent) > sum(g.delivered) then 'fulfilled'
			when sum(g.sent) > sum(g.returned) then 'delivered' else 'returned' end`},
	{"an order costs its lines, its charges and the taxes that are added", `
		select format('order %s: %s', o.id, o.amount) from orders o
		where (o.amount - o.charged - o.added_tax, o.charged, o.added_tax, o.included_tax) is distinct from (
			(select coalesce(sum(l.amount * l.quantity), 0) from order_line l where l.order_id = o.id),
			(select coalesce(sum(c.amount), 0) from order_charge c where c.order_id = o.id),
			(select coalesce(sum(t.amount), 0) from order_tax t where t.order_id = o.id and not t.included),
			(select coalesce(sum(t.amount), 0) from order_tax t where t.order_id = o.id and t.included))`},
	{"an order's lines and charges carry its taxes, each the one that it is taxed by", `
		with carried as (
			select order_id, taxed_as, sum(tax) as tax, sum(of) as of from (
				select order_id, taxed_as, tax, amount * quantity as of from order_line union all select order_id, taxed_as, tax, amount from order_charge
			) c where taxed_as <> '' group by order_id, taxed_as
		)
		select format('order %s: %s of %s, carried %s of %s', coalesce(t.order_id, c.order_id), t.amount, t.taxed, c.tax, c.of)
		from order_tax t full join carried c on c.order_id = t.order_id and c.taxed_as = t.tax_class
		where (t.amount, t.taxed) is distinct from (c.tax, c.of)`},
	{"no more of a tax goes back than was owed, and all of it with all of the money", `
		select format('payment %s: of %s goes back %s', p.id, t.amount, coalesce(sum(r.taxes[t.position]), 0))
		from payment p join order_tax t on t.order_id = p.order_id left join refund r on r.payment_id = p.id and r.status <> 'failed'
		group by p.id, t.order_id, t.position
		having coalesce(sum(r.taxes[t.position]), 0) > t.amount
			or p.captured > 0 and p.promised = p.captured and coalesce(sum(r.taxes[t.position]), 0) < t.amount and bool_and(cardinality(r.taxes) > 0)`},
	{"refunded ≤ promised back ≤ captured ≤ authorized ≤ total", `
		select format('payment %s', p.id) from payment p join orders o on o.id = p.order_id
		where not (0 <= p.refunded and p.refunded <= p.promised and p.promised <= p.captured and p.captured <= p.authorized and p.authorized <= o.amount)`},
	{"the payment ledger adds up to the payments", `
		select format('payment %s: authorized %s, captured %s, refunded %s', p.id, p.authorized, p.captured, p.refunded)
		from payment p left join payment_ledger l on l.payment_id = p.id
		group by p.id
		having p.authorized <> coalesce(sum(l.amount) filter (where l.step = 'authorize'), 0)
			or p.captured <> coalesce(sum(l.amount) filter (where l.step = 'capture'), 0)
			or p.refunded <> coalesce(sum(l.amount) filter (where l.step = 'refund'), 0) - coalesce(sum(l.amount) filter (where l.step = 'refund_bounced'), 0)`},
	{"refunds add up to what is promised and given back", `
		select format('payment %s: promised %s, refunded %s', p.id, p.promised, p.refunded)
		from payment p left join refund r on r.payment_id = p.id
		group by p.id
		having p.promised <> coalesce(sum(r.amount) filter (where r.status <> 'failed'), 0)
			or p.refunded <> coalesce(sum(r.amount) filter (where r.status = 'refunded'), 0)`},
	{"a paid order has been paid", `
		select format('order %s is %s', o.id, o.status) from orders o
		where o.status in ('paid', 'fulfilled', 'delivered', 'returned') and not exists (select from payment p where p.order_id = o.id and p.captured > 0)`},
	{"an order is paid once", `
		select format('order %s', order_id) from payment where captured > promised group by order_id having count(*) > 1`},
	{"money without a paid order goes back", `
		select format('payment %s of order %s, which is %s', p.id, o.id, o.status) from payment p join orders o on o.id = p.order_id
		where p.captured > p.promised and o.status not in ('paid', 'fulfilled', 'delivered')
			and not (o.status = 'returned' and p.captured - p.promised <= ( -- goods have come back, and were sent
				select sum(c.amount + case when t.included then 0 else c.tax end) from order_charge c left join order_tax t on t.order_id = c.order_id and t.tax_class = c.taxed_as
				where c.order_id = o.id))
			and not exists (select from refund r where r.payment_id = p.id and r.status = 'failed')`},
	{"an authorised order has its authorisation", `
		select format('order %s', o.id) from orders o
		where o.status = 'authorized' and not exists (
			select from payment p where p.order_id = o.id and p.status in ('authorized', 'unknown') and p.authorized = o.amount and p.step = 'capture')`},
	{"order versions are 1..n", `
		select format('order %s: version %s, %s in its history', o.id, o.version, count(h)) from orders o left join order_history h on h.order_id = o.id
		group by o.id having o.version <> count(h) or o.version <> max(h.version) or (array_agg(h.status order by h.version desc))[1] <> o.status`},
	{"payment versions are 1..n", `
		select format('payment %s: version %s, %s in its history', p.id, p.version, count(h)) from payment p left join payment_history h on h.payment_id = p.id
		group by p.id having p.version <> count(h) or p.version <> max(h.version) or (array_agg(h.status order by h.version desc))[1] <> p.status`},
	{"stock versions are 1..n", `
		select format('product %s: version %s, %s movements', s.product_id, s.version, count(l)) from stock s left join stock_ledger l using (product_id)
		group by s.product_id having s.version <> count(l) + 1`},
	{"a product costs what its history says last", `
		select format('product %s: %s %s, in its history %s %s', p.id, p.amount, p.currency, h.amount, h.currency) from product p
		join lateral (select * from product_price h where h.product_id = p.id order by h.version desc limit 1) h on true
		where p.deleted_at is null and (p.amount, p.currency, p.status = 'published') is distinct from (h.amount, h.currency, h.offered)`},
	{"whatever waits has a deadline", `
		select format('order %s', id) from orders where status = 'placed' and not exists (select from deadline d where d.kind = 'order' and d.subject = id)
		union all select format('payment %s', id) from payment where (step <> '' or exists (select from refund r where r.payment_id = payment.id and r.status = 'requested'))
			and not exists (select from deadline d where d.kind = 'payment' and d.subject = id)
		union all select format('mail %s', id) from notification where status = 'sending' and not exists (select from deadline d where d.kind = 'notification' and d.subject = id)`},
	{"an order is confirmed by one mail at most", `
		select format('order %s', order_id) from notification where kind = 'order_confirmation' group by order_id having count(*) > 1`},
	{"every command that was decided has one entry in the journal", `
		select format('%s %s: %s', i.source, i.id, count(j)) from inbox i left join journal j on j.number = i.number and j.received_at = i.received_at and j.source = i.source
		group by i.source, i.id having count(j) <> 1`},
	{"what is to be published is in the journal", `
		select format('%s', o.number) from outbox o where not exists (
			select from journal j where j.number = o.number and j.received_at = o.received_at and j.results <> '')`},
}

// atRest holds once everything that was begun has come to its end.
var atRest = []rule{
	{"no outcome is unknown and no step open", `
		select format('payment %s: %s, %s', id, status, step) from payment where status in ('started', 'unknown', 'authorized') or step in ('capture', 'void')`},
	{"refunds are carried out", `select format('refund %s', id) from refund where status = 'requested'`},
	{"paid orders' stock is committed", `
		select format('order %s', r.order_id) from open_reservation r join orders o on o.id = r.order_id where o.status not in ('placed', 'authorized')`},
	{"mails are sent or given up", `select format('mail %s', id) from notification where status = 'sending'`},
	{"a paid order is confirmed", `
		select format('order %s', id) from orders where status in ('paid', 'fulfilled', 'delivered', 'returned') and not exists (
			select from notification n where n.order_id = orders.id and n.kind = 'order_confirmation' and n.status = 'sent')`},
	{"of what was sent one mail tells, and one of what has arrived", `
		select format('order %s, fulfilment %s', o.id, f->>'id') from orders o, jsonb_array_elements(o.parts->'fulfilments') f
		where (select count(*) from notification n where n.part_id = (f->>'id')::uuid and n.status = 'sent') <> case when f ? 'deliveredAt' then 2 else 1 end`},
	{"every result is published", `select format('%s %s', j.source, j.id) from outbox o left join journal j on j.number = o.number and j.received_at = o.received_at`},
}

// openReservations is what is held for an order and neither given back nor taken.
const openReservations = `
	with open_reservation as (
		select r.order_id, r.product_id, sum(r.reserved_delta)::bigint as reserved_delta from stock_ledger r
		where r.order_id is not null group by r.order_id, r.product_id having sum(r.reserved_delta) <> 0
	)`

// Invariants tells what does not hold that must hold at every moment. Nil: all is well. conn may be in a transaction or not;
// it must not be in use.
func Invariants(ctx context.Context, conn *pgx.Conn) []string { return check(ctx, conn, always) }

// AtRest tells what does not hold that must hold once nothing is under way any more, besides Invariants.
func AtRest(ctx context.Context, conn *pgx.Conn) []string { return check(ctx, conn, atRest) }

// shown is how many offenders of one rule are told.
const shown = 5

// check reads everything as of one moment.
func check(ctx context.Context, conn *pgx.Conn, rules []rule) (broken []string) {
	err := pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		for _, r := range rules {
			rows, err := tx.Query(ctx, openReservations+fmt.Sprintf(" select * from (%s) offender (text) limit %d", r.sql, shown))
			if err != nil {
				return fmt.Errorf("%s: %w", r.says, err)
			}
			offenders, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				return fmt.Errorf("%s: %w", r.says, err)
			}
			for _, o := range offenders {
				broken = append(broken, r.says+": "+o)
			}
		}
		return nil
	})
	if err != nil {
		broken = append(broken, "could not check: "+err.Error())
	}
	return broken
}
