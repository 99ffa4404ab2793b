package db

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// networkTries is what is counted at a network, by domain.NetworkKey.
var networkTries = &inbox.Need{Name: "tries from a network", Ask: domain.NetworksTries.Ask, Text: true}

// counting tells whether anything is counted by network: where nothing is, nothing is locked and read.
func counting(now inbox.Moment) []any {
	return []any{now.Limits.Logins.Network > 0 || now.Limits.RegistrationsAtNetwork > 0}
}

// networkTriesTable locks what may not be there yet: whoever has many accounts at once comes by many queues and replicas.
var networkTriesTable = inbox.Table{
	Writes: []string{"network_tries"},
	Lock: inbox.Statement{
		SQL: `select pg_advisory_xact_lock(hashtextextended('mart: at a network: ' || key, 0))
			from (select distinct key from unnest($1::text[]) as k (key) where $2 order by key) k`,
		By: []*inbox.Need{networkTries}, And: counting,
	},
	Read: inbox.Statement{
		SQL: `select t.what, t.network, t.spent, t.spent_at, t.forget_at from unnest($1::text[]) as k (key)
			join network_tries t on t.what = split_part(k.key, ' ', 1) and t.network = substr(k.key, strpos(k.key, ' ') + 1) where $2`,
		By: []*inbox.Need{networkTries}, And: counting,
	},
	Load: inbox.Loads(domain.NetworksTries, func(row pgx.CollectableRow) (n domain.NetworkTries, err error) {
		err = row.Scan(&n.What, &n.Network, &n.Tries.Spent, (*utcTime)(&n.Tries.At), (*utcTime)(&n.ForgetAt))
		return n, err
	}, func(n domain.NetworkTries) string { return domain.NetworkKey(n.What, n.Network) }),
	Save: func(_ inbox.Moment, rows *domain.Rows) []pg.Write {
		var counted []domain.NetworkTries
		for _, n := range domain.NetworksTries.Written(rows) {
			counted = append(counted, n)
		}
		return pg.Upsert(setNetworkTries, networkTriesColumns, counted)
	},
}

var networkTriesColumns = []pg.Column[domain.NetworkTries]{
	pg.Col("what", "text", func(n domain.NetworkTries) string { return string(n.What) }),
	pg.Col("network", "text", func(n domain.NetworkTries) string { return n.Network }),
	pg.Col("spent", "float8", func(n domain.NetworkTries) float64 { return n.Tries.Spent }),
	pg.Col("spent_at", "timestamptz", func(n domain.NetworkTries) time.Time { return n.Tries.At }),
	pg.Col("forget_at", "timestamptz", func(n domain.NetworkTries) time.Time { return n.ForgetAt }),
}

var setNetworkTries = `insert into network_tries (` + pg.Names(networkTriesColumns, "") + `) select * from ` + pg.Unnest(networkTriesColumns) + `
	on conflict (what, network) do update set spent = excluded.spent, spent_at = excluded.spent_at, forget_at = excluded.forget_at`
