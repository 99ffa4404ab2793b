package db

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// notification is a mail to a customer or to staff.
var notification = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.ClaimNotification, claimNeeds, domain.ClaimNotification),
		inbox.Decide(events.RecordNotification, func(c events.Received[events.NotificationResult]) inbox.Needs {
			return inbox.Needs{notificationByID: {c.Subject}}
		}, domain.RecordNotification),
	},
	Tables:    []inbox.Table{addressedTable, notificationTable, mailedOrdersTable},
	Queries:   []inbox.Query{inbox.Answer(events.GetNotification, getNotification), inbox.Answer(events.ListNotifications, listNotifications)},
	Deadlines: map[string]inbox.Due{domain.NotificationDeadline: notificationDue},
	Purge:     forgetAddressed,
	Tallies:   []inbox.Tally{mailsTally},
}

// How mails are found.
var (
	notificationByID = inbox.ByKey("mail", domain.Notifications)
	mailsOfOrder     = inbox.Through("mails of an order") // whether there are any
)

// claimNeeds is a mail, whom it is to, and the order that it is about.
func claimNeeds(c events.Received[events.NotificationClaim]) inbox.Needs {
	n := inbox.Needs{notificationByID: {c.Subject}}
	if domain.HasReset(c.Data.Kind) {
		n[resetOfAccount] = []string{cmp.Or(c.Data.UserID, c.Data.CustomerID)}
	}
	if c.Data.Kind == events.WelcomeMail || c.Data.VerificationID != "" {
		n[verificationOfCustomer] = []string{c.Data.CustomerID}
	}
	if c.Data.UserID != "" {
		n[userReadOnly] = []string{c.Data.UserID}
		return n
	}
	counted := domain.MayBeUnproven(c.Data.Kind)
	if c.Data.OrderID != "" && domain.ID(c.Data.OrderID) == domain.ID(c.Data.CustomerID) { // a guest
		n[orderReadOnly] = []string{c.Data.OrderID}
		if counted {
			n[mailsToGuest] = []string{c.Data.OrderID}
		}
		if domain.MayBeUnasked(c.Data.Kind) {
			n[historyOfOrder], n[mailsOfOrder] = []string{c.Data.OrderID}, []string{c.Data.OrderID}
		}
		return n
	}
	n[customerReadOnly], n[orderReadOnly] = []string{c.Data.CustomerID}, ifAny(c.Data.OrderID)
	if counted {
		n[mailsToCustomer] = []string{c.Data.CustomerID}
	}
	return n
}

const notificationColumns = `
	n.id::text, n.version, n.created_at, n.updated_at, n.kind, n.to_address, n.to_name,
	case when n.to_staff then '' else n.customer_id::text end, case when n.to_staff then n.customer_id::text else '' end, coalesce(n.order_id::text, ''), coalesce(n.part_id::text, ''),
	n.amount, n.currency, n.status, n.attempts, n.message_id, n.token, n.lease_until, n.reason, coalesce(n.reset_id::text, ''), coalesce(n.verification_id::text, ''), n.language, coalesce(n.product_id::text, '')`

func scanNotification(row pgx.CollectableRow) (events.NotificationState, error) {
	return readNotification(row)
}

func readNotification(row pgx.Row) (n events.NotificationState, err error) {
	var amount *int64
	var currency *string
	err = row.Scan(&n.ID, &n.Version, &n.CreatedAt, &n.UpdatedAt, &n.Kind, &n.To, &n.Name, &n.CustomerID, &n.UserID, &n.OrderID, &n.PartID,
		&amount, &currency, &n.Status, &n.Attempts, &n.MessageID, &n.Token, &n.LeaseUntil, &n.Reason, &n.ResetID, &n.VerificationID, &n.Language, &n.ProductID)
	utc(&n.Meta)
	if n.LeaseUntil != nil {
		*n.LeaseUntil = n.LeaseUntil.UTC()
	}
	if amount != nil && currency != nil {
		n.Amount = &events.Money{Amount: *amount, Currency: *currency}
	}
	return n, err
}

// notificationTable locks mails that may not be there yet, so that of two claims at one moment one comes second.
var notificationTable = inbox.Table{
	Writes: []string{"notification"},
	Lock: inbox.Statement{
		SQL: `select pg_advisory_xact_lock(hashtextextended('mart: mail ' || id, 0))
			from (select distinct id from unnest($1::uuid[]) as m (id) order by id) m`,
		By: []*inbox.Need{notificationByID},
	},
	Read: inbox.Statement{SQL: `select ` + notificationColumns + ` from notification n where n.id = any($1::uuid[])`, By: []*inbox.Need{notificationByID}},
	Load: inbox.Loads(domain.Notifications, scanNotification, func(n events.NotificationState) string { return n.ID }),
	Save: func(_ inbox.Moment, rows *domain.Rows) []pg.Write {
		return inbox.Saves(notificationSet, domain.Notifications.Changes(rows), versionOfNotification)
	},
}

// mailedOrdersTable is of which orders a mail went out, or may be going out.
var mailedOrdersTable = inbox.Table{
	Read: inbox.Statement{
		SQL: `select distinct n.order_id::text from notification n where n.order_id = any($1::uuid[]) and n.status <> 'failed'`,
		By:  []*inbox.Need{mailsOfOrder},
	},
	Load: func(rows *domain.Rows, answer pgx.Rows) error {
		var order string
		_, err := pgx.ForEachRow(answer, []any{&order}, func() error {
			domain.MailedOrders.Load(rows, order, true)
			return nil
		})
		return err
	},
}

func versionOfNotification(n events.NotificationState) int64 { return n.Version }

var notificationSet = pg.SetOf("notification", []pg.Column[events.NotificationState]{
	pg.Col("id", "uuid", func(n events.NotificationState) string { return n.ID }),
	pg.Col("version", "bigint", versionOfNotification),
	pg.Col("created_at", "timestamptz", func(n events.NotificationState) time.Time { return n.CreatedAt }),
	pg.Col("updated_at", "timestamptz", func(n events.NotificationState) time.Time { return n.UpdatedAt }),
	pg.Col("kind", "text", func(n events.NotificationState) string { return string(n.Kind) }),
	pg.Col("to_address", "text", func(n events.NotificationState) events.Personal { return n.To }),
	pg.Col("to_name", "text", func(n events.NotificationState) events.Personal { return n.Name }),
	pg.Col("customer_id", "uuid", func(n events.NotificationState) string { return cmp.Or(n.UserID, n.CustomerID) }),
	pg.Col("to_staff", "bool", func(n events.NotificationState) bool { return n.UserID != "" }),
	pg.Col("order_id", "uuid", func(n events.NotificationState) *string { return pg.OrNull(n.OrderID) }),
	pg.Col("part_id", "uuid", func(n events.NotificationState) *string { return pg.OrNull(n.PartID) }),
	pg.Col("amount", "bigint", func(n events.NotificationState) *int64 {
		if n.Amount == nil {
			return nil
		}
		return &n.Amount.Amount
	}),
	pg.Col("currency", "text", func(n events.NotificationState) *string {
		if n.Amount == nil {
			return nil
		}
		return &n.Amount.Currency
	}),
	pg.Col("status", "text", func(n events.NotificationState) string { return string(n.Status) }),
	pg.Col("attempts", "int", func(n events.NotificationState) int64 { return int64(n.Attempts) }),
	pg.Col("message_id", "text", func(n events.NotificationState) string { return n.MessageID }),
	pg.Col("token", "text", func(n events.NotificationState) string { return n.Token }),
	pg.Col("lease_until", "timestamptz", func(n events.NotificationState) *time.Time { return n.LeaseUntil }),
	pg.Col("reason", "text", func(n events.NotificationState) string { return n.Reason }),
	pg.Col("reset_id", "uuid", func(n events.NotificationState) *string { return pg.OrNull(n.ResetID) }),
	pg.Col("verification_id", "uuid", func(n events.NotificationState) *string { return pg.OrNull(n.VerificationID) }),
	pg.Col("product_id", "uuid", func(n events.NotificationState) *string { return pg.OrNull(n.ProductID) }),
	pg.Col("language", "text", func(n events.NotificationState) string { return string(n.Language) }),
}, "version", "updated_at", "to_address", "to_name", "status", "attempts", "token", "lease_until", "reason", "verification_id", "language")

// notificationDue says that a lease has lapsed with nothing recorded; again every minute until somebody has claimed the mail.
func notificationDue(ctx context.Context, tx *pg.Tx, subject string, _ time.Time) (message events.Outgoing, again time.Time, err error) {
	n, err := readNotification(tx.QueryRow(ctx, `select `+notificationColumns+` from notification n where n.id = $1 and n.status = 'sending'`, subject))
	if err != nil {
		return message, again, err
	}
	return events.NotificationDue.New(subject, n), tx.Now.Add(time.Minute), nil
}

// getNotification answers with a mail. Error: Problem not_found.
func getNotification(ctx context.Context, s *inbox.Store, e events.Received[events.Lookup]) (events.NotificationState, error) {
	return inbox.AtLeast(ctx, s, "notification", e.Data.ID, e.Data.MinVersion, func() (events.NotificationState, int64, error) {
		n, err := readNotification(s.Reads.QueryRow(ctx, `select `+notificationColumns+` from notification n where n.id = $1`, e.Data.ID))
		return n, n.Version, err
	})
}

var notificationList = pg.Listing[events.NotificationState]{
	Columns:     notificationColumns,
	From:        `notification n where true`,
	ID:          "n.id",
	Orders:      map[string]pg.SortColumn{"createdAt": {SQL: "n.created_at", Type: "timestamptz"}},
	DefaultSort: "-createdAt",
	Scan:        scanNotification,
}

// fewInState is by what the few mails of a state are found, beside the state. That has no index: each mail would be written into it anew with each step.
// What has failed says why, and what is being sent has a deadline.
var fewInState = map[events.NotificationStatus]string{
	events.NotificationFailed:  ` and n.reason <> ''`,
	events.NotificationSending: ` and n.id = any(array(select d.subject from deadline d where d.kind = '` + domain.NotificationDeadline + `'))`,
}

func listNotifications(ctx context.Context, s *inbox.Store, e events.Received[events.NotificationFilter]) (events.Page[events.NotificationState], error) {
	var f pg.Filter
	if e.Data.OrderID != "" {
		f.And(`n.order_id = ?`, e.Data.OrderID)
	}
	if e.Data.CustomerID != "" {
		f.And(`not n.to_staff and n.customer_id = ?`, e.Data.CustomerID)
	}
	if e.Data.Kind != "" {
		f.And(`n.kind = ?`, string(e.Data.Kind))
	}
	if e.Data.Status != "" {
		f.And(`n.status = ?`+fewInState[e.Data.Status], string(e.Data.Status))
	}
	return notificationList.Page(ctx, s.Reads, e.Data.Paging, &f)
}
