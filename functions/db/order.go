package db

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// order is what a customer has bought, and what has become of it.
var order = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.PlaceOrder, placeNeeds, domain.PlaceOrder, domain.Cart),
		inbox.Decide(events.PlaceChosen, chosenNeeds, domain.PlaceChosen, domain.ChosenCart),
		inbox.Decide(events.PlaceAsGuest, func(c events.Received[events.GuestCart]) inbox.Needs {
			return guestNeeds(c.Envelope, c.Data)
		}, domain.PlaceAsGuest, domain.GuestCart),
		inbox.Decide(events.EraseGuest, toldNeeds, domain.EraseGuest),
		inbox.Decide(events.CancelOrder, toldNeeds, domain.CancelOrder),
		inbox.Decide(events.ExpireOrder, func(c events.Received[events.OrderDeadline]) inbox.Needs { return wholeOrder(c.Subject) }, domain.ExpireOrder),
		inbox.Decide(events.FulfilOrder, toldNeeds, domain.FulfilOrder, domain.Shipment),
		inbox.Decide(events.FulfilRest, toldNeeds, domain.FulfilRest, domain.RestShipment),
		inbox.Decide(events.DeliverOrder, toldNeeds, domain.DeliverOrder),
		inbox.Decide(events.CancelPart, toldNeeds, domain.CancelPart, domain.PartCancellation),
		inbox.Decide(events.RequestReturn, toldNeeds, domain.RequestReturn, domain.ReturnRequest),
		inbox.Decide(events.ApproveReturn, toldNeeds, domain.ApproveReturn),
		inbox.Decide(events.RefuseReturn, toldNeeds, domain.RefuseReturn),
		inbox.Decide(events.ReceiveReturn, toldNeeds, domain.ReceiveReturn, domain.ReturnReception),
	},
	Tables:    []inbox.Table{orderNumbersTable, orderTable, orderHistoryTable, guestOrderTable, unpaidOrdersTable, guestDeclinesTable},
	Queries:   []inbox.Query{inbox.Answer(events.GetOrder, getOrder), inbox.Answer(events.ListOrders, listOrders), inbox.Answer(events.GetFigures, getFigures), inbox.Answer(events.ListReturns, listReturns)},
	Refusals:  map[string]*events.Problem{"an order has one row": domain.OrderExists},
	Deadlines: map[string]inbox.Due{domain.OrderDeadline: orderDue, domain.OrderReminder: orderWaits},
	Purge:     forgetGuestOrders,
	Tallies:   []inbox.Tally{ordersTally},
}

// How orders are found.
var (
	orderByID              = inbox.ByKey("order", domain.Orders)
	historyOfOrder         = inbox.Through("history of order")
	orderReadOnly          = inbox.ByKey("order that is only read", domain.Orders)
	orderOfPayment         = inbox.Through("order of payment")
	orderNumber            = inbox.Through("order number") // one for each key
	unpaidOrdersOfCustomer = inbox.ByKey("unpaid orders", domain.UnpaidOrders)
	unpaidOrdersOfGuest    = &inbox.Need{Name: "unpaid orders of a guest", Ask: domain.UnpaidOrders.Ask, Text: true}
	unpaidOrdersAtNetwork  = &inbox.Need{Name: "unpaid orders at a network", Ask: domain.UnpaidOrders.Ask, Text: true}
	declinedOfGuest        = inbox.Through("declined payments of an order's guest")
	unpaidOrdersOf         = inbox.Through("orders that a customer who is erased has not paid for")
)

func placeNeeds(c events.Received[events.Cart]) inbox.Needs { return cartNeeds(c.Envelope, c.Data) }

func chosenNeeds(c events.Received[events.ChosenCart]) inbox.Needs {
	return cartNeeds(c.Envelope, c.Data.Cart)
}

func cartNeeds(c events.Envelope, cart events.Cart) inbox.Needs {
	if c.By.Type != events.Shopper {
		return inbox.Needs{orderByID: {c.Subject}, orderNumber: {c.Subject}}
	}
	n := goodsNeeds(c, cart)
	n[customerReadOnly], n[unpaidOrdersOfCustomer] = []string{c.By.ID}, []string{c.By.ID}
	if cart.Network != "" {
		n[unpaidOrdersAtNetwork] = []string{cart.Network}
	}
	return n
}

func guestNeeds(c events.Envelope, cart events.GuestCart) inbox.Needs {
	n := goodsNeeds(c, cart.Cart)
	n[unpaidOrdersOfGuest] = []string{domain.GuestPlace(cart.Guest)}
	if cart.Guest.Network != "" {
		n[unpaidOrdersAtNetwork] = []string{cart.Guest.Network}
	}
	return n
}

// goodsNeeds is an order that is to be placed, what it is of, and what it costs at its place.
func goodsNeeds(c events.Envelope, cart events.Cart) inbox.Needs {
	n := inbox.Needs{orderByID: {c.Subject}, orderNumber: {c.Subject}}
	n[costsAt] = []string{placeKey(cart.ShippingAddress.Country, "")}
	if region := cart.ShippingAddress.Region; region != "" {
		n[costsAt] = append(n[costsAt], placeKey(cart.ShippingAddress.Country, region))
	}
	for _, d := range domain.Demand(cart.Lines) {
		n[stockByID] = append(n[stockByID], d.ProductID)
		n[productReadOnly] = append(n[productReadOnly], d.ProductID)
		n[stockOfNewOrder] = append(n[stockOfNewOrder], c.Subject) // once for each product: as many numbers are drawn
	}
	return n
}

// toldNeeds is a whole order, which is told with its history.
func toldNeeds[T any](c events.Received[T]) inbox.Needs {
	return rowAnd(historyOfOrder, c.Subject, wholeOrder(c.Subject))
}

// wholeOrder is an order with its payments and what it does to stock.
func wholeOrder(id string) inbox.Needs {
	return inbox.Needs{orderByID: {id}, paymentsOfOrder: {id}, stockOfOrder: {id}, reservationsOfOrder: {id}}
}

// unpaidOrders are the orders of customers, the n-th parameter, that wait to be paid or are being paid. They are looked for customer by customer:
// where they are looked for by their state, whoever names no customer at all goes over everything that the shop waits for.
func unpaidOrders(n string) string {
	return `array(select u.id from unnest($` + n + `::uuid[]) as k (id) cross join lateral (
		select w.id from orders w where w.customer_id = k.id and w.status in ('placed', 'authorized') offset 0) as u)`
}

// orderTable reads the unpaid orders of a customer once more when their locks are held: one may have been placed meanwhile.
var orderTable = inbox.Table{
	Writes: []string{"orders", "order_line", "order_charge", "order_tax", "order_history", "order_goods", "order_parcel", "order_return"}, // the last by a trigger
	Take: inbox.Statement{
		SQL: `select ` + orderColumns + `, ` + storedOrderColumns + ` from orders o
			where o.id = any($1::uuid[] || array(select p.order_id from payment p where p.id = any($2::uuid[])) || ` + unpaidOrders("3") + `)
			order by o.id for no key update of o`,
		By: []*inbox.Need{orderByID, orderOfPayment, unpaidOrdersOf},
	},
	Read: inbox.Statement{
		SQL: `select ` + orderColumns + `, ` + storedOrderColumns + ` from orders o where o.id = any($1::uuid[] || ` + unpaidOrders("2") + `)`,
		By:  []*inbox.Need{orderReadOnly, unpaidOrdersOf},
	},
	Load: inbox.Loads(domain.Orders, scanStoredOrder, func(o domain.StoredOrder) string { return o.ID }),
	Save: saveOrders,
}

// storedOrderColumns is what of an order only decisions see.
const storedOrderColumns = `o.expires_at, o.guest_key, o.erased_at`

// scanStoredOrder reads an order as decisions see it.
func scanStoredOrder(row pgx.CollectableRow) (o domain.StoredOrder, err error) {
	var s orderScan
	if err := row.Scan(append(s.columns(), &o.ExpiresAt, &o.GuestKey, (*utcTime)(&o.ErasedAt))...); err != nil {
		return o, err
	}
	state, err := s.state()
	if err != nil {
		return o, err
	}
	o.Order, o.Number, o.ExpiresAt = domain.Order(state), s.number, o.ExpiresAt.UTC()
	return o, nil
}

// orderHistoryTable gives the orders that are read their history, where a decision tells all of it: each step adds to it, so it is read once
// its order's lock is held.
var orderHistoryTable = inbox.Table{
	Read: inbox.Statement{
		SQL: `select o.id::text, ` + historyColumn + ` from orders o where o.id = any($1::uuid[] || ` + unpaidOrders("2") + `)`,
		By:  []*inbox.Need{historyOfOrder, unpaidOrdersOf},
	},
	Load: func(rows *domain.Rows, answer pgx.Rows) error {
		var id string
		var history *string
		_, err := pgx.ForEachRow(answer, []any{&id, &history}, func() (err error) {
			if o, found := domain.Orders.Find(rows, id); found && history != nil {
				o.History, err = readHistory(*history)
				domain.Orders.Load(rows, id, o)
			}
			return err
		})
		return err
	},
}

// guestDeclinesTable is how many payments were declined of late of all orders of the address that an order's guest has, from each network. Two replicas may look
// at the same moment, as above.
var guestDeclinesTable = inbox.Table{
	Read: inbox.Statement{
		SQL: `select g.id::text, p.network, count(*)::int from orders g join orders o on o.guest_key = g.guest_key join payment p on p.order_id = o.id
			where g.id = any($1::uuid[]) and o.guest_key <> '' and p.status = 'declined' and p.created_at > $2 group by g.id, p.network`,
		By: []*inbox.Need{declinedOfGuest}, And: func(now inbox.Moment) []any { return []any{now.At.Add(-domain.DeclinedWithin)} },
	},
	Load: func(rows *domain.Rows, answer pgx.Rows) error {
		var order, network string
		var declined int
		_, err := pgx.ForEachRow(answer, []any{&order, &network, &declined}, func() error {
			domain.GuestDeclines.Load(rows, domain.GuestDeclinesKey(order, network), declined)
			return nil
		})
		return err
	},
}

// orderNumbersTable gives no number for an order that is there: its command comes again, after a restore with all others, and would take one
// from those that follow. It is asked before the orders are: an order that appears between the two is not decided upon without a number.
var orderNumbersTable = inbox.Table{
	Take: inbox.Statement{
		SQL: `select nextval('orders_number_seq') from unnest($1::uuid[]) as wanted (id) where not exists (select from orders o where o.id = wanted.id)`,
		By:  []*inbox.Need{orderNumber},
	},
	Load: inbox.LoadsNumbers(domain.OrderNumbers),
}

var (
	orderSet = pg.SetOf("orders", []pg.Column[domain.StoredOrder]{
		pg.Col("id", "uuid", func(o domain.StoredOrder) string { return o.ID }),
		pg.Col("version", "bigint", orderVersion),
		pg.Col("created_at", "timestamptz", func(o domain.StoredOrder) time.Time { return o.CreatedAt }),
		pg.Col("updated_at", "timestamptz", func(o domain.StoredOrder) time.Time { return o.UpdatedAt }),
		pg.Col("number", "bigint", func(o domain.StoredOrder) int64 { return o.Number }),
		pg.Col("customer_id", "uuid", func(o domain.StoredOrder) string { return o.CustomerID }),
		pg.Col("status", "text", func(o domain.StoredOrder) string { return string(o.Status) }),
		pg.Col("amount", "bigint", func(o domain.StoredOrder) int64 { return o.Total.Amount }),
		pg.Col("currency", "text", func(o domain.StoredOrder) string { return o.Total.Currency }),
		pg.Col("pay_by", "timestamptz", func(o domain.StoredOrder) time.Time { return o.PayBy }),
		pg.Col("expires_at", "timestamptz", func(o domain.StoredOrder) time.Time { return o.ExpiresAt }),
		pg.Col("email", "text", func(o domain.StoredOrder) events.Personal { return o.Email }),
		pg.Col("customer_name", "text", func(o domain.StoredOrder) events.Personal { return o.CustomerName }),
		pg.Col("phone", "text", func(o domain.StoredOrder) events.Personal { return o.Phone }),
		pg.Col("language", "text", func(o domain.StoredOrder) string { return string(o.Language) }),
		pg.Col("guest_key", "text", func(o domain.StoredOrder) string { return o.GuestKey }),
		pg.Col("erased_at", "timestamptz", func(o domain.StoredOrder) *time.Time { return nullIfZero(o.ErasedAt) }),
		pg.Col("shipping", "text", shippingOf).As("c.shipping::jsonb"),
		pg.Col("parts", "text", partsOf).As("c.parts::jsonb"),
		pg.Col("goods", "bigint", func(o domain.StoredOrder) int64 { return o.GoodsTotal.Amount }),
		pg.Col("charged", "bigint", chargedOf),
		pg.Col("added_tax", "bigint", taxOf(false)),
		pg.Col("included_tax", "bigint", taxOf(true)),
	}, "version", "updated_at", "status", "expires_at", "parts", "erased_at")
	orderHistorySet = pg.SetOf("order_history", []pg.Column[domain.OrderVersion]{
		pg.Col("order_id", "uuid", func(v domain.OrderVersion) string { return v.OrderID }),
		pg.Col("version", "bigint", func(v domain.OrderVersion) int64 { return v.Version }),
		pg.Col("status", "text", func(v domain.OrderVersion) string { return string(v.Status) }),
		pg.Col("at", "timestamptz", func(v domain.OrderVersion) time.Time { return v.At }),
		pg.Col("by_type", "text", func(v domain.OrderVersion) string { return string(v.By.Type) }),
		pg.Col("by_id", "text", func(v domain.OrderVersion) string { return v.By.ID }),
		pg.Col("note", "text", func(v domain.OrderVersion) events.Words { return v.Note }),
		pg.Col("action", "text", func(v domain.OrderVersion) string { return string(v.Action) }),
		pg.Col("part_id", "uuid", func(v domain.OrderVersion) *string { return pg.OrNull(v.PartID) }),
	})
)

func orderVersion(o domain.StoredOrder) int64 { return o.Version }

// shippingOf is the address as JSON, in ciphertexts.
func shippingOf(o domain.StoredOrder) string { return asJSON(o.ShippingAddress) }

// partsOf is what has become of parts, as JSON in ciphertexts.
func partsOf(o domain.StoredOrder) string { return asJSON(o.OrderParts) }

func saveOrders(_ inbox.Moment, rows *domain.Rows) []pg.Write {
	changes := domain.Orders.Changes(rows)
	var made []domain.StoredOrder
	var goods []orderGoods
	var sent []parcel
	for _, c := range changes {
		sent = append(sent, parcels(c.Before, c.After)...)
		if c.After.HasParts() {
			for _, g := range c.After.Goods() {
				goods = append(goods, orderGoods{g, c.After.ID})
			}
		}
		if c.Made {
			made = append(made, c.After)
		}
	}
	all := inbox.Saves(orderSet, changes, orderVersion)
	all = append(all, insertCosts(made)...)
	all = append(all, pg.Upsert(setOrderGoods, orderGoodsColumns, goods)...)
	all = append(all, parcelSet.Insert(sent)...)
	return append(all, orderHistorySet.Insert(domain.OrderHistory.Added(rows))...)
}
