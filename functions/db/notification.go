package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
)

var notificationMutations = []mutation{
	on(events.ClaimNotification, claimNotification),
	on(events.RecordNotification, recordNotification),
}

const notificationDeadline = "notification"

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

// claimMail gives the lease to whoever claims a mail that nobody sends and that is not sent; the conditions are in the statement,
// so that of two claims at one moment one gets it. No row: it was refused, or there is no such reader.
const claimMail = `
	with claimed as (
		insert into notification as n (id, version, created_at, updated_at, kind, to_address, to_name, customer_id, to_staff, order_id, amount, currency,
			status, attempts, message_id, token, lease_until)
		select @id, 1, @now, @now, @kind, r.email_cipher, r.name, r.id, @to_staff, @order_id::uuid, @amount::bigint, @currency::text,
			'sending', 1, @message_id, @token, @lease_until
		from (
			select id, email_cipher, name from customer where not @to_staff and id = @reader and deleted_at is null
			union all
			select id, email_cipher, name from staff where @to_staff and id = @reader and deleted_at is null
		) r
		on conflict (id) do update set version = n.version + 1, updated_at = excluded.updated_at, status = 'sending', attempts = n.attempts + 1,
			to_address = excluded.to_address, to_name = excluded.to_name, token = excluded.token, lease_until = excluded.lease_until, reason = ''
		where (n.status = 'sending' and n.lease_until <= excluded.updated_at) or (n.status <> 'sending' and @again)
		returning *
	), due as (
		insert into deadline (kind, subject, due_at) select 'notification', id, lease_until from claimed
		on conflict (kind, subject) do update set due_at = excluded.due_at, fired_at = null
	)
	select ` + notificationColumns + ` from claimed n`

// claimNotification gives the right to send one mail to one claimer. Errors: Problems already_sent, in_progress, not_found;
// forbidden when somebody wants it again who may not.
func claimNotification(ctx context.Context, tx *Tx, c events.Received[events.NotificationClaim]) ([]events.Outgoing, error) {
	if c.Data.Again && !tx.mayStaff(c.By, events.NotificationsRW) {
		return nil, events.Forbidden("This needs the permission " + string(events.NotificationsRW) + ".")
	}
	var orderID, currency *string
	var amount *int64
	if c.Data.OrderID != "" {
		orderID = &c.Data.OrderID
	}
	if c.Data.Amount != nil {
		amount, currency = &c.Data.Amount.Amount, &c.Data.Amount.Currency
	}
	reader, noun := c.Data.CustomerID, "customer"
	if c.Data.UserID != "" {
		reader, noun = c.Data.UserID, "user"
	}
	n, err := readNotification(tx.WriteRow(ctx, claimMail, pgx.NamedArgs{
		"id": c.Subject, "now": tx.Now, "kind": string(c.Data.Kind), "reader": reader, "to_staff": c.Data.UserID != "", "order_id": orderID, "amount": amount, "currency": currency,
		"message_id": messageID(c.Subject), "token": c.Data.Token, "again": c.Data.Again,
		"lease_until": tx.Now.Add(time.Duration(c.Data.LeaseSeconds) * time.Second),
	}))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, whyNotClaimed(ctx, tx, c.Subject, events.NotFound(noun, reader))
	}
	if err != nil {
		return nil, err
	}
	return events.Send(events.NotificationClaimed.New(n.ID, n)), nil
}

// messageID is the RFC 5322 Message-ID of a mail, at every attempt the same.
func messageID(id string) string { return id + "@onlinemart.example" }

func whyNotClaimed(ctx context.Context, tx *Tx, id string, nobody error) error {
	var status events.NotificationStatus
	err := tx.QueryRow(ctx, `select status from notification where id = $1`, id).Scan(&status)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nobody
	case err != nil:
		return err
	case status == events.NotificationSending:
		return events.Refuse("in_progress", "The mail is being sent.")
	}
	return events.Refuse("already_sent", "The mail is %s already.", status)
}

const recordMail = `
	update notification n set version = n.version + 1, updated_at = $3, status = $4, reason = $5, token = '', lease_until = null
	where n.id = $1 and n.status = 'sending' and n.token = $2
	returning ` + notificationColumns

// recordNotification ends a lease with what came of it. Error: Problem lease_lost when another claimer has it now.
func recordNotification(ctx context.Context, tx *Tx, c events.Received[events.NotificationResult]) ([]events.Outgoing, error) {
	n, err := readNotification(tx.WriteRow(ctx, recordMail, c.Subject, c.Data.Token, tx.Now, string(c.Data.Status), c.Data.Reason))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, events.Refuse("lease_lost", "The mail is not this sender's to record any more.")
	}
	if err != nil {
		return nil, err
	}
	return events.Send(events.NotificationRecorded.New(n.ID, n)), tx.ClearDeadline(ctx, notificationDeadline, n.ID)
}

// notificationDue says that a lease has lapsed with nothing recorded; again every minute until somebody has claimed the mail.
func notificationDue(ctx context.Context, tx *Tx, subject string, _ time.Time) (events.Outgoing, error) {
	var none events.Outgoing
	n, err := readNotification(tx.QueryRow(ctx, `select `+notificationColumns+` from notification n where n.id = $1 and n.status = 'sending'`, subject))
	if err != nil {
		return none, err
	}
	if err := tx.SetDeadline(ctx, notificationDeadline, subject, tx.Now.Add(time.Minute)); err != nil {
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
