package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// orderColumns is an order but for its history. Lines never change, so reading them beside a lock is safe.
var orderColumns = `
	o.id::text, o.version, o.created_at, o.updated_at, o.number, o.customer_id::text, o.status, o.amount, o.currency, o.pay_by,
	o.email, o.customer_name, o.phone, o.language, o.shipping::text, o.parts::text, o.parts <> '{}' and ` + erasedOwner("o") + `, ` + costColumns

// erasedOwner tells whether the customer or the guest of an order or a payment has been erased: what was written in an order's history cannot be deleted.
func erasedOwner(row string) string {
	return `(exists (select from customer c where c.id = ` + row + `.customer_id and c.deleted_at is not null) or ` + erasedGuest(row) + `)`
}

// erasedGuest tells whether it is a guest's who was erased: customer_id is their order's id then.
func erasedGuest(row string) string {
	return `exists (select from orders g where g.id = ` + row + `.customer_id and g.erased_at is not null)`
}

// barredOwner tells whether they have been erased or suspended: what is theirs is not shown to whoever has their token still.
func barredOwner(row string) string {
	return `(exists (select from customer c where c.id = ` + row + `.customer_id and (c.deleted_at is not null or c.status <> 'active')) or ` + erasedGuest(row) + `)`
}

// wordsOf is what people wrote, unless its customer has been erased; what the mart said is nobody's.
func wordsOf(column, row string) string {
	return `case when ` + column + ` like 'personal:%' and ` + erasedOwner(row) + ` then '' else ` + column + ` end`
}

var historyColumn = `(
	select json_agg(json_build_object('status', h.status, 'action', h.action, 'partId', coalesce(h.part_id::text, ''), 'note', ` + wordsOf("h.note", "o") + `, 'by', json_build_object('type', h.by_type, 'id', h.by_id),
		'at', to_char(h.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) order by h.version)
	from order_history h where h.order_id = o.id
)::text`

// orderScan is where an order's columns go.
type orderScan struct {
	events.OrderState
	number                 int64
	shipping, parts, lines string
	charges, taxes         *string // none where there are none
	erased                 bool
}

func (s *orderScan) columns() []any {
	return []any{
		&s.ID, &s.Version, &s.CreatedAt, &s.UpdatedAt, &s.number, &s.CustomerID, &s.Status, &s.Total.Amount, &s.Total.Currency, &s.PayBy,
		&s.Email, &s.CustomerName, &s.Phone, &s.Language, &s.shipping, &s.parts, &s.erased, &s.GoodsTotal.Amount, &s.lines, &s.charges, &s.taxes,
	}
}

func (s *orderScan) state() (events.OrderState, error) {
	o := s.OrderState
	utc(&o.Meta)
	o.PayBy, o.Number = o.PayBy.UTC(), domain.OrderNumber(s.number)
	if err := json.Unmarshal([]byte(s.lines), &o.Lines); err != nil {
		return o, fmt.Errorf("read the lines of order %s: %w", o.ID, err)
	}
	o.GoodsTotal.Currency = o.Total.Currency
	if err := errors.Join(optional(s.charges, &o.Charges), optional(s.taxes, &o.Taxes)); err != nil {
		return o, fmt.Errorf("read what order %s costs: %w", o.ID, err)
	}
	if err := json.Unmarshal([]byte(s.shipping), &o.ShippingAddress); err != nil {
		return o, fmt.Errorf("read the address of order %s: %w", o.ID, err)
	}
	if err := json.Unmarshal([]byte(s.parts), &o.OrderParts); err != nil {
		return o, fmt.Errorf("read the parts of order %s: %w", o.ID, err)
	}
	if s.erased {
		o.OrderParts = silent(o.OrderParts)
	}
	return o, nil
}

// optional reads JSON that there may be.
func optional(text *string, to any) error {
	if text == nil {
		return nil
	}
	return json.Unmarshal([]byte(*text), to)
}

// silent is parts without what people have said of them.
func silent(p events.OrderParts) events.OrderParts {
	for i := range p.Returns {
		p.Returns[i].Reason, p.Returns[i].Note = events.Words{}, events.Words{}
	}
	for i := range p.Cancellations {
		p.Cancellations[i].Reason = events.Words{}
	}
	return p
}

// scanOrder reads an order with its history.
func scanOrder(row pgx.CollectableRow) (events.OrderState, error) {
	var s orderScan
	var history string
	if err := row.Scan(append(s.columns(), &history)...); err != nil {
		return events.OrderState{}, err
	}
	o, err := s.state()
	if err != nil {
		return o, err
	}
	o.History, err = readHistory(history)
	return o, err
}

func readHistory(text string) (steps []events.OrderStep, err error) {
	if err = json.Unmarshal([]byte(text), &steps); err != nil {
		return nil, fmt.Errorf("read an order's history: %w", err)
	}
	return steps, nil
}

// orderDue says that an order's time is up, again every minute until the order has ended or the deadline was moved.
func orderDue(ctx context.Context, tx *pg.Tx, subject string, dueAt time.Time) (message events.Outgoing, again time.Time, err error) {
	var status events.OrderStatus
	if err := tx.QueryRow(ctx, `select status from orders where id = $1`, subject).Scan(&status); err != nil {
		return message, again, err
	}
	if status != events.OrderPlacedStatus {
		return message, again, pgx.ErrNoRows
	}
	return events.OrderDue.New(subject, events.OrderDeadline{DueAt: dueAt}), tx.Now.Add(domain.MoneyMayBeComing), nil
}

// orderWaits says, once, that an order still waits to be paid.
func orderWaits(ctx context.Context, tx *pg.Tx, subject string, _ time.Time) (message events.Outgoing, again time.Time, err error) {
	rows, err := tx.Query(ctx, `select `+orderColumns+`, `+historyColumn+` from orders o where o.id = $1 and o.status = 'placed'`, subject)
	if err != nil {
		return message, again, err
	}
	o, err := pgx.CollectExactlyOneRow(rows, scanOrder)
	return events.OrderWaiting.New(subject, o), again, err
}

var orderList = pg.Listing[events.OrderState]{
	Columns:     orderColumns + `, ` + historyColumn,
	From:        `orders o where true`,
	ID:          "o.id",
	Orders:      map[string]pg.SortColumn{"createdAt": {SQL: "o.created_at", Type: "timestamptz"}},
	DefaultSort: "-createdAt",
	Scan:        scanOrder,
}

func listOrders(ctx context.Context, s *inbox.Store, e events.Received[events.OrderFilter]) (events.Page[events.OrderState], error) {
	var f pg.Filter
	if e.Data.CustomerID != "" {
		f.And(`o.customer_id = ?`, e.Data.CustomerID)
	}
	if e.Data.Status != "" {
		f.And(`o.status = ?`, string(e.Data.Status))
	}
	if n, ok := domain.ParseOrderNumber(e.Data.Number); ok {
		f.And(`o.number = ?`, n)
	}
	if !e.Data.Email.IsZero() {
		address := e.Data.Email.Plaintext()
		f.And(`(o.customer_id = any(array(select c.id from customer c where c.email = (?::text[])[1] and c.deleted_at is null)) or o.guest_key = any((?::text[])[2:]) and o.guest_key <> '' and o.erased_at is null)`,
			append([]string{domain.FoldEmail(address)}, domain.GuestKeys(s.Keys, address)...))
	}
	if e.Data.ProductID != "" {
		f.And(`o.id in (select l.order_id from order_line l where l.product_id = ?)`, e.Data.ProductID)
	}
	if !e.Data.TrackingNumber.IsZero() {
		f.And(`o.id in (select p.order_id from order_parcel p where p.tracking = ?) and not `+erasedOwner("o"), domain.FoldTracking(e.Data.TrackingNumber.Plaintext()))
	}
	if from := e.Data.PlacedFrom; !from.IsZero() {
		f.And(`o.created_at >= ?`, from)
	}
	if before := e.Data.PlacedBefore; !before.IsZero() {
		f.And(`o.created_at < ?`, before)
	}
	if isOwn(e.By) {
		f.And(`o.customer_id = ? and not `+barredOwner("o"), e.By.ID)
	}
	return orderList.Page(ctx, s.Reads, e.Data.Paging, &f)
}

// getOrder answers with an order, found by its id or its number; somebody else's is not found, nor is that of somebody who was erased. Of a number, too, it is not
// told whether there is an order of somebody else's: neither by words nor by how much is looked up.
func getOrder(ctx context.Context, s *inbox.Store, e events.Received[events.OwnedLookup]) (events.OrderState, error) {
	q, called := e.Data, e.Data.ID
	if n, ok := domain.ParseOrderNumber(q.ID); ok {
		var err error
		if q.ID, err = orderNumbered(ctx, s, n); err != nil {
			return events.OrderState{}, err
		}
		called = domain.OrderNumber(n)
	}
	o, err := inbox.AtLeast(ctx, s, "order", q.ID, q.MinVersion, func() (events.OrderState, int64, error) {
		rows, err := s.Reads.Query(ctx, `select `+orderColumns+`, `+historyColumn+` from orders o where o.id = $1 and ($2 = '' or o.customer_id::text = $2 and not `+barredOwner("o")+`)`, q.ID, q.CustomerID)
		if err != nil {
			return events.OrderState{}, 0, err
		}
		o, err := pgx.CollectExactlyOneRow(rows, scanOrder)
		return o, o.Version, err
	})
	if errors.Is(err, &events.Problem{Code: "not_found"}) {
		err = events.NotFound("order", called)
	}
	return o, err
}

// isOwn tells whether whoever asks sees nothing but their own: customers, and guests of an order, which is all they have.
func isOwn(by events.Principal) bool { return by.Type == events.Shopper || by.Type == events.Anonymous }

// orderNumbered is the id of the order with a number; of none, the id of none.
func orderNumbered(ctx context.Context, s *inbox.Store, n int64) (id string, err error) {
	err = s.Reads.QueryRow(ctx, `select id::text from orders where number = $1`, n).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil.String(), nil
	}
	return id, err
}
