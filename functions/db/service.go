package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/boot"
)

// New is the function.
func New() *boot.Function { return NewFaulty(builtIn()) }

// Faults are what a test does to db.
type Faults = inbox.Faults

// NewFaulty is the function as a test wants it.
func NewFaulty(f Faults) *boot.Function {
	return boot.New(events.DB, func(ctx context.Context, r *boot.Runtime) (boot.Service, error) { return build(ctx, r, f) }, Config{})
}

func build(ctx context.Context, r *boot.Runtime, f Faults) (boot.Service, error) {
	c := Config{faults: f}
	if err := r.Configure(ctx, &c); err != nil {
		return boot.Service{}, err
	}
	if c.PerPlace < 1 || c.Strangers < 1 {
		return boot.Service{}, errors.New("LOGIN_PER_PLACE and LOGIN_BY_STRANGERS must be at least 1")
	}
	if c.CartLife <= 0 || c.CartAbandoned < 0 {
		return boot.Service{}, errors.New("CART_TTL must be more than nothing, such as 720h, and CART_ABANDONED_AFTER not less than nothing")
	}
	if err := c.reachable(ctx, r.Log); err != nil {
		return boot.Service{}, err
	}
	store, err := Open(ctx, c, r.Publisher, r.Keys, r.Log, r.Metrics)
	if err != nil {
		return boot.Service{}, err
	}
	return boot.Service{Apply: store.Apply, Tick: store.Tick, Answers: store.Answers(), Reseal: store.Reseal, Stop: store.Close}, nil
}

// reachable waits for a Postgres that does not answer yet. Error: it answers and refuses, or ctx ended.
func (c Config) reachable(ctx context.Context, log *slog.Logger) error {
	away := func(err error) bool {
		refusal, answered := errors.AsType[*pgconn.PgError](err)
		_, network := errors.AsType[*pgconn.ConnectError](err)
		return network && (!answered || pg.Transient(refusal))
	}
	conn, err := boot.Await(ctx, log, "Postgres", away, func() (*pgx.Conn, error) { return pgx.Connect(ctx, c.URL) })
	if err != nil {
		return fmt.Errorf("connect to Postgres (DATABASE_URL): %w", err)
	}
	return conn.Close(ctx)
}
