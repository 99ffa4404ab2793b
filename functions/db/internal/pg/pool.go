// Package pg is what db knows of Postgres and nothing else: pools, sets of rows as lists, pages of a list, errors and migrations. It knows
// neither commands nor nouns.
package pg

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The limits of one statement. lock_timeout < statement_timeout < the deadline of a delivery.
var (
	Writing = map[string]string{
		"application_name": "mart-db", "lock_timeout": "2s", "statement_timeout": "5s",
		"idle_in_transaction_session_timeout": "20s", "synchronous_commit": "on", "default_transaction_isolation": "read committed",
		"plan_cache_mode": "force_generic_plan", "jit": "off", // everything goes by keys, so one plan fits all values,
		"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", // also one that was made while a table was still empty
	}
	Reading = map[string]string{
		"application_name": "mart-db-read", "statement_timeout": "3s", "jit": "off", "default_transaction_read_only": "on",
		"plan_cache_mode":                 "force_custom_plan", // how a list is read best depends on how much there is of what is asked for
		"max_parallel_workers_per_gather": "0",                 // many ask at once: each takes one processor
	}
)

// connectWithin bounds a connection's beginning, which holds a place in the pool meanwhile, also when nobody waits for it any more.
const connectWithin = 5 * time.Second

// Open connects to url with every session set up alike. Statements are prepared once per connection; behind a pooler that
// does not keep prepared statements, add default_query_exec_mode=exec to the address, and let it pass the settings on.
func Open(ctx context.Context, url string, size int32, session map[string]string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("DATABASE_URL is not a Postgres address; want postgres://user:password@host:5432/database")
	}
	config.MaxConns = size
	config.ConnConfig.StatementCacheCapacity = 512
	config.ConnConfig.ConnectTimeout = connectWithin
	maps.Copy(config.ConnConfig.RuntimeParams, session)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to Postgres (DATABASE_URL): %w", err)
	}
	return pool, nil
}

// Querier is what reads and transactions have in common.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}
