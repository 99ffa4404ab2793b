package db

import (
	"context"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
)

// Plan is how Postgres has carried out a statement.
type Plan struct{ SQL, Steps string }

// Plans tells, for whoever measures db, how Postgres reads what a question for published products asks of it, on connections as db has them.
func Plans(ctx context.Context, url string, q events.ProductFilter) ([]Plan, error) {
	q.Status = events.ProductPublished
	return plansOf(ctx, url, func(s *inbox.Store) error {
		_, err := listProducts(ctx, s, events.Received[events.ProductFilter]{Data: q})
		return err
	})
}

// plansOf tells how Postgres carries out all that a question asks of it.
func plansOf(ctx context.Context, url string, ask func(*inbox.Store) error) ([]Plan, error) {
	pool, err := pg.Open(ctx, url, 1, pg.Reading)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	seen := &statementsSeen{}
	config := pool.Config()
	config.ConnConfig.Tracer = seen
	traced, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	defer traced.Close()
	if err := ask(&inbox.Store{Options: inbox.Options{Reads: traced}}); err != nil {
		return nil, err
	}
	var plans []Plan
	for _, s := range seen.all {
		rows, err := pool.Query(ctx, "explain (analyze, buffers) "+s.SQL, s.Args...)
		if err != nil {
			return nil, err
		}
		steps, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return nil, err
		}
		plans = append(plans, Plan{SQL: s.SQL, Steps: strings.Join(steps, "\n")})
	}
	return plans, nil
}

// statementsSeen remembers what is asked.
type statementsSeen struct {
	mu  sync.Mutex
	all []pgx.TraceQueryStartData
}

func (s *statementsSeen) TraceQueryStart(ctx context.Context, _ *pgx.Conn, asked pgx.TraceQueryStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, asked)
	return ctx
}

func (*statementsSeen) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
