package pg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
)

// How a migration waits for a table that others have: for a moment, in which those who come later wait behind it, then not at all for a while.
const (
	lockWithin    = time.Second
	firstRest     = 2 * time.Second
	longestRest   = time.Minute
	watchedPerTry = 4 // looks for who has the table, while it is waited for
)

func (m Migrations) lockWithin() time.Duration { return cmp.Or(m.LockWithin, lockWithin) }

// insist makes the steps up to a version, however often it takes to get their locks, and says for whom it waits. Error: a migration failed, or ctx ended.
func (m Migrations) insist(ctx context.Context, config *pgx.ConnConfig, provider *goose.Provider, version int64) error {
	for rest := cmp.Or(m.Pause, firstRest); ; rest = min(2*rest, longestRest) {
		watch := m.watch(ctx, config)
		_, err := provider.UpTo(ctx, version)
		holders := watch.stop()
		if refusal, is := errors.AsType[*pgconn.PgError](err); !is || refusal.Code != "55P03" {
			return err
		}
		var waits int64
		if partial, is := errors.AsType[*goose.PartialError](err); is {
			waits = partial.Failed.Source.Version
		}
		m.Log.Warn("a migration waits for a table that others have; it is tried again, and meanwhile holds up nobody: wait for them, or end one with select pg_terminate_backend(pid)",
			"migration", waits, "holders", strings.Join(holders, "; "), "rest", rest)
		select {
		case <-ctx.Done():
			return fmt.Errorf("migration %d waits for a table that others have (%s): %w", waits, strings.Join(holders, "; "), context.Cause(ctx))
		case <-time.After(rest):
		}
	}
}

// watcher looks, while a migration waits, for whom.
type watcher struct {
	end     context.CancelFunc
	watched sync.WaitGroup
	mu      sync.Mutex
	holders []string // as they were seen last
}

func (m Migrations) watch(ctx context.Context, config *pgx.ConnConfig) *watcher {
	ctx, end := context.WithCancel(ctx)
	w := &watcher{end: end, holders: []string{"they were not seen: look into pg_locks"}}
	w.watched.Go(func() { w.look(ctx, config, m.lockWithin()/watchedPerTry) })
	return w
}

func (w *watcher) stop() []string {
	w.end()
	w.watched.Wait()
	return w.holders
}

// lookedFor are the sessions for which a migration waits, those that only wait before it in the queue among them. What a session does is told to those who may know it.
const lookedFor = `
	select distinct format('pid %s %s%s since %s, %s: %s', h.pid, h.usename, coalesce(' (' || nullif(h.application_name, '') || ')', ''),
		to_char(h.xact_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC'), h.state, left(regexp_replace(h.query, '\s+', ' ', 'g'), 200))
	from pg_stat_activity w, unnest(pg_blocking_pids(w.pid)) as b (pid), pg_stat_activity h
	where w.application_name = $1 and w.datname = current_database() and h.pid = b.pid`

// look looks again and again, from the first moment on in which a migration may wait. That it cannot look is no reason not to migrate.
func (w *watcher) look(ctx context.Context, config *pgx.ConnConfig, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var conn *pgx.Conn
	defer func() {
		if conn != nil {
			_ = conn.Close(context.WithoutCancel(ctx))
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if conn == nil {
			var err error
			if conn, err = pgx.ConnectConfig(ctx, config); err != nil {
				return
			}
		}
		rows, err := conn.Query(ctx, lookedFor, migrating)
		if err != nil {
			return
		}
		if holders, err := pgx.CollectRows(rows, pgx.RowTo[string]); err == nil && len(holders) > 0 {
			w.mu.Lock()
			w.holders = holders
			w.mu.Unlock()
		}
	}
}
