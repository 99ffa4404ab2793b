package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

var orderMutations = []mutation{
	on(events.PlaceOrder, placeOrder),
	on(events.CancelOrder, cancelOrder),
	on(events.ExpireOrder, expireOrder),
}

// The kinds of deadline of a purchase.
const (
	orderDeadline   = "order"
	paymentDeadline = "payment"
)

const (
	// lockOffers locks in the order of product ids, like everything that locks stock.
	lockOffers = `
		select p.id::text, p.sku, p.name, p.amount, p.currency, s.on_hand - s.reserved
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
	if _, err := domain.Cart(c.Data); err != nil {
		return nil, err
	}
	demand := domain.Demand(c.Data.Lines)
	offers, err := offersFor(ctx, tx, demand)
	if err != nil {
		return nil, err
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

func offersFor(ctx context.Context, tx *Tx, demand []events.OrderItem) (map[string]domain.Offer, error) {
	ids := make([]string, len(demand))
	for i, d := range demand {
		ids[i] = d.ProductID
	}
	rows, err := tx.Query(ctx, lockOffers, ids)
	if err != nil {
		return nil, err
	}
	offers := make(map[string]domain.Offer, len(ids))
	var id string
	var o domain.Offer
	_, err = pgx.ForEachRow(rows, []any{&id, &o.SKU, &o.Name, &o.Price.Amount, &o.Price.Currency, &o.Available}, func() error {
		offers[id] = o
		return nil
	})
	return offers, err
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

// cancelOrder ends an order on its owner's wish, or the staff's. What was paid goes back, what was reserved returns.
// Errors: Problems not_found, payment_in_progress, order_not_cancellable.
func cancelOrder(ctx context.Context, tx *Tx, c events.Received[events.OrderReason]) ([]events.Outgoing, error) {
	o, err := lockOrder(ctx, tx, c.Subject)
	if err != nil {
		return nil, err
	}
	if !owns(c.By, o) && !tx.mayStaff(c.By, events.OrdersWrite) {
		return nil, events.NotFound("order", c.Subject)
	}
	if o.History, err = historyOf(ctx, tx, o.ID); err != nil {
		return nil, err
	}
	cancelled, err := o.Cancel(c.By, c.Data.Reason, tx.Now)
	if err != nil {
		return nil, err
	}
	return end(ctx, tx, cancelled, events.OrderCancelled, c.By)
}

func owns(by events.Principal, o domain.Order) bool {
	return by.Type == events.Shopper && by.ID == o.CustomerID
}

// mayStaff tells whether a member of staff, as they are now, may do something.
func (tx *Tx) mayStaff(by events.Principal, p events.Permission) bool {
	return by.Type == events.Staff && tx.Asker.Status == events.AccountActive && domain.Grants(tx.Asker.Roles, p)
}

// moneyMayBeComing is how long an order waits past its deadline for a payment whose outcome is open.
const moneyMayBeComing = time.Minute

// expireOrder ends an order that is due, still unpaid, and for which no money can be on its way.
func expireOrder(ctx context.Context, tx *Tx, c events.Received[events.OrderDeadline]) ([]events.Outgoing, error) {
	o, err := lockOrder(ctx, tx, c.Subject)
	if err != nil {
		return nil, err
	}
	unchanged := events.Send(events.OrderUnchanged.New(o.ID, events.OrderState(o)))
	if o.Status != events.OrderPlacedStatus {
		return unchanged, tx.ClearDeadline(ctx, orderDeadline, o.ID)
	}
	due, coming, err := isDue(ctx, tx, o.ID)
	switch {
	case err != nil:
		return nil, err
	case !due:
		return unchanged, nil
	case coming:
		return unchanged, tx.SetDeadline(ctx, orderDeadline, o.ID, tx.Now.Add(moneyMayBeComing))
	}
	expired, err := o.Expire(c.By, tx.Now)
	if err != nil {
		return nil, err
	}
	return end(ctx, tx, expired, events.OrderExpired, c.By)
}

// isDue tells whether an order's time is up, and whether money may be coming.
func isDue(ctx context.Context, tx *Tx, id string) (due, coming bool, err error) {
	err = tx.QueryRow(ctx, `
		select o.expires_at <= $2, exists (select from payment p where p.order_id = o.id and p.status in ('authorized', 'unknown'))
		from orders o where o.id = $1`, id, tx.Now).Scan(&due, &coming)
	return due, coming, err
}

// end writes the end of an order: what is still reserved for it is free again (what was committed inventory restocks), and its
// payment is let go or given back.
func end(ctx context.Context, tx *Tx, o domain.Order, said events.Message[events.OrderState], by events.Principal) ([]events.Outgoing, error) {
	p, found, err := openPayment(ctx, tx, o.ID)
	if err != nil {
		return nil, err
	}
	ch := change{}
	ch.move(o)
	ch.clear(orderDeadline, o.ID)
	results := events.Send(said.New(o.ID, events.OrderState(o)))
	if found {
		results = append(results, giveUp(&ch, p, tx.Now)...)
	}
	if err := ch.write(ctx, tx); err != nil {
		return nil, err
	}
	return results, releaseStock(ctx, tx, o.ID, by)
}

// giveUp adds to ch what the end of an order means for its payment.
func giveUp(ch *change, p domain.Payment, now time.Time) []events.Outgoing {
	if p.Captured > 0 {
		refunding, refund, err := p.RequestRefund(refundOfAll(p), events.RefundRequest{Reason: "the order was cancelled"}, now)
		if err != nil {
			return nil // it was all given back before
		}
		ch.pay(refunding, now)
		return events.Send(events.PaymentRefundRequested.New(p.ID, refund))
	}
	letGo, told := p.LetGo(now)
	if !told {
		return nil
	}
	ch.pay(letGo, now)
	return events.Send(events.PaymentVoidRequested.New(p.ID, events.PaymentState(letGo)))
}

// refundOfAll is the id of the refund that a payment without an order gets: always the same.
func refundOfAll(p domain.Payment) string { return events.DeriveID("refund", p.ID, "order ended") }

var orderExists = events.Refuse("already_exists", "There is an order with this id already.")
