package db

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

type nowhere struct{}

func (nowhere) Publish(context.Context, ...events.Envelope) error { return nil }

// crew runs do in n goroutines until b.N are done.
func crew(b *testing.B, n int, do func(i int)) {
	b.Helper()
	var next atomic.Int64
	done := make(chan struct{})
	b.ResetTimer()
	for range n {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				do(int(i))
			}
		}()
	}
	for range n {
		<-done
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

// BenchmarkCreate is a brand's creation through Apply against the same statements from a plain pgx loop.
func BenchmarkCreate(b *testing.B) {
	for _, n := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("apply/%d", n), func(b *testing.B) {
			t := setup(b, func(o *inbox.Options) { o.Publisher = nowhere{} })
			commands := make([]events.Envelope, b.N+1)
			for i := range commands {
				commands[i] = t.command(events.CreateBrand.New(events.NewID(), brandNamed(fmt.Sprintf("brand-%d", i))))
			}
			crew(b, n, func(i int) {
				if err := t.store.Apply(context.Background(), commands[i]); err != nil {
					b.Error(err)
				}
			})
		})
		b.Run(fmt.Sprintf("pgx/%d", n), func(b *testing.B) {
			config, err := pgxpool.ParseConfig(newDatabase(b).App)
			if err != nil {
				b.Fatal(err)
			}
			config.MaxConns = int32(min(n, 16))
			pool, err := pgxpool.NewWithConfig(context.Background(), config)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(pool.Close)
			results := make([]byte, 180)
			crew(b, n, func(i int) {
				if err := plainCreate(context.Background(), pool, i, results); err != nil {
					b.Error(err)
				}
			})
		})
	}
}

func plainCreate(ctx context.Context, pool *pgxpool.Pool, i int, results []byte) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		id, slug := events.NewID(), fmt.Sprintf("brand-%d", i)
		if _, err := tx.Exec(ctx, `insert into inbox (source, id, fingerprint) values ('/mart/brand', $1, $1) on conflict do nothing`, id); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `insert into brand (id, created_at, updated_at, name, slug, description) values ($1, $2, $2, $3, $4, $5)
			on conflict do nothing returning `+brandColumns, id, "2026-01-01", slug, slug, "")
		if err != nil {
			return err
		}
		if _, err := pgx.CollectExactlyOneRow(rows, scanBrand); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			insert into journal (number, received_at, asked_at, decided_at, id, subject, correlation, source, type, asked_by, asked_by_id, outcome, results)
			select number, received_at, now(), now(), id, id, id, source, 'com.onlinemart.brand.create.v1', 'user', id, 'succeeded', $2 from inbox where id = $1`, id, results)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into outbox select number, received_at from inbox where id = $1`, id)
		return err
	})
}
