package db

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// verification is how customers confirm their e-mail address. Once it is too old nothing depends on it: all tries of an hour have come back by then.
var verification = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.RequestVerification, func(c events.Received[events.VerificationRequest]) inbox.Needs {
			if c.By.Type != events.Shopper {
				return nil
			}
			return verificationNeeds(c.By.ID)
		}, domain.RequestVerification),
		inbox.Decide(events.RequestEmailChange, func(c events.Received[events.EmailChange]) inbox.Needs {
			if c.By.Type != events.Shopper {
				return nil
			}
			n := verificationNeeds(c.By.ID)
			n[customerHeldByEmail], n[resetByID] = []string{domain.FoldEmail(c.Data.Email.Plaintext())}, []string{c.Subject}
			return n
		}, domain.RequestEmailChange, domain.EmailChange),
		inbox.Decide(events.RedeemVerification, func(c events.Received[events.VerificationRedemption]) inbox.Needs {
			n := shownNeeds(c.Data.CustomerID, c.Data.Network)
			n[customerByID], n[verificationOfCustomer] = []string{c.Data.CustomerID}, []string{c.Data.CustomerID}
			n[resetOfAccount], n[sessionsOfOwner] = []string{c.Data.CustomerID}, []string{c.Data.CustomerID} // whose address is taken by now, a constraint says
			return n
		}, domain.RedeemVerification),
	},
	Tables:  []inbox.Table{verificationTable},
	Queries: []inbox.Query{inbox.Answer(events.GetVerification, getVerification)},
	Purge: `delete from email_verification where customer_id in (
		select customer_id from email_verification where expires_at < now() limit $1 for update skip locked)`,
}

// verificationOfCustomer is how verifications are found.
var verificationOfCustomer = inbox.Through("e-mail verification of a customer")

// verificationNeeds locks the customer against a newer request and against a change of their account.
func verificationNeeds(customer string) inbox.Needs {
	return inbox.Needs{customerByID: {customer}, verificationOfCustomer: {customer}}
}

// verificationTable is without a lock: whoever writes a verification has locked its customer.
var verificationTable = inbox.Table{
	Writes: []string{"email_verification"},
	Read: inbox.Statement{
		SQL: `select customer_id::text, id::text, token_hash, expires_at, used_at, spent, spent_at, address, mailbox, email_cipher, former_cipher, former_of, former_mailbox, coalesce(session_id::text, '') from email_verification where customer_id = any($1::uuid[])`,
		By:  []*inbox.Need{verificationOfCustomer},
	},
	Load: inbox.Loads(domain.Verifications, func(row pgx.CollectableRow) (v domain.EmailVerification, err error) {
		err = row.Scan(&v.CustomerID, &v.ID, &v.TokenHash, &v.ExpiresAt, &v.UsedAt, &v.Asked.Spent, &v.Asked.At, &v.Address, &v.Mailbox, &v.Email, &v.Former, &v.FormerOf, &v.FormerMailbox, &v.Session)
		return v, err
	}, func(v domain.EmailVerification) string { return v.CustomerID }),
	Save: func(_ inbox.Moment, rows *domain.Rows) []pg.Write {
		var kept []domain.EmailVerification
		for _, v := range domain.Verifications.Written(rows) {
			kept = append(kept, v)
		}
		return pg.Upsert(setVerifications, verificationColumns, kept)
	},
}

var verificationColumns = []pg.Column[domain.EmailVerification]{
	pg.Col("customer_id", "uuid", func(v domain.EmailVerification) string { return v.CustomerID }),
	pg.Col("id", "uuid", func(v domain.EmailVerification) string { return v.ID }),
	pg.Col("token_hash", "text", func(v domain.EmailVerification) string { return v.TokenHash }),
	pg.Col("expires_at", "timestamptz", func(v domain.EmailVerification) time.Time { return v.ExpiresAt }),
	pg.Col("used_at", "timestamptz", func(v domain.EmailVerification) *time.Time { return v.UsedAt }),
	pg.Col("spent", "float8", func(v domain.EmailVerification) float64 { return v.Asked.Spent }),
	pg.Col("spent_at", "timestamptz", func(v domain.EmailVerification) time.Time { return v.Asked.At }),
	pg.Col("address", "text", func(v domain.EmailVerification) string { return v.Address }),
	pg.Col("email_cipher", "text", func(v domain.EmailVerification) events.Personal { return v.Email }),
	pg.Col("former_cipher", "text", func(v domain.EmailVerification) events.Personal { return v.Former }),
	pg.Col("former_of", "text", func(v domain.EmailVerification) string { return v.FormerOf }),
	pg.Col("mailbox", "text", func(v domain.EmailVerification) string { return v.Mailbox }),
	pg.Col("former_mailbox", "text", func(v domain.EmailVerification) string { return v.FormerMailbox }),
	pg.Col("session_id", "uuid", func(v domain.EmailVerification) *string { return pg.OrNull(v.Session) }),
}

var setVerifications = `insert into email_verification (` + pg.Names(verificationColumns, "") + `) select * from ` + pg.Unnest(verificationColumns) + `
	on conflict (customer_id) do update set id = excluded.id, token_hash = excluded.token_hash, expires_at = excluded.expires_at,
		used_at = excluded.used_at, spent = excluded.spent, spent_at = excluded.spent_at,
		address = excluded.address, email_cipher = excluded.email_cipher, former_cipher = excluded.former_cipher, former_of = excluded.former_of,
		mailbox = excluded.mailbox, former_mailbox = excluded.former_mailbox, session_id = excluded.session_id`

// selectVerification gives a verification whose customer there still is.
const selectVerification = `
	select v.id::text, v.customer_id::text, v.token_hash, v.expires_at, v.used_at, c.status = 'active' and (v.address <> '' or not c.email_verified)
	from email_verification v join customer c on c.id = v.customer_id and c.deleted_at is null
	where v.id = $1`

// getVerification answers with a verification as it is now. Error: Problem not_found when there is none, or a newer one.
func getVerification(ctx context.Context, s *inbox.Store, e events.Received[events.Lookup]) (found events.VerificationState, err error) {
	if uuid.Validate(e.Data.ID) != nil {
		return found, events.NotFound("verification", e.Data.ID)
	}
	var v domain.EmailVerification
	var wanted bool
	err = s.Reads.QueryRow(ctx, selectVerification, e.Data.ID).Scan(&found.ID, &found.CustomerID, &found.TokenHash, &v.ExpiresAt, &v.UsedAt, &wanted)
	if errors.Is(err, pgx.ErrNoRows) {
		return found, events.NotFound("verification", e.Data.ID)
	}
	found.ExpiresAt, found.Open = v.ExpiresAt.UTC(), wanted && v.Open(time.Now())
	return found, err
}
