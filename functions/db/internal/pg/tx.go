package pg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Tx is an open transaction, and the moment of it.
type Tx struct {
	Now time.Time // one reading of the clock, in microseconds as Postgres keeps it

	Conn *pgx.Conn
	open pgx.Rows // the last rows handed out
}

// Query reads rows.
func (tx *Tx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	rows, err := tx.Conn.Query(ctx, sql, args...)
	tx.open = rows
	return rows, err
}

// QueryRow reads one row; its Scan gives pgx.ErrNoRows when there is none.
func (tx *Tx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return tx.Conn.QueryRow(ctx, sql, args...)
}

// Exec writes.
func (tx *Tx) Exec(ctx context.Context, sql string, args ...any) error {
	_, err := tx.Conn.Exec(ctx, sql, args...)
	return err
}

// Close ends what was left open, so that the connection can be used again.
func (tx *Tx) Close() {
	if tx.open != nil {
		tx.open.Close()
		tx.open = nil
	}
}
