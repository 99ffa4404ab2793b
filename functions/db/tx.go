package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Tx is the open transaction a mutation works in. A mutation neither knows nor cares whether other commands share it.
//
// Reads and locks go through Query and QueryRow, writes through Exec, Write and WriteRow: a refusal after a write has to be
// undone, one before it costs nothing.
type Tx struct {
	Now   time.Time // one reading of the clock for the whole command, in microseconds as Postgres keeps it
	Asker Account   // whoever asked, as they are now; zero for anybody without an account

	limits domain.Limits
	conn   *pgx.Conn
	wrote  bool
	open   pgx.Rows // the last rows handed out
}

// Query reads or locks rows.
func (tx *Tx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	rows, err := tx.conn.Query(ctx, sql, args...)
	tx.open = rows
	return rows, err
}

// QueryRow reads or locks one row; its Scan gives pgx.ErrNoRows when there is none.
func (tx *Tx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := tx.Query(ctx, sql, args...)
	return row{rows: rows, err: err}
}

// Lock runs a statement whose rows do not matter: it locks, and leaves nothing to undo.
func (tx *Tx) Lock(ctx context.Context, sql string, args ...any) error {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}

// Exec writes and tells how many rows it changed.
func (tx *Tx) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tag, err := tx.conn.Exec(ctx, sql, args...)
	tx.wrote = tx.wrote || tag.RowsAffected() > 0 || err != nil
	return tag.RowsAffected(), err
}

// Write writes and returns rows.
func (tx *Tx) Write(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	tx.wrote = true
	return tx.Query(ctx, sql, args...)
}

// WriteRow writes at most one row and returns it; its Scan gives pgx.ErrNoRows when nothing was written.
func (tx *Tx) WriteRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := tx.Query(ctx, sql, args...)
	return row{rows: rows, err: err, wrote: &tx.wrote}
}

// SetDeadline makes the sweep emit the due event of kind for subject once dueAt has passed. It replaces an earlier one.
func (tx *Tx) SetDeadline(ctx context.Context, kind, subject string, dueAt time.Time) error {
	_, err := tx.Exec(ctx, `
		insert into deadline (kind, subject, due_at) values ($1, $2, $3)
		on conflict (kind, subject) do update set due_at = excluded.due_at, fired_at = null`, kind, subject, dueAt)
	return err
}

// ClearDeadline takes a deadline back, if it is still there.
func (tx *Tx) ClearDeadline(ctx context.Context, kind, subject string) error {
	_, err := tx.Exec(ctx, `delete from deadline where kind = $1 and subject = $2`, kind, subject)
	return err
}

// mayStaff tells whether a member of staff, as they are now, may do something.
func (tx *Tx) mayStaff(by events.Principal, p events.Permission) bool {
	return by.Type == events.Staff && tx.Asker.Status == events.AccountActive && domain.Grants(tx.Asker.Roles, p)
}

// settle ends what a mutation left open, so that the connection can be used again.
func (tx *Tx) settle() {
	if tx.open != nil {
		tx.open.Close()
		tx.open = nil
	}
}

// row is one row of a query. With wrote set, a row means that something was written.
type row struct {
	rows  pgx.Rows
	err   error
	wrote *bool
}

func (r row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if r.wrote != nil {
		*r.wrote = true
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
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
			errors.Is(err, errConnectionLost) || errors.Is(err, errChangedMeanwhile) || errors.Is(err, context.DeadlineExceeded)
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
