package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

var orderMutations = []mutation{
	on(events.PlaceOrder, placeOrder, domain.Cart),
	on(events.CancelOrder, cancelOrder),
	on(events.ExpireOrder, expireOrder),
}

// The kinds of deadline of a purchase.
const (
	orderDeadline   = "order"
	paymentDeadline = "payment"
)

const (
	// lockOffers locks in the order of product ids, like everything that locks stock, and counts what the customer has not paid for.
	// Two replicas of db may count at the same moment: the limit is for hoarders, and one order more is no harm.
	lockOffers = `
		select p.id::text, p.sku, p.name, p.amount, p.currency, s.on_hand - s.reserved,
			(select count(*) from orders o where o.customer_id = $2 and o.created_at > $3 and o.status = 'placed')
		from stock s join product p on p.id = s.product_id
		where s.product_id = any($1::uuid[]) and p.status = 'published' and p.deleted_at is null
		order by s.product_id
		for update of s`

	// insertOrder writes an order and reserves its stock. No row: there is no such customer any more.
	insertOrder = `
		with placed as (
			insert into orders (id, version, created_at, updated_at, customer_id, status, amount, currency, pay_by, expires_at, email, customer_name, shipping)
			select @id, 1, @now, @now, c.id, 'placed', @amount, @currency, @pay_by, @pay_by, c.email_cipher, c.name, @shipping
			from customer c where c.id = @customer and c.status = 'active' and c.deleted_at is null
			returning id, number, email, customer_name
		), lines as (
			insert into order_line (order_id, position, product_id, sku, name, amount, quantity)
			select placed.id, l.position, l.product_id, l.sku, l.name, l.amount, l.quantity
			from placed, unnest(@products::uuid[], @skus::text[], @names::text[], @prices::bigint[], @quantities::bigint[])
				with ordinality as l (product_id, sku, name, amount, quantity, position)
		), history as (
			insert into order_history (order_id, version, status, at, by_type, by_id, note)
			select id, 1, 'placed', @now, @by_type, @by_id, '' from placed
		), moved as (
			update stock s set reserved = s.reserved + m.quantity, version = s.version + 1, updated_at = @now
			from placed, unnest(@wanted::uuid[], @amounts::bigint[]) as m (product_id, quantity)
			where s.product_id = m.product_id
			returning s.product_id, s.version, m.quantity
		), noted as (
			insert into stock_ledger (product_id, version, on_hand_delta, reserved_delta, reason, order_id, by_type, by_id, at)
			select product_id, version, 0, quantity, 'reserved', @id, @by_type, @by_id, @now from moved
		), due as (
			insert into deadline (kind, subject, due_at) select 'order', id, @pay_by from placed
		)
		select number, email, customer_name from placed`
)

// placeOrder sells at the prices of this moment what is on the shelf at this moment. Errors: Problems of domain.Price, or there
// is no such customer.
func placeOrder(ctx context.Context, tx *Tx, c events.Received[events.Cart]) ([]events.Outgoing, error) {
	if c.By.Type != events.Shopper {
		return nil, events.Forbidden("Only customers order.")
	}
	demand := domain.Demand(c.Data.Lines)
	offers, unpaid, err := offersFor(ctx, tx, demand, c.By.ID)
	if err != nil {
		return nil, err
	}
	if limit := tx.terms.unpaid; limit > 0 && unpaid >= limit {
		return nil, events.Refuse("too_many_open_orders", "You have %d orders that wait for payment. Pay for one or cancel one first.", unpaid)
	}
	lines, total, err := domain.Price(c.Data.Lines, offers)
	if err != nil {
		return nil, err
	}
	o := events.OrderState{
		Meta:       events.Meta{ID: c.Subject, Version: 1, CreatedAt: tx.Now, UpdatedAt: tx.Now},
		CustomerID: c.By.ID, Status: events.OrderPlacedStatus, Lines: lines, Total: total, PayBy: tx.Now.Add(tx.terms.payWithin),
		ShippingAddress: c.Data.ShippingAddress,
		History:         []events.OrderStep{{Status: events.OrderPlacedStatus, At: tx.Now, By: c.By}},
	}
	if err := writeOrder(ctx, tx, &o, demand, c.By); err != nil {
		return nil, err
	}
	return events.Send(events.OrderPlaced.New(o.ID, o)), nil
}

// offersFor locks the stock of what is wanted and tells what it is sold for, and how many orders the customer has not paid for.
func offersFor(ctx context.Context, tx *Tx, demand []events.OrderItem, customer string) (offers map[string]domain.Offer, unpaid int, err error) {
	ids := make([]string, len(demand))
	for i, d := range demand {
		ids[i] = d.ProductID
	}
	rows, err := tx.Query(ctx, lockOffers, ids, customer, tx.Now.Add(-tx.terms.longestUnpaid()))
	if err != nil {
		return nil, 0, err
	}
	offers = make(map[string]domain.Offer, len(ids))
	var id string
	var o domain.Offer
	_, err = pgx.ForEachRow(rows, []any{&id, &o.SKU, &o.Name, &o.Price.Amount, &o.Price.Currency, &o.Available, &unpaid}, func() error {
		offers[id] = o
		return nil
	})
	return offers, unpaid, err
}

// writeOrder stores a new order and fills in its number and what is known of the customer.
func writeOrder(ctx context.Context, tx *Tx, o *events.OrderState, demand []events.OrderItem, by events.Principal) error {
	shipping, err := json.Marshal(o.ShippingAddress) // ciphertexts
	if err != nil {
		return fmt.Errorf("write the address: %w", err)
	}
	args := pgx.NamedArgs{
		"id": o.ID, "now": tx.Now, "amount": o.Total.Amount, "currency": o.Total.Currency, "pay_by": o.PayBy, "shipping": string(shipping),
		"customer": o.CustomerID, "by_type": string(by.Type), "by_id": by.ID,
	}
	var products, skus, names, wanted []string
	var prices, quantities, amounts []int64
	for _, l := range o.Lines {
		products, skus, names = append(products, l.ProductID), append(skus, l.SKU), append(names, l.Name)
		prices, quantities = append(prices, l.UnitPrice.Amount), append(quantities, l.Quantity)
	}
	for _, d := range demand {
		wanted, amounts = append(wanted, d.ProductID), append(amounts, d.Quantity)
	}
	args["products"], args["skus"], args["names"], args["prices"], args["quantities"] = products, skus, names, prices, quantities
	args["wanted"], args["amounts"] = wanted, amounts
	var number int64
	err = tx.WriteRow(ctx, insertOrder, args).Scan(&number, &o.Email, &o.CustomerName)
	if errors.Is(err, pgx.ErrNoRows) {
		return events.Forbidden("The account is not known or not active.")
	}
	o.Number = orderNumber(number)
	return err
}

// orderNumber is how people call an order.
func orderNumber(n int64) string { return fmt.Sprintf("M-%06d", n) }

var orderExists = events.Refuse("already_exists", "There is an order with this id already.")
