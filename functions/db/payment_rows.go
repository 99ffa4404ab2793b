package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const paymentColumns = `
		p.id::text, p.version, p.created_at, p.updated_at, p.order_id::text, p.customer_id::text, p.amount, p.currency, p.method, p.provider_ref,
		p.status, p.step, p.attempts, p.authorized, p.captured, p.refunded, p.failure_code, p.failure_message, p.redirect_url, p.return_url, p.return_page, p.network`

// refundsColumn is a payment's refunds, and the taxes of its order.
var refundsColumn = `(
	select json_agg(json_build_object('id', r.id, 'amount', r.amount, 'taxes', r.taxes, 'reason', ` + wordsOf("r.reason", "p") + `, 'status', r.status) order by r.position)
	from refund r where r.payment_id = p.id
)::text, ` + taxesColumn("p.order_id", "p.currency")

// paymentScan is where a payment's columns go.
type paymentScan struct {
	events.PaymentState
	failure        events.PaymentFailure
	redirect       string
	refunds, taxes *string // none where there are none
}

func (s *paymentScan) columns() []any {
	return []any{
		&s.ID, &s.Version, &s.CreatedAt, &s.UpdatedAt, &s.OrderID, &s.CustomerID, &s.Amount.Amount, &s.Amount.Currency, &s.PaymentMethod, &s.ProviderRef,
		&s.Status, &s.Step, &s.Attempts, &s.Authorized, &s.Captured, &s.Refunded, &s.failure.Code, &s.failure.Message, &s.redirect, &s.ReturnURL, &s.ReturnPage, &s.Network,
		&s.refunds, &s.taxes,
	}
}

func (s *paymentScan) state() (events.PaymentState, error) {
	p := s.PaymentState
	utc(&p.Meta)
	if s.failure.Code != "" {
		p.Failure = &s.failure
	}
	if s.redirect != "" {
		p.NextAction = &events.NextAction{RedirectURL: s.redirect}
	}
	if err := errors.Join(optional(s.refunds, &p.Refunds), optional(s.taxes, &p.Taxes)); err != nil {
		return p, fmt.Errorf("read the refunds and taxes of payment %s: %w", p.ID, err)
	}
	return p, nil
}

func scanPayment(row pgx.CollectableRow) (events.PaymentState, error) {
	var s paymentScan
	if err := row.Scan(s.columns()...); err != nil {
		return events.PaymentState{}, err
	}
	return s.state()
}

// paymentDue says that the provider must be asked again; and once more, after a while, unless an answer is recorded.
func paymentDue(ctx context.Context, tx *pg.Tx, subject string, _ time.Time) (message events.Outgoing, again time.Time, err error) {
	p, err := readPayment(ctx, tx, `p.id = $1`, subject)
	if err != nil {
		return message, again, err
	}
	at, open := domain.Payment(p).NextRetry(tx.Now)
	if !open {
		return message, again, pgx.ErrNoRows
	}
	return events.PaymentDue.New(subject, p), at.Add(domain.MoneyMayBeComing), nil
}

// readPayment reads one payment by a condition on p with one parameter.
func readPayment(ctx context.Context, q pg.Querier, condition string, values ...any) (events.PaymentState, error) {
	rows, err := q.Query(ctx, `select `+paymentColumns+`, `+refundsColumn+` from payment p where `+condition, values...)
	if err != nil {
		return events.PaymentState{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanPayment)
}

// getPayment answers with a payment; somebody else's is not found, nor is that of somebody who was erased.
func getPayment(ctx context.Context, s *inbox.Store, e events.Received[events.OwnedLookup]) (events.PaymentState, error) {
	q := e.Data
	return inbox.AtLeast(ctx, s, "payment", q.ID, q.MinVersion, func() (events.PaymentState, int64, error) {
		p, err := readPayment(ctx, s.Reads, `p.id = $1 and ($2 = '' or p.customer_id::text = $2 and not `+barredOwner("p")+`)`, q.ID, q.CustomerID)
		return p, p.Version, err
	})
}

var paymentList = pg.Listing[events.PaymentState]{
	Columns:     paymentColumns + `, ` + refundsColumn,
	From:        `payment p where true`,
	ID:          "p.id",
	Orders:      map[string]pg.SortColumn{"createdAt": {SQL: "p.created_at", Type: "timestamptz"}},
	DefaultSort: "-createdAt",
	Scan:        scanPayment,
}

func listPayments(ctx context.Context, s *inbox.Store, e events.Received[events.PaymentFilter]) (events.Page[events.PaymentState], error) {
	var f pg.Filter
	if e.Data.OrderID != "" {
		f.And(`p.order_id = ?`, e.Data.OrderID)
	}
	if e.Data.CustomerID != "" {
		f.And(`p.customer_id = ?`, e.Data.CustomerID)
	}
	if isOwn(e.By) {
		f.And(`p.customer_id = ? and not `+barredOwner("p"), e.By.ID)
	}
	return paymentList.Page(ctx, s.Reads, e.Data.Paging, &f)
}

func scanStoredPayment(row pgx.CollectableRow) (domain.Payment, error) {
	p, err := scanPayment(row)
	return domain.Payment(p), err
}

// progressOfPayment is a payment as whoever has started it would read it, and whether it has come to its end.
func progressOfPayment(ctx context.Context, s *inbox.Store, id string) (json.RawMessage, bool, error) {
	p, err := readPayment(ctx, s.Reads, `p.id = $1`, id)
	if err != nil {
		return nil, false, err
	}
	now, err := s.Keys.Encode(&p)
	return now, domain.Payment(p).Settled(), err
}
