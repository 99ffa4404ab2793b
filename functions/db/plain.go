package db

import (
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// createNeeds, updateNeeds and deleteNeeds are what the commands of a plain noun look for: the row itself, and what its fields refer to
// or must not meet.
func createNeeds[F any](row *need, of func(F) needs) func(events.Received[F]) needs {
	return func(c events.Received[F]) needs { return rowAnd(row, c.Subject, of(c.Data)) }
}

func updateNeeds[F any](row *need, of func(F) needs) func(events.Received[events.Change[F]]) needs {
	return func(c events.Received[events.Change[F]]) needs { return rowAnd(row, c.Subject, of(c.Data.Fields)) }
}

func deleteNeeds(row *need) func(events.Received[events.Deletion]) needs {
	return func(c events.Received[events.Deletion]) needs { return needs{row: {c.Subject}} }
}

func rowAnd(row *need, id string, others needs) needs {
	others[row] = append(others[row], id)
	return others
}

// ifAny is a key, or none when it is empty.
func ifAny(key string) []string {
	if key == "" {
		return nil
	}
	return []string{key}
}

// scanRow reads a plain noun's state and after it deleted_at.
func scanRow[S any](columns func(*S) []any, meta metaOf[S]) func(pgx.CollectableRow) (domain.Row[S], error) {
	return func(row pgx.CollectableRow) (r domain.Row[S], err error) {
		err = row.Scan(append(columns(&r.State), &r.DeletedAt)...)
		utc(meta(&r.State))
		return r, err
	}
}

// metaOf is the part of a state that all of them have.
type metaOf[S any] func(*S) *events.Meta

// loadsRows reads rows of a plain noun.
func loadsRows[S any](t domain.Table[domain.Row[S]], meta metaOf[S], columns func(*S) []any) func(*domain.Rows, pgx.Rows) error {
	return loads(t, scanRow(columns, meta), func(r domain.Row[S]) string { return meta(&r.State).ID })
}

// savesRows writes rows of a plain noun: what all of them have, and the fields of the state.
func savesRows[S any](t domain.Table[domain.Row[S]], of metaOf[S], fields ...field[S]) func(moment, *domain.Rows) []write {
	meta := func(r domain.Row[S]) events.Meta { return *of(&r.State) }
	version := func(r domain.Row[S]) int64 { return meta(r).Version }
	changing := []string{"version", "updated_at", "deleted_at"}
	columns := []field[domain.Row[S]]{
		col("id", "uuid", func(r domain.Row[S]) string { return meta(r).ID }),
		col("version", "bigint", version),
		col("created_at", "timestamptz", func(r domain.Row[S]) time.Time { return meta(r).CreatedAt }),
		col("updated_at", "timestamptz", func(r domain.Row[S]) time.Time { return meta(r).UpdatedAt }),
		col("deleted_at", "timestamptz", func(r domain.Row[S]) *time.Time { return r.DeletedAt }),
	}
	for _, f := range fields {
		columns = append(columns, ofState(f))
		changing = append(changing, f.name)
	}
	s := setOf(t.Name, columns, slices.Clip(changing)...)
	return func(_ moment, rows *domain.Rows) []write { return s.saves(t.Changes(rows), version) }
}

// ofState is a column of a state as one of its row.
func ofState[S any](f field[S]) field[domain.Row[S]] {
	return field[domain.Row[S]]{name: f.name, kind: f.kind, expression: f.expression, list: func(rows []domain.Row[S]) any {
		states := make([]S, len(rows))
		for i, r := range rows {
			states[i] = r.State
		}
		return f.list(states)
	}}
}
