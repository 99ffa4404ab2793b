package db

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

var notificationMutations = []mutation{
	decide(events.ClaimNotification, claimNeeds, domain.ClaimNotification),
	decide(events.RecordNotification, func(c events.Received[events.NotificationResult]) needs {
		return needs{notificationByID: {c.Subject}}
	}, domain.RecordNotification),
}

// notificationByID is how mails are found.
var notificationByID = byKey("mail", domain.Notifications)

// claimNeeds is a mail, whom it is to, and the order that it confirms.
func claimNeeds(c events.Received[events.NotificationClaim]) needs {
	if c.Data.UserID != "" {
		return needs{notificationByID: {c.Subject}, userReadBy: {c.Data.UserID}}
	}
	n := needs{notificationByID: {c.Subject}, customerReadBy: {c.Data.CustomerID}}
	if c.Data.Kind == events.OrderConfirmation {
		n[orderReadBy] = ifAny(c.Data.OrderID)
	}
	return n
}

const notificationColumns = `
	n.id::text, n.version, n.created_at, n.updated_at, n.kind, n.to_address, n.to_name,
	case when n.to_staff then '' else n.customer_id::text end, case when n.to_staff then n.customer_id::text else '' end, coalesce(n.order_id::text, ''),
	n.amount, n.currency, n.status, n.attempts, n.message_id, n.token, n.lease_until, n.reason`

func scanNotification(row pgx.CollectableRow) (events.NotificationState, error) {
	return readNotification(row)
}

func readNotification(row pgx.Row) (n events.NotificationState, err error) {
	var amount *int64
	var currency *string
	err = row.Scan(&n.ID, &n.Version, &n.CreatedAt, &n.UpdatedAt, &n.Kind, &n.To, &n.Name, &n.CustomerID, &n.UserID, &n.OrderID,
		&amount, &currency, &n.Status, &n.Attempts, &n.MessageID, &n.Token, &n.LeaseUntil, &n.Reason)
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
var notificationTable = table{
	lock: query{
		sql: `select pg_advisory_xact_lock(hashtextextended('mart: mail ' || id, 0))
			from (select distinct id from unnest($1::uuid[]) as m (id) order by id) m`,
		by: []*need{notificationByID},
	},
	read: query{sql: `select ` + notificationColumns + ` from notification n where n.id = any($1::uuid[])`, by: []*need{notificationByID}},
	load: loads(domain.Notifications, scanNotification, func(n events.NotificationState) string { return n.ID }),
	save: func(_ moment, rows *domain.Rows) []write {
		return notificationSet.saves(domain.Notifications.Changes(rows), versionOfNotification)
	},
}

func versionOfNotification(n events.NotificationState) int64 { return n.Version }

var notificationSet = setOf("notification", []field[events.NotificationState]{
	col("id", "uuid", func(n events.NotificationState) string { return n.ID }),
	col("version", "bigint", versionOfNotification),
	col("created_at", "timestamptz", func(n events.NotificationState) time.Time { return n.CreatedAt }),
	col("updated_at", "timestamptz", func(n events.NotificationState) time.Time { return n.UpdatedAt }),
	col("kind", "text", func(n events.NotificationState) string { return string(n.Kind) }),
	col("to_address", "text", func(n events.NotificationState) events.Personal { return n.To }),
	col("to_name", "text", func(n events.NotificationState) events.Personal { return n.Name }),
	col("customer_id", "uuid", func(n events.NotificationState) string { return cmp.Or(n.UserID, n.CustomerID) }),
	col("to_staff", "bool", func(n events.NotificationState) bool { return n.UserID != "" }),
	col("order_id", "uuid", func(n events.NotificationState) *string { return orNull(n.OrderID) }),
	col("amount", "bigint", func(n events.NotificationState) *int64 {
		if n.Amount == nil {
			return nil
		}
		return &n.Amount.Amount
	}),
	col("currency", "text", func(n events.NotificationState) *string {
		if n.Amount == nil {
			return nil
		}
		return &n.Amount.Currency
	}),
	col("status", "text", func(n events.NotificationState) string { return string(n.Status) }),
	col("attempts", "int", func(n events.NotificationState) int64 { return int64(n.Attempts) }),
	col("message_id", "text", func(n events.NotificationState) string { return n.MessageID }),
	col("token", "text", func(n events.NotificationState) string { return n.Token }),
	col("lease_until", "timestamptz", func(n events.NotificationState) *time.Time { return n.LeaseUntil }),
	col("reason", "text", func(n events.NotificationState) string { return n.Reason }),
}, "version", "updated_at", "to_address", "to_name", "status", "attempts", "token", "lease_until", "reason")

// notificationDue says that a lease has lapsed with nothing recorded; again every minute until somebody has claimed the mail.
func notificationDue(ctx context.Context, tx *Tx, subject string, _ time.Time) (events.Outgoing, error) {
	var none events.Outgoing
	n, err := readNotification(tx.QueryRow(ctx, `select `+notificationColumns+` from notification n where n.id = $1 and n.status = 'sending'`, subject))
	if err != nil {
		return none, err
	}
	if err := tx.SetDeadline(ctx, domain.NotificationDeadline, subject, tx.Now.Add(time.Minute)); err != nil {
		return none, err
	}
	return events.NotificationDue.New(subject, n), nil
}

// getNotification answers with a mail. Error: Problem not_found.
func (s *Store) getNotification(ctx context.Context, e events.Received[events.Lookup]) (events.NotificationState, error) {
	return atLeast(ctx, s.news, "notification", e.Data.ID, e.Data.MinVersion, func() (events.NotificationState, int64, error) {
		n, err := readNotification(s.reads.QueryRow(ctx, `select `+notificationColumns+` from notification n where n.id = $1`, e.Data.ID))
		return n, n.Version, err
	})
}

var notificationList = listing[events.NotificationState]{
	columns: notificationColumns,
	from:    `notification n where true`,
	id:      "n.id",
	orders:  map[string]column{"createdAt": {"n.created_at", "timestamptz"}},
	usual:   "-createdAt",
	scan:    scanNotification,
}

func (s *Store) listNotifications(ctx context.Context, e events.Received[events.NotificationFilter]) (events.Page[events.NotificationState], error) {
	var f filter
	if e.Data.OrderID != "" {
		f.and(`n.order_id = ?`, e.Data.OrderID)
	}
	if e.Data.CustomerID != "" {
		f.and(`not n.to_staff and n.customer_id = ?`, e.Data.CustomerID)
	}
	return notificationList.page(ctx, s.reads, e.Data.Paging, &f)
}
