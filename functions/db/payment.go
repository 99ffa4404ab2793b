package db

import (
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

var paymentMutations = []mutation{
	decide(events.StartPayment, func(c events.Received[events.PaymentRequest]) needs {
		return needs{paymentByID: {c.Subject}, orderByID: {c.Data.OrderID}, paymentsOfOrder: {c.Data.OrderID}}
	}, domain.StartPayment),
	decide(events.RecordPayment, func(c events.Received[events.PaymentAnswer]) needs {
		return needs{paymentByID: {c.Subject}, orderOfPayment: {c.Subject}}
	}, domain.RecordPayment),
	decide(events.RefundPayment, func(c events.Received[events.RefundRequest]) needs {
		return needs{paymentByID: {c.Subject}, orderOfPayment: {c.Subject}}
	}, domain.RefundPayment),
}

// How payments are found.
var (
	paymentByID     = byKey("payment", domain.Payments)
	paymentsOfOrder = through("payments of order")
)

// paymentTable is without a lock of its own: whoever changes a payment holds its order's.
var paymentTable = table{
	read: query{
		sql: `select ` + paymentColumns + `, ` + refundsColumn + ` from payment p
			where p.id = any($1::uuid[] || array(select q.id from payment q where q.order_id = any($2::uuid[])))`,
		by: []*need{paymentByID, paymentsOfOrder},
	},
	load: loads(domain.Payments, scanStoredPayment, func(p domain.Payment) string { return p.ID }),
	save: savePayments,
}

type refund struct {
	events.PaymentRefund
	payment  string
	position int64
	at       time.Time
}

// paymentVersion is a line of a payment's history and the moment of it.
type paymentVersion struct {
	domain.PaymentVersion
	at time.Time
}

type paymentEntry struct {
	domain.PaymentEntry
	at time.Time
}

var (
	paymentSet = setOf("payment", []field[domain.Payment]{
		col("id", "uuid", func(p domain.Payment) string { return p.ID }),
		col("version", "bigint", versionOfPayment),
		col("created_at", "timestamptz", func(p domain.Payment) time.Time { return p.CreatedAt }),
		col("updated_at", "timestamptz", func(p domain.Payment) time.Time { return p.UpdatedAt }),
		col("order_id", "uuid", func(p domain.Payment) string { return p.OrderID }),
		col("customer_id", "uuid", func(p domain.Payment) string { return p.CustomerID }),
		col("amount", "bigint", func(p domain.Payment) int64 { return p.Amount.Amount }),
		col("currency", "text", func(p domain.Payment) string { return p.Amount.Currency }),
		col("method", "text", func(p domain.Payment) string { return p.PaymentMethod }),
		col("provider_ref", "text", func(p domain.Payment) string { return p.ProviderRef }),
		col("status", "text", func(p domain.Payment) string { return string(p.Status) }),
		col("step", "text", func(p domain.Payment) string { return string(p.Step) }),
		col("attempts", "int", func(p domain.Payment) int64 { return int64(p.Attempts) }),
		col("authorized", "bigint", func(p domain.Payment) int64 { return p.Authorized }),
		col("captured", "bigint", func(p domain.Payment) int64 { return p.Captured }),
		col("promised", "bigint", func(p domain.Payment) int64 { return p.Captured - p.Refundable() }),
		col("refunded", "bigint", func(p domain.Payment) int64 { return p.Refunded }),
		col("failure_code", "text", func(p domain.Payment) string { return failureOf(p).Code }),
		col("failure_message", "text", func(p domain.Payment) string { return failureOf(p).Message }),
		col("redirect_url", "text", redirectOf),
	}, "version", "updated_at", "provider_ref", "status", "step", "attempts", "authorized", "captured", "promised", "refunded",
		"failure_code", "failure_message", "redirect_url")
	paymentHistorySet = setOf("payment_history", []field[paymentVersion]{
		col("payment_id", "uuid", func(v paymentVersion) string { return v.PaymentID }),
		col("version", "bigint", func(v paymentVersion) int64 { return v.Version }),
		col("status", "text", func(v paymentVersion) string { return string(v.Status) }),
		col("step", "text", func(v paymentVersion) string { return string(v.Step) }),
		col("at", "timestamptz", func(v paymentVersion) time.Time { return v.at }),
	})
	refundSet = setOf("refund", []field[refund]{
		col("id", "uuid", func(r refund) string { return r.ID }),
		col("payment_id", "uuid", func(r refund) string { return r.payment }),
		col("position", "int", func(r refund) int64 { return r.position }),
		col("amount", "bigint", func(r refund) int64 { return r.Amount }),
		col("reason", "text", func(r refund) events.Words { return r.Reason }),
		col("status", "text", func(r refund) string { return string(r.Status) }),
		col("requested_at", "timestamptz", func(r refund) time.Time { return r.at }),
	}, "status")
	paymentLedgerSet = setOf("payment_ledger", []field[paymentEntry]{
		col("payment_id", "uuid", func(e paymentEntry) string { return e.PaymentID }),
		col("step", "text", func(e paymentEntry) string { return string(e.Step) }),
		col("refund_id", "uuid", func(e paymentEntry) *string { return orNull(e.RefundID) }),
		col("amount", "bigint", func(e paymentEntry) int64 { return e.Amount.Amount }),
		col("currency", "text", func(e paymentEntry) string { return e.Amount.Currency }),
		col("at", "timestamptz", func(e paymentEntry) time.Time { return e.at }),
	})
)

func versionOfPayment(p domain.Payment) int64 { return p.Version }

func failureOf(p domain.Payment) events.PaymentFailure {
	if p.Failure == nil {
		return events.PaymentFailure{}
	}
	return *p.Failure
}

func redirectOf(p domain.Payment) string {
	if p.NextAction == nil {
		return ""
	}
	return p.NextAction.RedirectURL
}

func savePayments(now moment, rows *domain.Rows) []write {
	changes := domain.Payments.Changes(rows)
	var versions []paymentVersion
	for _, v := range domain.PaymentHistory.Added(rows) {
		versions = append(versions, paymentVersion{v, now.at})
	}
	var entries []paymentEntry
	for _, e := range domain.PaymentLedger.Added(rows) {
		entries = append(entries, paymentEntry{e, now.at})
	}
	all := paymentSet.saves(changes, versionOfPayment)
	all = append(all, paymentHistorySet.adds(versions)...)
	all = append(all, refundSet.saves(refundChanges(now, changes), nil)...)
	return append(all, paymentLedgerSet.adds(entries)...)
}

// refundChanges is the refunds among the changes of payments: new ones, and those that have come to another state.
func refundChanges(now moment, payments []domain.Change[domain.Payment]) (changes []domain.Change[refund]) {
	for _, p := range payments {
		before := p.Before.Refunds
		for i, r := range p.After.Refunds {
			made := i >= len(before)
			if made || before[i].Status != r.Status {
				changes = append(changes, domain.Change[refund]{After: refund{r, p.After.ID, int64(i + 1), now.at}, Made: made})
			}
		}
	}
	return changes
}
