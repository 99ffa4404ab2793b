package db

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// How the mailbox is found that a mail goes to: through whom it is to.
var (
	mailsToCustomer = inbox.Through("mails to a customer")
	mailsToGuest    = inbox.Through("mails to the guest of an order")
)

// mailboxes are all that mails to customers, the first parameter, and to guests of orders, the second, may go to: the address that they have, those that they
// want to have and had before. Of whom none is known, because a db of a release before has written them, the mails are counted by their id.
const mailboxes = `
	select coalesce(nullif(c.mailbox, ''), k.id::text) as mailbox from unnest($1::uuid[]) as k (id) left join customer c on c.id = k.id
	union select v.mailbox from email_verification v where v.customer_id = any($1::uuid[]) and v.mailbox <> ''
	union select v.former_mailbox from email_verification v where v.customer_id = any($1::uuid[]) and v.former_mailbox <> ''
	union select coalesce(g.mailbox, k.id::text) from unnest($2::uuid[]) as k (id) left join guest_order g on g.order_id = k.id`

// addressedTable is how many mails went of late to mailboxes of which nobody has shown that they are theirs. Each mailbox is locked, also where nothing went to it
// yet, so that many mails at one moment are counted as one after another; and there is a row in memory for whatever mails may be about.
var addressedTable = inbox.Table{
	Writes: []string{"addressed"},
	Lock: inbox.Statement{
		SQL: `select pg_advisory_xact_lock(hashtextextended('mart: mails to ' || m.mailbox, 0)) from (select mailbox from (` + mailboxes + `) as all_of_them order by mailbox) as m`,
		By:  []*inbox.Need{mailsToCustomer, mailsToGuest},
	},
	Read: inbox.Statement{
		SQL: `select m.mailbox || ' ' || w.about, coalesce(a.spent, 0), coalesce(a.spent_at, to_timestamp(0)), coalesce(a.forget_at, to_timestamp(0))
			from (` + mailboxes + `) as m cross join unnest($3::text[]) as w (about) left join addressed a on a.key = m.mailbox || ' ' || w.about`,
		By: []*inbox.Need{mailsToCustomer, mailsToGuest}, And: func(inbox.Moment) []any { return []any{domain.UnprovenMatters()} },
	},
	Load: inbox.Loads(domain.AddressedTo, func(row pgx.CollectableRow) (a domain.Addressed, err error) {
		err = row.Scan(&a.Key, &a.Asked.Spent, (*utcTime)(&a.Asked.At), (*utcTime)(&a.ForgetAt))
		return a, err
	}, func(a domain.Addressed) string { return a.Key }),
	Save: func(_ inbox.Moment, rows *domain.Rows) []pg.Write {
		var kept []domain.Addressed
		for _, a := range domain.AddressedTo.Written(rows) {
			kept = append(kept, a)
		}
		return pg.Upsert(setAddressed, addressedColumns, kept)
	},
}

var addressedColumns = []pg.Column[domain.Addressed]{
	pg.Col("key", "text", func(a domain.Addressed) string { return a.Key }),
	pg.Col("spent", "float8", func(a domain.Addressed) float64 { return a.Asked.Spent }),
	pg.Col("spent_at", "timestamptz", func(a domain.Addressed) time.Time { return a.Asked.At }),
	pg.Col("forget_at", "timestamptz", func(a domain.Addressed) time.Time { return a.ForgetAt }),
}

var setAddressed = `insert into addressed (` + pg.Names(addressedColumns, "") + `) select * from ` + pg.Unnest(addressedColumns) + `
	on conflict (key) do update set spent = excluded.spent, spent_at = excluded.spent_at, forget_at = excluded.forget_at`

// forgetAddressed is a purge: what was counted an hour ago counts no more.
const forgetAddressed = `delete from addressed where key in (select key from addressed where forget_at < now() limit $1 for update skip locked)`
