package db

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
)

const (
	exportLimit    = 50   // orders, payments and mails on a page
	exportSessions = 1000 // the newest: those that are over go with the next log-in
	exportCarts    = 1000 // the same: those that are over go with the next sweep
	exhausted      = "-"  // in the place of a cursor, when there are no more
)

// errExportCursor refuses what no page has given.
var errExportCursor = events.Invalid(events.FieldError{Location: "query.cursor", Message: "not a cursor of an export"})

// exportCustomer answers whoever asks with what there is about them, page by page, also who is suspended. Error: Problem not_found for nobody who
// has an account.
func exportCustomer(ctx context.Context, s *inbox.Store, e events.Received[events.ExportQuestion]) (x events.CustomerExport, err error) {
	if e.By.Type != events.Shopper {
		return x, events.NotFound("customer", e.By.ID)
	}
	account, err := getCustomer(ctx, s, events.Received[events.Lookup]{Data: events.Lookup{ID: e.By.ID}})
	if err != nil {
		return x, err
	}
	at := []string{"", "", ""}
	if e.Data.Cursor != "" {
		if at = strings.Split(e.Data.Cursor, "."); len(at) != 3 {
			return x, errExportCursor
		}
	} else if x.Account, err = exportAccount(ctx, s, account); err != nil {
		return x, err
	}
	if x.Orders, at[0], err = exportPage(ctx, s, orderList, at[0], `o.customer_id = ?`, e.By.ID); err != nil {
		return x, err
	}
	if x.Payments, at[1], err = exportPage(ctx, s, paymentList, at[1], `p.customer_id = ?`, e.By.ID); err != nil {
		return x, err
	}
	if x.Mails, at[2], err = exportPage(ctx, s, notificationList, at[2], `not n.to_staff and n.customer_id = ?`, e.By.ID); err != nil {
		return x, err
	}
	if x.NextCursor = strings.Join(at, "."); x.NextCursor == "-.-.-" {
		x.NextCursor = ""
	}
	return x, nil
}

// exportPage is the next items of a list, and where those after them begin.
func exportPage[T any](ctx context.Context, s *inbox.Store, list pg.Listing[T], at, of, customer string) (items []T, next string, err error) {
	if at == exhausted {
		return []T{}, exhausted, nil
	}
	var f pg.Filter
	f.And(of, customer)
	page, err := list.Page(ctx, s.Reads, events.Paging{Limit: exportLimit, Cursor: at}, &f)
	return page.Items, cmp.Or(page.NextCursor, exhausted), err
}

// What there is once of a customer. $1 is theirs.
const (
	exportedSessions      = `select ` + sessionColumns + ` from session where owner_id = $1 order by created_at desc, id limit $2`
	exportedCarts         = `select ` + cartColumns + `, k.lines::text from cart k where k.customer_id = $1 and k.status in ('open', 'ordered') order by k.created_at desc, k.id limit $2`
	exportedVerifications = `select v.expires_at, v.used_at, v.email_cipher, v.former_cipher, v.session_id is not null or not c.email_verified from email_verification v ` +
		`join customer c on c.id = v.customer_id where v.customer_id = $1`
	exportedResets = `select expires_at, used_at from password_reset where account = $1`
	exportedPlaces = `select known_until from login_place where account = $1 and known_until is not null order by known_until`
	countedNotes   = `select count(*) from order_note n join orders o on o.id = n.order_id where o.customer_id = $1`
)

// exportAccount is what there is once of a customer.
func exportAccount(ctx context.Context, s *inbox.Store, c events.CustomerState) (*events.CustomerExportAccount, error) {
	x := &events.CustomerExportAccount{CustomerState: c}
	var f pg.Filter
	f.And(`address.customer_id = ?`, c.ID)
	book, unread := addressList.Page(ctx, s.Reads, events.Paging{Limit: 100}, &f) // more than an address book holds
	x.Addresses = book.Items
	var verifications []events.ExportVerification
	var resets []events.ExportLink
	err := errors.Join(unread,
		exported(ctx, s, &x.Sessions, scanSession, exportedSessions, c.ID, exportSessions),
		exported(ctx, s, &x.Carts, scanCartState, exportedCarts, c.ID, exportCarts),
		exported(ctx, s, &x.Places, scanPlace, exportedPlaces, c.ID),
		exported(ctx, s, &verifications, scanVerification, exportedVerifications, c.ID),
		exported(ctx, s, &resets, scanLink, exportedResets, c.ID),
		s.Reads.QueryRow(ctx, countedNotes, c.ID).Scan(&x.StaffNotes),
	)
	if len(verifications) > 0 {
		x.Verification = &verifications[0]
	}
	if len(resets) > 0 {
		x.Reset = &resets[0]
	}
	return x, err
}

// exported reads rows into a list.
func exported[T any](ctx context.Context, s *inbox.Store, into *[]T, scan func(pgx.CollectableRow) (T, error), sql string, args ...any) error {
	rows, err := s.Reads.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	*into, err = pgx.CollectRows(rows, scan)
	return err
}

func scanSession(row pgx.CollectableRow) (s events.SessionState, err error) {
	err = row.Scan(sessionDestinations(&s)...)
	utcSession(&s)
	return s, err
}

func scanCartState(row pgx.CollectableRow) (events.CartState, error) {
	k, err := scanCart(row)
	return k.CartState, err
}

func scanPlace(row pgx.CollectableRow) (until time.Time, err error) {
	err = row.Scan(&until)
	return until.UTC(), err
}

// scanVerification tells a link that was used from one that was closed: what was used has its address confirmed, and waits for no other.
func scanVerification(row pgx.CollectableRow) (v events.ExportVerification, err error) {
	var unconfirmed bool
	err = row.Scan(&v.ExpiresAt, &v.UsedAt, &v.Email, &v.Former, &unconfirmed)
	v.ExportLink = utcLink(v.ExportLink)
	if unconfirmed {
		v.UsedAt, v.ClosedAt = nil, v.UsedAt
	}
	return v, err
}

func scanLink(row pgx.CollectableRow) (l events.ExportLink, err error) {
	err = row.Scan(&l.ExpiresAt, &l.UsedAt)
	return utcLink(l), err
}

func utcLink(l events.ExportLink) events.ExportLink {
	l.ExpiresAt = l.ExpiresAt.UTC()
	if l.UsedAt != nil {
		l.UsedAt = new(l.UsedAt.UTC())
	}
	return l
}
