package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// login is the tries to log in, so that nobody guesses for long.
var login = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.TryLogin, tryNeeds, domain.TryLogin), inbox.Decide(events.TryPassword, tryNeeds, domain.TryLogin),
		inbox.Decide(events.EndLogin, endNeeds, domain.EndLogin), inbox.Decide(events.EndPasswordTry, endNeeds, domain.EndLogin),
	},
	Tables:  []inbox.Table{loginAccountTable, loginPlaceTable, networkTriesTable},
	Queries: []inbox.Query{inbox.Answer(events.GetLoginStanding, loginStanding)},
	Purge:   purgeLogins,
}

// How tries to log in are found.
var (
	loginAccount    = inbox.ByKey("tries at an account", domain.LoginAccounts)
	loginPlace      = inbox.ThroughText("tries from a place") // of whichever account
	loginPair       = &inbox.Need{Name: "tries from a place at an account", Ask: domain.LoginPlaces.Ask, Text: true}
	placesOfAccount = inbox.Through("places that are known at an account")
)

func tryNeeds(c events.Received[events.LoginTry]) inbox.Needs {
	n := loginNeeds(c.Subject, c.Data.Network, c.Data.Device)
	n[networkTries] = []string{domain.NetworkKey(domain.LoginsAtNetwork, c.Data.Network)}
	return n
}

func endNeeds(c events.Received[events.LoginEnd]) inbox.Needs {
	n := loginNeeds(c.Subject, c.Data.Place, c.Data.Network, c.Data.Device)
	n[placesOfAccount] = []string{c.Subject}
	n[networkTries] = []string{domain.NetworkKey(domain.LoginsAtNetwork, c.Data.Place)}
	return n
}

// shownNeeds is what is counted at an account of which somebody has used a mailed link.
func shownNeeds(account, network string) inbox.Needs {
	n := loginNeeds(account, network)
	n[placesOfAccount] = []string{account}
	return n
}

func loginNeeds(account string, places ...string) inbox.Needs {
	n := inbox.Needs{loginAccount: {account}}
	for _, place := range places {
		if place != "" {
			n[loginPlace] = append(n[loginPlace], place)
		}
		n[loginPair] = append(n[loginPair], domain.LoginPlaceKey(domain.ID(account), place))
	}
	return n
}

// loginAccountTable locks what may not be there yet. Whoever has locked an account may change its places, too.
var loginAccountTable = inbox.Table{
	Writes: []string{"login_account"},
	Lock: inbox.Statement{
		SQL: `select pg_advisory_xact_lock(hashtextextended('mart: tries at ' || account, 0))
			from (select distinct account from unnest($1::uuid[]) as a (account) order by account) a`,
		By: []*inbox.Need{loginAccount},
	},
	Read: inbox.Statement{
		SQL: `select account::text, spent, spent_at, wrong, wrong_since, told_at, forget_at from login_account where account = any($1::uuid[])`,
		By:  []*inbox.Need{loginAccount},
	},
	Load: inbox.Loads(domain.LoginAccounts, func(row pgx.CollectableRow) (a domain.LoginAccount, err error) {
		var told *time.Time
		err = row.Scan(&a.Account, &a.Strangers.Spent, &a.Strangers.At, &a.Wrong, &a.Since, &told, &a.ForgetAt)
		a.Told = zeroIfNull(told)
		return a, err
	}, func(a domain.LoginAccount) string { return a.Account }),
	Save: func(_ inbox.Moment, rows *domain.Rows) (all []pg.Write) {
		if gone := domain.ErasedLogins.Added(rows); len(gone) > 0 {
			all = append(all, pg.AnyRows(`delete from login_place where account = any($1::uuid[])`, gone),
				pg.AnyRows(`delete from login_account where account = any($1::uuid[])`, gone))
		}
		var kept []domain.LoginAccount
		for _, a := range domain.LoginAccounts.Written(rows) {
			if !a.Erased {
				kept = append(kept, a)
			}
		}
		return append(all, pg.Upsert(setLoginAccounts, loginAccountColumns, kept)...)
	},
}

var loginPlaceTable = inbox.Table{
	Writes: []string{"login_place"},
	Read: inbox.Statement{
		SQL: `select account::text, place, spent, spent_at, known_until, forget_at from login_place
			where account = any($1::uuid[]) and place = any($2::text[]) or account = any($3::uuid[]) and known_until is not null`,
		By: []*inbox.Need{loginAccount, loginPlace, placesOfAccount},
	},
	Load: inbox.Loads(domain.LoginPlaces, func(row pgx.CollectableRow) (p domain.LoginPlace, err error) {
		var known *time.Time
		err = row.Scan(&p.Account, &p.Place, &p.Tries.Spent, &p.Tries.At, &known, &p.ForgetAt)
		p.KnownUntil = zeroIfNull(known)
		return p, err
	}, func(p domain.LoginPlace) string { return domain.LoginPlaceKey(p.Account, p.Place) }),
	Save: func(_ inbox.Moment, rows *domain.Rows) []pg.Write {
		var kept []domain.LoginPlace
		for _, p := range domain.LoginPlaces.Written(rows) {
			if !p.Erased {
				kept = append(kept, p)
			}
		}
		return pg.Upsert(setLoginPlaces, loginPlaceColumns, kept)
	},
}

// A moment that never was is null in a table and zero in a row.
func nullIfZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func zeroIfNull(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

var loginAccountColumns = []pg.Column[domain.LoginAccount]{
	pg.Col("account", "uuid", func(a domain.LoginAccount) string { return a.Account }),
	pg.Col("spent", "float8", func(a domain.LoginAccount) float64 { return a.Strangers.Spent }),
	pg.Col("spent_at", "timestamptz", func(a domain.LoginAccount) time.Time { return a.Strangers.At }),
	pg.Col("wrong", "int", func(a domain.LoginAccount) int64 { return int64(a.Wrong) }),
	pg.Col("wrong_since", "timestamptz", func(a domain.LoginAccount) time.Time { return a.Since }),
	pg.Col("told_at", "timestamptz", func(a domain.LoginAccount) *time.Time { return nullIfZero(a.Told) }),
	pg.Col("forget_at", "timestamptz", func(a domain.LoginAccount) time.Time { return a.ForgetAt }),
}

var loginPlaceColumns = []pg.Column[domain.LoginPlace]{
	pg.Col("account", "uuid", func(p domain.LoginPlace) string { return p.Account }),
	pg.Col("place", "text", func(p domain.LoginPlace) string { return p.Place }),
	pg.Col("spent", "float8", func(p domain.LoginPlace) float64 { return p.Tries.Spent }),
	pg.Col("spent_at", "timestamptz", func(p domain.LoginPlace) time.Time { return p.Tries.At }),
	pg.Col("known_until", "timestamptz", func(p domain.LoginPlace) *time.Time { return nullIfZero(p.KnownUntil) }),
	pg.Col("forget_at", "timestamptz", func(p domain.LoginPlace) time.Time { return p.ForgetAt }),
}

var (
	setLoginAccounts = `insert into login_account (` + pg.Names(loginAccountColumns, "") + `) select * from ` + pg.Unnest(loginAccountColumns) + `
		on conflict (account) do update set spent = excluded.spent, spent_at = excluded.spent_at, wrong = excluded.wrong,
			wrong_since = excluded.wrong_since, told_at = excluded.told_at, forget_at = excluded.forget_at`
	setLoginPlaces = `insert into login_place (` + pg.Names(loginPlaceColumns, "") + `) select * from ` + pg.Unnest(loginPlaceColumns) + `
		on conflict (account, place) do update set spent = excluded.spent, spent_at = excluded.spent_at, known_until = excluded.known_until,
			forget_at = excluded.forget_at`
)

const (
	selectLoginAccount = `select spent, spent_at, wrong, wrong_since, told_at from login_account where account = $1`
	selectNetworkTries = `select spent, spent_at from network_tries where what = $1 and network = $2`
	selectLoginPlaces  = `select place, spent, spent_at, coalesce(known_until > $3, false) from login_place where account = $1 and place = any($2)`
)

// guessing reads, as things are at that time, what is counted at an account as it is seen from a network and a device.
func guessing(ctx context.Context, q pg.Querier, from events.LoginQuestion, at time.Time) (g domain.Guessing, err error) {
	g.Place.At, g.Strangers.At, g.Network.At, g.Since = at, at, at, at
	rows, err := q.Query(ctx, selectLoginAccount, from.AccountID)
	if err != nil {
		return g, err
	}
	var told *time.Time
	nothing := func() error { return nil }
	if _, err = pgx.ForEachRow(rows, []any{&g.Strangers.Spent, &g.Strangers.At, &g.Wrong, &g.Since, &told}, nothing); err != nil {
		return g, err
	}
	g.Told = zeroIfNull(told)
	if rows, err = q.Query(ctx, selectNetworkTries, domain.LoginsAtNetwork, from.Network); err != nil {
		return g, err
	}
	if _, err = pgx.ForEachRow(rows, []any{&g.Network.Spent, &g.Network.At}, nothing); err != nil {
		return g, err
	}
	if rows, err = q.Query(ctx, selectLoginPlaces, from.AccountID, []string{from.Network, from.Device}, at); err != nil {
		return g, err
	}
	type counted struct {
		domain.Tries
		known bool
	}
	places := map[string]counted{from.Network: {Tries: domain.Tries{At: at}}}
	var place string
	var one counted
	_, err = pgx.ForEachRow(rows, []any{&place, &one.Spent, &one.At, &one.known}, func() error {
		places[place] = one
		return nil
	})
	place = from.Network
	if g.Shown = from.Device != "" && places[from.Device].known; g.Shown {
		place = from.Device
	}
	g.Place, g.Known = places[place].Tries, places[place].known
	return g, err
}

// loginStanding reads whether a try would have to wait, so that those that would cost a question and no command.
func loginStanding(ctx context.Context, s *inbox.Store, e events.Received[events.LoginQuestion]) (events.LoginStanding, error) {
	now := time.Now()
	g, err := guessing(ctx, s.Reads, e.Data, now)
	standing := events.LoginStanding{Known: g.Known, Shown: g.Shown}
	if g.Wait(s.Limits.Logins, now) > 0 {
		standing.WaitSeconds = int(g.Says(s.Limits.Logins, now) / time.Second)
	}
	return standing, err
}

// purgeLogins deletes what nothing depends on any more.
const purgeLogins = `
	with places as (
		delete from login_place where (account, place) in (
			select account, place from login_place where forget_at < now() limit $1 for update skip locked)
	), networks as (
		delete from network_tries where (what, network) in (
			select what, network from network_tries where forget_at < now() limit $1 for update skip locked)
	)
	delete from login_account where account in (
		select account from login_account where forget_at < now() limit $1 for update skip locked)`
