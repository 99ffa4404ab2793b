package db

import (
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// payment is the money for an order, there and back.
var payment = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.StartPayment, func(c events.Received[events.PaymentRequest]) inbox.Needs {
			n := inbox.Needs{paymentByID: {c.Subject}, orderByID: {c.Data.OrderID}, paymentsOfOrder: {c.Data.OrderID}}
			if c.Data.Network != "" {
				n[declinedAtNetwork] = []string{c.Data.Network}
			}
			if c.By.Type == events.Shopper {
				n[declinedOfCustomer] = []string{c.By.ID}
			}
			if c.By.IsGuest() {
				n[declinedOfGuest] = []string{c.Data.OrderID}
			}
			return n
		}, domain.StartPayment, domain.PaymentRequest),
		inbox.Decide(events.RecordPayment, func(c events.Received[events.PaymentAnswer]) inbox.Needs {
			return inbox.Needs{paymentByID: {c.Subject}, orderOfPayment: {c.Subject}}
		}, domain.RecordPayment),
		inbox.Decide(events.CancelPayment, func(c events.Received[events.PaymentCancellation]) inbox.Needs {
			return inbox.Needs{paymentByID: {c.Subject}, orderOfPayment: {c.Subject}}
		}, domain.CancelPayment),
		inbox.Decide(events.RefundPayment, func(c events.Received[events.RefundRequest]) inbox.Needs {
			return inbox.Needs{paymentByID: {c.Subject}, orderOfPayment: {c.Subject}}
		}, domain.RefundPayment),
	},
	Tables:  []inbox.Table{paymentTable, buyersTable},
	Queries: []inbox.Query{inbox.Answer(events.GetPayment, getPayment), inbox.Answer(events.ListPayments, listPayments)},
	Refusals: map[string]*events.Problem{
		"a payment has one row":              domain.PaymentExists,
		"an order has one payment under way": domain.PaymentInProgress,
	},
	Deadlines: map[string]inbox.Due{domain.PaymentDeadline: paymentDue},
	Progress: map[string]inbox.Progress{
		events.PaymentStarted.Type(): progressOfPayment, events.PaymentVoidRequested.Type(): progressOfPayment, events.PaymentUnchanged.Type(): progressOfPayment,
	},
	Purge:   forgetNetworks,
	Tallies: []inbox.Tally{paymentsTally, refundsTally},
}

// How payments are found.
var (
	paymentByID        = inbox.ByKey("payment", domain.Payments)
	paymentsOfOrder    = inbox.Through("payments of order")
	declinedOfCustomer = inbox.Through("declined payments of customer") // of late, and whether they have bought before; only read
	declinedAtNetwork  = inbox.ThroughText("declined payments at a network")
)

// forgetNetworks is a purge: from where a payment came that was declined counts for a day (domain.DeclinedWithin).
const forgetNetworks = `update payment set network = '' where id in (
	select id from payment where status = 'declined' and network <> '' and created_at < now() - interval '25 hours' limit $1 for update skip locked)`

// paymentTable is without a lock of its own: whoever changes a payment holds its order's.
var paymentTable = inbox.Table{
	Writes: []string{"payment", "payment_history", "refund", "payment_ledger"},
	Read: inbox.Statement{
		SQL: `select ` + paymentColumns + `, ` + refundsColumn + ` from payment p
			where p.id = any($1::uuid[] || array(select q.id from payment q where q.order_id = any($2::uuid[] || ` + unpaidOrders("3") + `))
				|| array(select d.id from payment d where d.customer_id = any($4::uuid[]) and d.created_at > $6 and d.status = 'declined')
				|| case when $7 then array(select d.id from payment d where d.network = any($5::text[]) and d.created_at > $6 and d.status = 'declined' and d.network <> '') end)`,
		By: []*inbox.Need{paymentByID, paymentsOfOrder, unpaidOrdersOf, declinedOfCustomer, declinedAtNetwork},
		And: func(now inbox.Moment) []any {
			return []any{now.At.Add(-domain.DeclinedWithin), now.Limits.DeclinedAtNetwork > 0}
		},
	},
	Load: inbox.Loads(domain.Payments, scanStoredPayment, func(p domain.Payment) string { return p.ID }),
	Save: savePayments,
}

// buyersTable is who has bought before, of those who begin to pay. It is asked only where a network has a bound.
var buyersTable = inbox.Table{
	Read: inbox.Statement{
		SQL: `select c.id::text from (select distinct id from unnest($1::uuid[]) as k (id) where $3) as c
			where exists (select from payment p where p.customer_id = c.id and p.created_at < $2 and p.captured > p.refunded)`,
		By: []*inbox.Need{declinedOfCustomer}, And: func(now inbox.Moment) []any {
			return []any{now.At.Add(-domain.BoughtBefore), now.Limits.DeclinedAtNetwork > 0}
		},
	},
	Load: func(rows *domain.Rows, answer pgx.Rows) error {
		var customer string
		_, err := pgx.ForEachRow(answer, []any{&customer}, func() error {
			domain.Buyers.Load(rows, customer, true)
			return nil
		})
		return err
	},
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
	paymentSet = pg.SetOf("payment", []pg.Column[domain.Payment]{
		pg.Col("id", "uuid", func(p domain.Payment) string { return p.ID }),
		pg.Col("version", "bigint", versionOfPayment),
		pg.Col("created_at", "timestamptz", func(p domain.Payment) time.Time { return p.CreatedAt }),
		pg.Col("updated_at", "timestamptz", func(p domain.Payment) time.Time { return p.UpdatedAt }),
		pg.Col("order_id", "uuid", func(p domain.Payment) string { return p.OrderID }),
		pg.Col("customer_id", "uuid", func(p domain.Payment) string { return p.CustomerID }),
		pg.Col("amount", "bigint", func(p domain.Payment) int64 { return p.Amount.Amount }),
		pg.Col("currency", "text", func(p domain.Payment) string { return p.Amount.Currency }),
		pg.Col("method", "text", func(p domain.Payment) string { return p.PaymentMethod }),
		pg.Col("provider_ref", "text", func(p domain.Payment) string { return p.ProviderRef }),
		pg.Col("status", "text", func(p domain.Payment) string { return string(p.Status) }),
		pg.Col("step", "text", func(p domain.Payment) string { return string(p.Step) }),
		pg.Col("attempts", "int", func(p domain.Payment) int64 { return int64(p.Attempts) }),
		pg.Col("authorized", "bigint", func(p domain.Payment) int64 { return p.Authorized }),
		pg.Col("captured", "bigint", func(p domain.Payment) int64 { return p.Captured }),
		pg.Col("promised", "bigint", func(p domain.Payment) int64 { return p.Captured - p.Refundable() }),
		pg.Col("refunded", "bigint", func(p domain.Payment) int64 { return p.Refunded }),
		pg.Col("failure_code", "text", func(p domain.Payment) string { return failureOf(p).Code }),
		pg.Col("failure_message", "text", func(p domain.Payment) string { return failureOf(p).Message }),
		pg.Col("redirect_url", "text", redirectOf),
		pg.Col("return_url", "text", func(p domain.Payment) string { return p.ReturnURL }),
		pg.Col("return_page", "text", func(p domain.Payment) events.Personal { return p.ReturnPage }),
		pg.Col("network", "text", func(p domain.Payment) string { return p.Network }),
	}, "version", "updated_at", "provider_ref", "status", "step", "attempts", "authorized", "captured", "promised", "refunded",
		"failure_code", "failure_message", "redirect_url", "return_url", "return_page", "network")
	paymentHistorySet = pg.SetOf("payment_history", []pg.Column[paymentVersion]{
		pg.Col("payment_id", "uuid", func(v paymentVersion) string { return v.PaymentID }),
		pg.Col("version", "bigint", func(v paymentVersion) int64 { return v.Version }),
		pg.Col("status", "text", func(v paymentVersion) string { return string(v.Status) }),
		pg.Col("step", "text", func(v paymentVersion) string { return string(v.Step) }),
		pg.Col("at", "timestamptz", func(v paymentVersion) time.Time { return v.at }),
	})
	refundSet = pg.SetOf("refund", []pg.Column[refund]{
		pg.Col("id", "uuid", func(r refund) string { return r.ID }),
		pg.Col("payment_id", "uuid", func(r refund) string { return r.payment }),
		pg.Col("position", "int", func(r refund) int64 { return r.position }),
		pg.Col("amount", "bigint", func(r refund) int64 { return r.Amount }),
		pg.Col("taxes", "text", func(r refund) string { return numbers(r.Taxes) }).As("c.taxes::bigint[]"),
		pg.Col("reason", "text", func(r refund) events.Words { return r.Reason }),
		pg.Col("status", "text", func(r refund) string { return string(r.Status) }),
		pg.Col("requested_at", "timestamptz", func(r refund) time.Time { return r.at }),
	}, "status")
	paymentLedgerSet = pg.SetOf("payment_ledger", []pg.Column[paymentEntry]{
		pg.Col("payment_id", "uuid", func(e paymentEntry) string { return e.PaymentID }),
		pg.Col("step", "text", func(e paymentEntry) string { return string(e.Step) }),
		pg.Col("refund_id", "uuid", func(e paymentEntry) *string { return pg.OrNull(e.RefundID) }),
		pg.Col("amount", "bigint", func(e paymentEntry) int64 { return e.Amount.Amount }),
		pg.Col("currency", "text", func(e paymentEntry) string { return e.Amount.Currency }),
		pg.Col("at", "timestamptz", func(e paymentEntry) time.Time { return e.at }),
	})
)

// numbers is a list as Postgres writes it.
func numbers(all []int64) string {
	texts := make([]string, len(all))
	for i, n := range all {
		texts[i] = strconv.FormatInt(n, 10)
	}
	return "{" + strings.Join(texts, ",") + "}"
}

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

func savePayments(now inbox.Moment, rows *domain.Rows) []pg.Write {
	changes := domain.Payments.Changes(rows)
	var versions []paymentVersion
	for _, v := range domain.PaymentHistory.Added(rows) {
		versions = append(versions, paymentVersion{v, now.At})
	}
	var entries []paymentEntry
	for _, e := range domain.PaymentLedger.Added(rows) {
		entries = append(entries, paymentEntry{e, now.At})
	}
	all := inbox.Saves(paymentSet, changes, versionOfPayment)
	all = append(all, paymentHistorySet.Insert(versions)...)
	all = append(all, inbox.Saves(refundSet, refundChanges(now, changes), nil)...)
	return append(all, paymentLedgerSet.Insert(entries)...)
}

// refundChanges is the refunds among the changes of payments: new ones, and those that have come to another state.
func refundChanges(now inbox.Moment, payments []domain.Change[domain.Payment]) (changes []domain.Change[refund]) {
	for _, p := range payments {
		before := p.Before.Refunds
		for i, r := range p.After.Refunds {
			made := i >= len(before)
			if made || before[i].Status != r.Status {
				changes = append(changes, domain.Change[refund]{After: refund{r, p.After.ID, int64(i + 1), now.At}, Made: made})
			}
		}
	}
	return changes
}
