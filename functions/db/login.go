package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

var loginMutations = []mutation{
	on(events.TryLogin, tryLogin),
	on(events.EndLogin, endLogin),
}

// How long a place is known after the last log-in from it, and how many an account keeps at most: the newest.
const (
	networkKnown = 90 * 24 * time.Hour
	deviceKnown  = 365 * 24 * time.Hour
	placesKept   = 50
	triesKept    = 25 * time.Hour // after an hour all have come back; after a day nobody is told of them
)

const (
	ensureLoginAccount = `insert into login_account (account, spent_at, wrong_since, forget_at) values ($1, $2, $2, $3) on conflict do nothing`
	selectLoginAccount = `select spent, spent_at, wrong, wrong_since, coalesce(told_at, 'epoch') from login_account where account = $1`
	selectLoginPlaces  = `select place, spent, spent_at, coalesce(known_until, 'epoch') > $3 from login_place where account = $1 and place = any($2)`
	writeLogin         = `
		with account as (
			update login_account set spent = @strangers, spent_at = @strangers_at, wrong = @wrong, wrong_since = @since, told_at = @told, forget_at = @forget
			where account = @account
		)
		insert into login_place as p (account, place, spent, spent_at, forget_at) values (@account, @place, @spent, @spent_at, @forget)
		on conflict (account, place) do update set spent = excluded.spent, spent_at = excluded.spent_at, forget_at = greatest(excluded.forget_at, p.known_until)`
	knowPlaces = `
		insert into login_place (account, place, spent_at, known_until, forget_at)
		select $1, place, $4, until, until from unnest($2::text[], $3::timestamptz[]) as known (place, until) where place <> ''
		on conflict (account, place) do update set known_until = excluded.known_until, forget_at = excluded.forget_at`
	forgetPlaces = `
		update login_place set known_until = null, forget_at = $3 where account = $1 and place in (
			select place from login_place where account = $1 and known_until is not null order by known_until desc, place offset $2)`
)

// knock is somebody at an account: the digests of the network they come from and of what their device was given, "" for nothing.
type knock struct{ account, network, device string }

// guessing reads, as things are at that time, what is counted at the account as it is seen from the two, and under which of them a try is
// counted.
func (k knock) guessing(ctx context.Context, q querier, at time.Time) (domain.Guessing, string, error) {
	return k.read(ctx, q, selectLoginAccount, at)
}

// lock locks all that is counted at the account, which is there afterwards, and reads it. Whoever has locked an account may change its places.
func (k knock) lock(ctx context.Context, tx *Tx) (domain.Guessing, string, error) {
	if _, err := tx.Exec(ctx, ensureLoginAccount, k.account, tx.Now, tx.Now.Add(triesKept)); err != nil {
		return domain.Guessing{}, "", err
	}
	return k.read(ctx, tx, selectLoginAccount+" for update", tx.Now)
}

func (k knock) read(ctx context.Context, q querier, selectAccount string, at time.Time) (g domain.Guessing, place string, err error) {
	g.Place.At, g.Strangers.At, g.Since = at, at, at
	rows, err := q.Query(ctx, selectAccount, k.account)
	if err != nil {
		return g, "", err
	}
	nothing := func() error { return nil }
	if _, err = pgx.ForEachRow(rows, []any{&g.Strangers.Spent, &g.Strangers.At, &g.Wrong, &g.Since, &g.Told}, nothing); err != nil {
		return g, "", err
	}
	if rows, err = q.Query(ctx, selectLoginPlaces, k.account, []string{k.network, k.device}, at); err != nil {
		return g, "", err
	}
	type counted struct {
		domain.Tries
		known bool
	}
	places := map[string]counted{k.network: {Tries: domain.Tries{At: at}}}
	var one counted
	_, err = pgx.ForEachRow(rows, []any{&place, &one.Spent, &one.At, &one.known}, func() error {
		places[place] = one
		return nil
	})
	place = k.network
	if g.Shown = k.device != "" && places[k.device].known; g.Shown {
		place = k.device
	}
	g.Place, g.Known = places[place].Tries, places[place].known
	return g, place, err
}

func storeLogin(ctx context.Context, tx *Tx, account, place string, g domain.Guessing) error {
	told := &g.Told
	if g.Told.Unix() <= 0 {
		told = nil
	}
	_, err := tx.Exec(ctx, writeLogin, pgx.NamedArgs{
		"account": account, "place": place, "spent": g.Place.Spent, "spent_at": g.Place.At, "strangers": g.Strangers.Spent, "strangers_at": g.Strangers.At,
		"wrong": g.Wrong, "since": g.Since, "told": told, "forget": tx.Now.Add(triesKept),
	})
	return err
}

// tryLogin takes a try at an account, or says how long to wait for one. It never refuses: whoever asks must be told how long.
func tryLogin(ctx context.Context, tx *Tx, c events.Received[events.LoginTry]) ([]events.Outgoing, error) {
	g, place, err := knock{c.Subject, c.Data.Network, c.Data.Device}.lock(ctx, tx)
	if err != nil {
		return nil, err
	}
	turn := events.LoginTurn{Place: place, Stranger: !g.Known, SaysSeconds: int(g.Says(tx.limits.Logins, tx.Now) / time.Second)}
	if g.Wait(tx.limits.Logins, tx.Now) > 0 {
		turn.WaitSeconds = turn.SaysSeconds
		return events.Send(events.LoginTried.New(c.Subject, turn)), nil
	}
	g = g.Try(tx.limits.Logins, tx.Now)
	told := events.Send(events.LoginTried.New(c.Subject, turn))
	attack := events.LoginAttack{Owner: c.Data.Owner, Wrong: g.Wrong, Since: g.Since.UTC()}
	g, warn := g.Warn(tx.Now)
	if _, person := standings[c.Data.Owner.Type]; warn && person {
		told = append(told, events.LoginAttacked.New(c.Subject, attack))
	}
	return told, storeLogin(ctx, tx, c.Subject, place, g)
}

// endLogin gives a try back that was no wrong password. Where it was the right one, network and device are known from now on.
func endLogin(ctx context.Context, tx *Tx, c events.Received[events.LoginEnd]) ([]events.Outgoing, error) {
	g, _, err := knock{c.Subject, c.Data.Place, ""}.lock(ctx, tx)
	if err != nil {
		return nil, err
	}
	g = g.GiveBack(tx.limits.Logins, c.Data.Stranger, tx.Now)
	if err := storeLogin(ctx, tx, c.Subject, c.Data.Place, g); err != nil {
		return nil, err
	}
	done := events.Send(events.LoginEnded.New(c.Subject, c.Data))
	if !c.Data.Proven {
		return done, nil
	}
	until := []time.Time{tx.Now.Add(networkKnown), tx.Now.Add(deviceKnown)}
	if _, err := tx.Exec(ctx, knowPlaces, c.Subject, []string{c.Data.Network, c.Data.Device}, until, tx.Now); err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, forgetPlaces, c.Subject, placesKept, tx.Now.Add(triesKept))
	return done, err
}

// loginStanding reads whether a try would have to wait, so that those that would cost a question and no command.
func (s *Store) loginStanding(ctx context.Context, e events.Received[events.LoginQuestion]) (events.LoginStanding, error) {
	now := time.Now()
	g, _, err := knock{e.Data.AccountID, e.Data.Network, e.Data.Device}.guessing(ctx, s.reads, now)
	standing := events.LoginStanding{Known: g.Known, Shown: g.Shown}
	if g.Wait(s.limits.Logins, now) > 0 {
		standing.WaitSeconds = int(g.Says(s.limits.Logins, now) / time.Second)
	}
	return standing, err
}

// eraseLogin forgets where the owner of an account has logged in from.
func eraseLogin(ctx context.Context, tx *Tx, account string) error {
	_, err := tx.Exec(ctx, `
		with places as (delete from login_place where account = $1)
		delete from login_account where account = $1`, account)
	return err
}

// forgetLogins deletes what nothing depends on any more, a few at a time.
func (s *Store) forgetLogins(ctx context.Context) error {
	_, err := s.writes.Exec(ctx, `
		with places as (
			delete from login_place where (account, place) in (
				select account, place from login_place where forget_at < now() limit $1 for update skip locked)
		)
		delete from login_account where account in (
			select account from login_account where forget_at < now() limit $1 for update skip locked)`, forgetLimit)
	return err
}
