package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/onlinemart/mart/events"
)

// Tx is an open transaction, and the moment of it.
type Tx struct {
	Now time.Time // one reading of the clock, in microseconds as Postgres keeps it

	conn *pgx.Conn
	open pgx.Rows // the last rows handed out
}

// Query reads rows.
func (tx *Tx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	rows, err := tx.conn.Query(ctx, sql, args...)
	tx.open = rows
	return rows, err
}

// QueryRow reads one row; its Scan gives pgx.ErrNoRows when there is none.
func (tx *Tx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return tx.conn.QueryRow(ctx, sql, args...)
}

// Exec writes.
func (tx *Tx) Exec(ctx context.Context, sql string, args ...any) error {
	_, err := tx.conn.Exec(ctx, sql, args...)
	return err
}

// SetDeadline makes the sweep emit the due event of kind for subject once dueAt has passed. It replaces an earlier one.
func (tx *Tx) SetDeadline(ctx context.Context, kind, subject string, dueAt time.Time) error {
	return tx.Exec(ctx, `
		insert into deadline (kind, subject, due_at) values ($1, $2, $3)
		on conflict (kind, subject) do update set due_at = excluded.due_at, fired_at = null`, kind, subject, dueAt)
}

// settle ends what was left open, so that the connection can be used again.
func (tx *Tx) settle() {
	if tx.open != nil {
		tx.open.Close()
		tx.open = nil
	}
}

// transient tells a failure that another try may not meet.
func transient(err error) bool {
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		if _, problem := errors.AsType[*events.Problem](err); problem {
			return false
		}
		_, unconnected := errors.AsType[*pgconn.ConnectError](err)
		return unconnected || pgconn.SafeToRetry(err) || pgconn.Timeout(err) ||
			errors.Is(err, errConnectionLost) || errors.Is(err, context.DeadlineExceeded)
	}
	switch refusal.Code {
	case "40001", "40P01", "55P03", "57014": // serialization, deadlock, lock timeout, cancelled
		return true
	}
	switch refusal.Code[:2] {
	case "08", "53", "57": // connection, resources, operator intervention
		return true
	}
	return false
}
