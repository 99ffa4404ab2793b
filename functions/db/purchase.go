package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// terms are the settings that mutations need.
type terms struct {
	payWithin time.Duration // of an order being placed
	payGrace  time.Duration // what a payment that has begun adds at most
	unpaid    int           // orders that one customer may leave unpaid at a time; 0: any number
	logins    domain.LoginTerms
}

// longestUnpaid is how long an order may wait for its payment, and somewhat more: deadlines fire a little late.
func (t terms) longestUnpaid() time.Duration { return t.payWithin + t.payGrace + time.Minute }

// payGrace is how long a customer who has begun to pay at the last moment has to finish.
const payGrace = 10 * time.Minute

func termsOf(c Config) terms {
	return terms{
		payWithin: c.OrderTTL, payGrace: min(payGrace, c.OrderTTL), unpaid: c.OrderLimit,
		logins: domain.LoginTerms{PerPlace: c.PerPlace, Strangers: c.Strangers},
	}
}

// change is all that a command does to an order and its payment but for stock. It is written in one statement.
type change struct {
	order   *domain.Order
	expires time.Time // when the order ends unless paid; zero leaves it
	payment *domain.Payment
	steps   []domain.Payment // every version the payment went through
	entries []entry
	set     []deadline
	cleared []deadline
}

// entry is one line of the payment ledger: money held, taken, let go or given back.
type entry struct {
	step     events.PaymentStep
	refundID *string
	amount   int64
}

type deadline struct {
	kind    string
	subject string
	at      time.Time
}

func (c *change) move(o domain.Order) { c.order = &o }

// pay takes in the payment's next version, and when the provider must be asked again.
func (c *change) pay(p domain.Payment, now time.Time) {
	c.payment = &p
	c.steps = append(c.steps, p)
	c.clear(paymentDeadline, p.ID)
	if at, open := p.AskAgainAt(now); open {
		c.alarm(paymentDeadline, p.ID, at)
	}
}

func (c *change) money(step events.PaymentStep, refundID *string, amount int64) {
	c.entries = append(c.entries, entry{step: step, refundID: refundID, amount: amount})
}

// expireAt sets when the order ends unless paid.
func (c *change) expireAt(orderID string, at time.Time) {
	c.expires = at
	c.alarm(orderDeadline, orderID, at)
}

func (c *change) alarm(kind, subject string, at time.Time) {
	c.set = append(dropped(c.set, kind, subject), deadline{kind, subject, at})
	c.cleared = dropped(c.cleared, kind, subject)
}

func (c *change) clear(kind, subject string) {
	c.cleared = append(dropped(c.cleared, kind, subject), deadline{kind: kind, subject: subject})
	c.set = dropped(c.set, kind, subject)
}

func dropped(list []deadline, kind, subject string) []deadline {
	var rest []deadline
	for _, d := range list {
		if d.kind != kind || d.subject != subject {
			rest = append(rest, d)
		}
	}
	return rest
}

const writeChange = `
	with moved as (
		update orders set version = @order_version, updated_at = @now, status = @order_status, expires_at = coalesce(@expires::timestamptz, expires_at)
		where id = @order_id::uuid and version = @order_version - 1
		returning id
	), history as (
		insert into order_history (order_id, version, status, at, by_type, by_id, note)
		select id, @order_version, @order_status, @now, @by_type, @by_id, @note from moved
	), extended as (
		update orders set expires_at = @expires::timestamptz
		where id = @expiring_id::uuid
	), paid as (
		insert into payment (id, version, created_at, updated_at, order_id, customer_id, amount, currency, method, provider_ref, status, step,
			attempts, authorized, captured, promised, refunded, failure_code, failure_message, redirect_url)
		select @payment_id::uuid, @payment_version, @created_at, @now, @paid_order::uuid, @customer_id::uuid, @amount, @currency, @method, @provider_ref,
			@payment_status, @step, @attempts, @authorized, @captured, @promised, @refunded, @failure_code, @failure_message, @redirect_url
		where @payment_id::uuid is not null
		on conflict (id) do update set version = excluded.version, updated_at = excluded.updated_at, provider_ref = excluded.provider_ref,
			status = excluded.status, step = excluded.step, attempts = excluded.attempts, authorized = excluded.authorized,
			captured = excluded.captured, promised = excluded.promised, refunded = excluded.refunded, failure_code = excluded.failure_code,
			failure_message = excluded.failure_message, redirect_url = excluded.redirect_url
		where payment.version = excluded.version - @versions
		returning id
	), steps as (
		insert into payment_history (payment_id, version, status, step, at)
		select paid.id, s.version, s.status, s.step, @now
		from paid, unnest(@step_versions::bigint[], @step_statuses::text[], @step_steps::text[]) as s (version, status, step)
	), refunds as (
		insert into refund (id, payment_id, position, amount, reason, status, requested_at)
		select r.id, paid.id, r.position, r.amount, r.reason, r.status, @now
		from paid, unnest(@refund_ids::uuid[], @refund_amounts::bigint[], @refund_reasons::text[], @refund_statuses::text[])
			with ordinality as r (id, amount, reason, status, position)
		on conflict (id) do update set status = excluded.status where refund.status <> excluded.status
	), ledger as (
		insert into payment_ledger (payment_id, step, refund_id, amount, currency, at)
		select paid.id, e.step, e.refund_id, e.amount, @currency, @now
		from paid, unnest(@entry_steps::text[], @entry_refunds::uuid[], @entry_amounts::bigint[]) as e (step, refund_id, amount)
	), alarms as (
		insert into deadline (kind, subject, due_at)
		select * from unnest(@set_kinds::text[], @set_subjects::uuid[], @set_times::timestamptz[])
		on conflict (kind, subject) do update set due_at = excluded.due_at, fired_at = null
	), silenced as (
		delete from deadline d using unnest(@clear_kinds::text[], @clear_subjects::uuid[]) as c (kind, subject)
		where d.kind = c.kind and d.subject = c.subject
	)
	select (select count(*) from moved), (select count(*) from paid)`

// write stores the change. Error: a version is not the one the change follows, which the row locks make impossible.
func (c *change) write(ctx context.Context, tx *Tx) error {
	args := pgx.NamedArgs{"now": tx.Now}
	c.orderArgs(args)
	c.paymentArgs(args)
	c.listArgs(args)
	var orders, payments int
	if err := tx.WriteRow(ctx, writeChange, args).Scan(&orders, &payments); err != nil {
		return err
	}
	if orders != count(c.order != nil) || payments != count(c.payment != nil) {
		return fmt.Errorf("%d orders and %d payments were written, %d and %d were meant", orders, payments, count(c.order != nil), count(c.payment != nil))
	}
	return nil
}

func count(there bool) int {
	if there {
		return 1
	}
	return 0
}

func (c *change) orderArgs(args pgx.NamedArgs) {
	var o domain.Order
	var id, expiring *string
	var expires *time.Time
	last := events.OrderStep{}
	if c.order != nil {
		o, id = *c.order, &c.order.ID
		last = o.History[len(o.History)-1]
	}
	if !c.expires.IsZero() {
		expires = &c.expires
		if c.order == nil && c.payment != nil {
			expiring = &c.payment.OrderID
		}
	}
	args["order_id"], args["order_version"], args["order_status"], args["expires"], args["expiring_id"] = id, o.Version, string(o.Status), expires, expiring
	args["by_type"], args["by_id"], args["note"] = string(last.By.Type), last.By.ID, last.Note
}

func (c *change) paymentArgs(args pgx.NamedArgs) {
	var p domain.Payment
	var id, order, customer *string
	if c.payment != nil {
		p = *c.payment
		id, order, customer = &p.ID, &p.OrderID, &p.CustomerID
	}
	args["payment_id"], args["paid_order"], args["customer_id"] = id, order, customer
	args["payment_version"], args["versions"], args["created_at"] = p.Version, int64(len(c.steps)), p.CreatedAt
	args["amount"], args["currency"], args["method"], args["provider_ref"] = p.Amount.Amount, p.Amount.Currency, p.PaymentMethod, p.ProviderRef
	args["payment_status"], args["step"], args["attempts"] = string(p.Status), string(p.Step), p.Attempts
	args["authorized"], args["captured"], args["promised"], args["refunded"] = p.Authorized, p.Captured, p.Captured-p.Refundable(), p.Refunded
	args["failure_code"], args["failure_message"], args["redirect_url"] = "", "", ""
	if p.Failure != nil {
		args["failure_code"], args["failure_message"] = p.Failure.Code, p.Failure.Message
	}
	if p.NextAction != nil {
		args["redirect_url"] = p.NextAction.RedirectURL
	}
	var ids, statuses []string
	var amounts []int64
	var reasons []events.Words
	for _, r := range p.Refunds {
		ids, amounts, reasons, statuses = append(ids, r.ID), append(amounts, r.Amount), append(reasons, r.Reason), append(statuses, string(r.Status))
	}
	args["refund_ids"], args["refund_amounts"], args["refund_reasons"], args["refund_statuses"] = ids, amounts, reasons, statuses
}

func (c *change) listArgs(args pgx.NamedArgs) {
	var versions, amounts []int64
	var statuses, steps, entrySteps, setKinds, setSubjects, clearKinds, clearSubjects []string
	var refunds []*string
	var times []time.Time
	for _, s := range c.steps {
		versions, statuses, steps = append(versions, s.Version), append(statuses, string(s.Status)), append(steps, string(s.Step))
	}
	for _, e := range c.entries {
		entrySteps, refunds, amounts = append(entrySteps, string(e.step)), append(refunds, e.refundID), append(amounts, e.amount)
	}
	for _, d := range c.set {
		setKinds, setSubjects, times = append(setKinds, d.kind), append(setSubjects, d.subject), append(times, d.at)
	}
	for _, d := range c.cleared {
		clearKinds, clearSubjects = append(clearKinds, d.kind), append(clearSubjects, d.subject)
	}
	args["step_versions"], args["step_statuses"], args["step_steps"] = versions, statuses, steps
	args["entry_steps"], args["entry_refunds"], args["entry_amounts"] = entrySteps, refunds, amounts
	args["set_kinds"], args["set_subjects"], args["set_times"] = setKinds, setSubjects, times
	args["clear_kinds"], args["clear_subjects"] = clearKinds, clearSubjects
}
