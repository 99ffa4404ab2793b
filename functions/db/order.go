package db

import (
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

var orderMutations = []mutation{
	decide(events.PlaceOrder, placeNeeds, domain.PlaceOrder, domain.Cart),
	decide(events.CancelOrder, func(c events.Received[events.OrderReason]) needs { return wholeOrder(c.Subject) }, domain.CancelOrder),
	decide(events.ExpireOrder, func(c events.Received[events.OrderDeadline]) needs { return wholeOrder(c.Subject) }, domain.ExpireOrder),
}

// How orders are found.
var (
	orderByID            = byKey("order", domain.Orders)
	orderReadBy          = byKey("order that is only read", domain.Orders)
	orderOfPayment       = through("order of payment")
	orderNumber          = through("order number") // one for each key
	openOrdersOfCustomer = byKey("open orders", domain.OpenOrders)
)

func placeNeeds(c events.Received[events.Cart]) needs {
	n := needs{orderByID: {c.Subject}, orderNumber: {c.Subject}}
	if c.By.Type != events.Shopper {
		return n
	}
	n[customerReadBy], n[openOrdersOfCustomer] = []string{c.By.ID}, []string{c.By.ID}
	for _, d := range domain.Demand(c.Data.Lines) {
		n[stockByID] = append(n[stockByID], d.ProductID)
		n[productReadBy] = append(n[productReadBy], d.ProductID)
		n[stockOfNewOrder] = append(n[stockOfNewOrder], c.Subject)
	}
	return n
}

// wholeOrder is an order with its payments and what it does to stock.
func wholeOrder(id string) needs {
	return needs{orderByID: {id}, paymentsOfOrder: {id}, stockOfOrder: {id}, reservationsOfOrder: {id}}
}

const someOrders = `o.id = any($1::uuid[] || array(select p.order_id from payment p where p.id = any($2::uuid[])))`

var orderTable = table{
	lock: query{sql: `select from orders o where ` + someOrders + ` order by o.id for no key update`, by: []*need{orderByID, orderOfPayment}},
	read: query{sql: `select ` + orderColumns + `, o.expires_at, ` + historyColumn + ` from orders o where ` + someOrders + ` or o.id = any($3::uuid[])`,
		by: []*need{orderByID, orderOfPayment, orderReadBy}},
	load: loads(domain.Orders, scanStoredOrder, func(o domain.StoredOrder) string { return o.ID }),
	save: saveOrders,
}

// scanStoredOrder reads an order as decisions see it.
func scanStoredOrder(row pgx.CollectableRow) (o domain.StoredOrder, err error) {
	var s orderScan
	var history string
	if err := row.Scan(append(s.columns(), &o.ExpiresAt, &history)...); err != nil {
		return o, err
	}
	state, err := s.state()
	if err != nil {
		return o, err
	}
	o.Order, o.Number, o.ExpiresAt = domain.Order(state), s.number, o.ExpiresAt.UTC()
	o.History, err = readHistory(history)
	return o, err
}

// openOrdersTable is which orders of a customer wait to be paid. Two replicas of db may look at the same moment: the limit is for
// hoarders, and one order more is no harm.
var openOrdersTable = table{
	read: query{
		sql: `select o.customer_id::text, array_agg(o.id::text) from orders o
			where o.customer_id = any($1::uuid[]) and o.created_at > $2 and o.status = 'placed' group by o.customer_id`,
		by: []*need{openOrdersOfCustomer}, and: func(now moment) []any { return []any{now.at.Add(-now.limits.LongestUnpaid())} },
	},
	load: func(rows *domain.Rows, answer pgx.Rows) error {
		var customer string
		var ids []string
		_, err := pgx.ForEachRow(answer, []any{&customer, &ids}, func() error {
			domain.OpenOrders.Load(rows, customer, ids)
			ids = nil
			return nil
		})
		return err
	},
}

// orderNumbersTable gives no number for an order that is there: its command comes again, after a restore with all others, and would take one
// from those that follow.
var orderNumbersTable = table{
	read: query{
		sql: `select nextval('orders_number_seq') from unnest($1::uuid[]) as wanted (id) where not exists (select from orders o where o.id = wanted.id)`,
		by:  []*need{orderNumber},
	},
	load: loadsNumbers(domain.OrderNumbers),
}

type orderLine struct {
	events.OrderLine
	order    string
	position int64
}

var (
	orderSet = setOf("orders", []field[domain.StoredOrder]{
		col("id", "uuid", func(o domain.StoredOrder) string { return o.ID }),
		col("version", "bigint", orderVersion),
		col("created_at", "timestamptz", func(o domain.StoredOrder) time.Time { return o.CreatedAt }),
		col("updated_at", "timestamptz", func(o domain.StoredOrder) time.Time { return o.UpdatedAt }),
		col("number", "bigint", func(o domain.StoredOrder) int64 { return o.Number }),
		col("customer_id", "uuid", func(o domain.StoredOrder) string { return o.CustomerID }),
		col("status", "text", func(o domain.StoredOrder) string { return string(o.Status) }),
		col("amount", "bigint", func(o domain.StoredOrder) int64 { return o.Total.Amount }),
		col("currency", "text", func(o domain.StoredOrder) string { return o.Total.Currency }),
		col("pay_by", "timestamptz", func(o domain.StoredOrder) time.Time { return o.PayBy }),
		col("expires_at", "timestamptz", func(o domain.StoredOrder) time.Time { return o.ExpiresAt }),
		col("email", "text", func(o domain.StoredOrder) events.Personal { return o.Email }),
		col("customer_name", "text", func(o domain.StoredOrder) events.Personal { return o.CustomerName }),
		col("shipping", "text", shippingOf).as("c.shipping::jsonb"),
	}, "version", "updated_at", "status", "expires_at")
	orderLineSet = setOf("order_line", []field[orderLine]{
		col("order_id", "uuid", func(l orderLine) string { return l.order }),
		col("position", "int", func(l orderLine) int64 { return l.position }),
		col("product_id", "uuid", func(l orderLine) string { return l.ProductID }),
		col("sku", "text", func(l orderLine) string { return l.SKU }),
		col("name", "text", func(l orderLine) string { return l.Name }),
		col("amount", "bigint", func(l orderLine) int64 { return l.UnitPrice.Amount }),
		col("quantity", "bigint", func(l orderLine) int64 { return l.Quantity }),
	})
	orderHistorySet = setOf("order_history", []field[domain.OrderVersion]{
		col("order_id", "uuid", func(v domain.OrderVersion) string { return v.OrderID }),
		col("version", "bigint", func(v domain.OrderVersion) int64 { return v.Version }),
		col("status", "text", func(v domain.OrderVersion) string { return string(v.Status) }),
		col("at", "timestamptz", func(v domain.OrderVersion) time.Time { return v.At }),
		col("by_type", "text", func(v domain.OrderVersion) string { return string(v.By.Type) }),
		col("by_id", "text", func(v domain.OrderVersion) string { return v.By.ID }),
		col("note", "text", func(v domain.OrderVersion) events.Words { return v.Note }),
	})
)

func orderVersion(o domain.StoredOrder) int64 { return o.Version }

// shippingOf is the address as JSON, in ciphertexts.
func shippingOf(o domain.StoredOrder) string {
	text, err := json.Marshal(o.ShippingAddress)
	if err != nil {
		panic(err) // it was read closed: a fault of ours
	}
	return string(text)
}

func saveOrders(_ moment, rows *domain.Rows) []write {
	changes := domain.Orders.Changes(rows)
	var lines []orderLine
	for _, c := range changes {
		if !c.Made {
			continue
		}
		for i, l := range c.After.Lines {
			lines = append(lines, orderLine{l, c.After.ID, int64(i + 1)})
		}
	}
	all := orderSet.saves(changes, orderVersion)
	all = append(all, orderLineSet.adds(lines)...)
	return append(all, orderHistorySet.adds(domain.OrderHistory.Added(rows))...)
}
