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

// reset is how people come to a new password who have forgotten theirs.
var reset = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.RequestReset, func(c events.Received[events.ResetRequest]) inbox.Needs {
			held := customerHeldByEmail
			if c.Data.Account == events.Staff {
				held = userHeldByEmail
			}
			return inbox.Needs{held: {domain.FoldEmail(c.Data.Email.Plaintext())}, resetByID: {c.Subject}}
		}, domain.RequestReset),
		inbox.Decide(events.RedeemReset, redeemNeeds, domain.RedeemReset),
	},
	Tables:  []inbox.Table{resetTable},
	Queries: []inbox.Query{inbox.Answer(events.GetReset, getReset)},
	Purge: `delete from password_reset where account in (
		select account from password_reset where forget_at < now() limit $1 for update skip locked)`,
}

// How resets are found, but by an address.
var (
	resetOfAccount = inbox.Through("password reset of an account")
	resetByID      = inbox.Through("password reset with an id")
)

// redeemNeeds locks the account against a newer request and against a change of its password, and ends its sessions and links.
func redeemNeeds(c events.Received[events.ResetRedemption]) inbox.Needs {
	owner := c.Data.Owner
	if !domain.HasAccount(owner) {
		return nil
	}
	n := shownNeeds(owner.ID, c.Data.Network)
	n[sessionsOfOwner], n[resetOfAccount] = []string{owner.ID}, []string{owner.ID}
	if owner.Type == events.Staff {
		n[userByID] = []string{owner.ID}
		return n
	}
	n[customerByID], n[verificationOfCustomer] = []string{owner.ID}, []string{owner.ID}
	return n
}

// resetTable is without a lock: whoever writes a reset has locked its account.
var resetTable = inbox.Table{
	Writes: []string{"password_reset"},
	Read: inbox.Statement{
		SQL: `select account::text, account_type, id::text, token_hash, expires_at, used_at, spent, spent_at, forget_at from password_reset
			where account = any($1::uuid[]
			|| array(select c.id from customer c where c.email = any($2::text[]) and c.deleted_at is null)
			|| array(select u.id from staff u where u.email = any($3::text[]) and u.deleted_at is null)
			|| array(select r.account from password_reset r where r.id = any($4::uuid[])))`,
		By: []*inbox.Need{resetOfAccount, customerHeldByEmail, userHeldByEmail, resetByID},
	},
	Load: inbox.Loads(domain.Resets, func(row pgx.CollectableRow) (r domain.PasswordReset, err error) {
		err = row.Scan(&r.Owner.ID, &r.Owner.Type, &r.ID, &r.TokenHash, &r.ExpiresAt, &r.UsedAt, &r.Asked.Spent, &r.Asked.At, &r.ForgetAt)
		return r, err
	}, func(r domain.PasswordReset) string { return r.Owner.ID }),
	Save: func(_ inbox.Moment, rows *domain.Rows) []pg.Write {
		var kept []domain.PasswordReset
		for _, r := range domain.Resets.Written(rows) {
			kept = append(kept, r)
		}
		return pg.Upsert(setResets, resetColumns, kept)
	},
}

var resetColumns = []pg.Column[domain.PasswordReset]{
	pg.Col("account", "uuid", func(r domain.PasswordReset) string { return r.Owner.ID }),
	pg.Col("account_type", "text", func(r domain.PasswordReset) string { return string(r.Owner.Type) }),
	pg.Col("id", "uuid", func(r domain.PasswordReset) string { return r.ID }),
	pg.Col("token_hash", "text", func(r domain.PasswordReset) string { return r.TokenHash }),
	pg.Col("expires_at", "timestamptz", func(r domain.PasswordReset) time.Time { return r.ExpiresAt }),
	pg.Col("used_at", "timestamptz", func(r domain.PasswordReset) *time.Time { return r.UsedAt }),
	pg.Col("spent", "float8", func(r domain.PasswordReset) float64 { return r.Asked.Spent }),
	pg.Col("spent_at", "timestamptz", func(r domain.PasswordReset) time.Time { return r.Asked.At }),
	pg.Col("forget_at", "timestamptz", func(r domain.PasswordReset) time.Time { return r.ForgetAt }),
}

var setResets = `insert into password_reset (` + pg.Names(resetColumns, "") + `) select * from ` + pg.Unnest(resetColumns) + `
	on conflict (account) do update set account_type = excluded.account_type, id = excluded.id, token_hash = excluded.token_hash,
		expires_at = excluded.expires_at, used_at = excluded.used_at, spent = excluded.spent, spent_at = excluded.spent_at, forget_at = excluded.forget_at`

// selectReset gives a reset whose account there still is.
const selectReset = `
	select r.id::text, r.account_type, r.account::text, a.email, r.token_hash, r.expires_at, r.used_at, a.status
	from password_reset r, lateral (
		select s.email_cipher, s.status from staff s where r.account_type = 'user' and s.id = r.account and s.deleted_at is null
		union all
		select c.email_cipher, c.status from customer c where r.account_type = 'app_user' and c.id = r.account and c.deleted_at is null
	) a (email, status)
	where r.id = $1`

// getReset answers with a reset as it is now. Error: Problem not_found when there is none, or a newer one.
func getReset(ctx context.Context, s *inbox.Store, e events.Received[events.Lookup]) (found events.ResetState, err error) {
	if uuid.Validate(e.Data.ID) != nil {
		return found, events.NotFound("reset", e.Data.ID)
	}
	var r domain.PasswordReset
	var status events.AccountStatus
	err = s.Reads.QueryRow(ctx, selectReset, e.Data.ID).
		Scan(&found.ID, &found.Owner.Type, &found.Owner.ID, &found.Email, &found.TokenHash, &r.ExpiresAt, &r.UsedAt, &status)
	if errors.Is(err, pgx.ErrNoRows) {
		return found, events.NotFound("reset", e.Data.ID)
	}
	found.ExpiresAt, found.Open = r.ExpiresAt.UTC(), status == events.AccountActive && r.Open(time.Now())
	return found, err
}
