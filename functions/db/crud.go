package db

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// utc gives times as they are said everywhere.
func utc(m *events.Meta) { m.CreatedAt, m.UpdatedAt = m.CreatedAt.UTC(), m.UpdatedAt.UTC() }

// crudGet answers a lookup of a plain noun, once the row has the version asked for. Errors: *Problem not_found or not_yet.
func crudGet[F, S any](ctx context.Context, st *inbox.Store, p domain.Plain[F, S], l events.Lookup, scan func(pgx.CollectableRow) (S, error), sql string) (S, error) {
	return inbox.AtLeast(ctx, st, p.Noun, l.ID, l.MinVersion, func() (S, int64, error) {
		rows, err := st.Reads.Query(ctx, sql, l.ID)
		if err != nil {
			var none S
			return none, 0, err
		}
		state, err := pgx.CollectExactlyOneRow(rows, scan)
		return state, p.Meta(&state).Version, err
	})
}

// shownTo is the condition for what is shown to everybody, where whoever asks may not see the rest; else none.
func shownTo(ctx context.Context, s *inbox.Store, e events.Received[events.Lookup], all events.Permission, condition string) (string, error) {
	if e.Data.Public {
		return condition, nil
	}
	err := s.Permit(ctx, e.By, all)
	if _, forbidden := errors.AsType[*events.Problem](err); forbidden {
		return condition, nil
	}
	return "", err
}

// createNeeds, updateNeeds and deleteNeeds are what the commands of a plain noun look for: the row itself, and what its fields refer to
// or must not meet.
func createNeeds[F any](row *inbox.Need, of func(F) inbox.Needs) func(events.Received[F]) inbox.Needs {
	return func(c events.Received[F]) inbox.Needs { return rowAnd(row, c.Subject, of(c.Data)) }
}

func updateNeeds[F any](row *inbox.Need, of func(F) inbox.Needs) func(events.Received[events.Change[F]]) inbox.Needs {
	return func(c events.Received[events.Change[F]]) inbox.Needs {
		return rowAnd(row, c.Subject, of(c.Data.Fields))
	}
}

func deleteNeeds(row *inbox.Need, ofIt ...*inbox.Need) func(events.Received[events.Deletion]) inbox.Needs {
	return func(c events.Received[events.Deletion]) inbox.Needs { return withIts(row, c.Subject, ofIt) }
}

// mergeNeeds are those of a deletion, and the row that takes what refers to the other.
func mergeNeeds(row, into *inbox.Need, ofIt ...*inbox.Need) func(events.Received[events.Merger]) inbox.Needs {
	return func(c events.Received[events.Merger]) inbox.Needs {
		return rowAnd(into, c.Data.IntoID, withIts(row, c.Subject, ofIt))
	}
}

// withIts is a row, and what else is found by its id.
func withIts(row *inbox.Need, id string, ofIt []*inbox.Need) inbox.Needs {
	n := inbox.Needs{row: {id}}
	for _, need := range ofIt {
		n[need] = []string{id}
	}
	return n
}

// rowAnd adds a row to what else is looked for, which may be nothing.
func rowAnd(row *inbox.Need, id string, others inbox.Needs) inbox.Needs {
	if others == nil {
		others = inbox.Needs{}
	}
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

// crudTake locks the rows of a table that change, and reads them. Ids are in one order everywhere, so that nobody waits for whoever waits for them.
func crudTake(table, columns string, changes *inbox.Need) inbox.Statement {
	return inbox.Statement{
		SQL: `select ` + columns + `, deleted_at from ` + table + ` where id = any($1::uuid[]) order by id for no key update`,
		By:  []*inbox.Need{changes},
	}
}

// crudTakeOrHold lets many at once hold a row that must stay as it is, and nobody while it changes: so what a product that is saved says of it is still so at the commit.
// The two kinds of locks are taken in one go, in the order of ids.
func crudTakeOrHold(table, columns string, changes, holds *inbox.Need) inbox.Statement {
	row := `select ` + columns + `, deleted_at from ` + table + ` where id = k.id and `
	return inbox.Statement{
		SQL: `select b.* from (
				select id, bool_or(changes) as changes from (
					select id, true from unnest($1::uuid[]) as c (id) union all select id, false from unnest($2::uuid[]) as h (id)
				) as wanted (id, changes) group by id order by id
			) as k cross join lateral (
				select * from (` + row + `k.changes for no key update) as c union all select * from (` + row + `not k.changes for share) as h
			) as b`,
		By: []*inbox.Need{changes, holds},
	}
}

// crudRead reads rows of a table without a lock: they do not change.
func crudRead(table, columns string, byID *inbox.Need) inbox.Statement {
	return inbox.Statement{SQL: `select ` + columns + `, deleted_at from ` + table + ` where id = any($1::uuid[])`, By: []*inbox.Need{byID}}
}

// crudReadBy reads them, and the live ones that have a value which must be unique: a command that would give it to another row looks for them.
func crudReadBy(table, columns string, byID *inbox.Need, column string, byValue *inbox.Need) inbox.Statement {
	return inbox.Statement{
		SQL: `select ` + columns + `, deleted_at from ` + table + ` where id = any($1::uuid[]
			|| array(select l.id from ` + table + ` l where l.` + column + ` = any($2::text[]) and l.deleted_at is null))`,
		By: []*inbox.Need{byID, byValue},
	}
}

// crudLoad reads rows of a plain noun.
func crudLoad[S any](t domain.Table[domain.Row[S]], meta metaOf[S], columns func(*S) []any) func(*domain.Rows, pgx.Rows) error {
	return inbox.Loads(t, scanRow(columns, meta), func(r domain.Row[S]) string { return meta(&r.State).ID })
}

// crudSave writes rows of a plain noun: what all of them have, and the fields of the state.
func crudSave[S any](t domain.Table[domain.Row[S]], of metaOf[S], fields ...pg.Column[S]) func(inbox.Moment, *domain.Rows) []pg.Write {
	meta := func(r domain.Row[S]) events.Meta { return *of(&r.State) }
	version := func(r domain.Row[S]) int64 { return meta(r).Version }
	changing := []string{"version", "updated_at", "deleted_at"}
	columns := []pg.Column[domain.Row[S]]{
		pg.Col("id", "uuid", func(r domain.Row[S]) string { return meta(r).ID }),
		pg.Col("version", "bigint", version),
		pg.Col("created_at", "timestamptz", func(r domain.Row[S]) time.Time { return meta(r).CreatedAt }),
		pg.Col("updated_at", "timestamptz", func(r domain.Row[S]) time.Time { return meta(r).UpdatedAt }),
		pg.Col("deleted_at", "timestamptz", func(r domain.Row[S]) *time.Time { return r.DeletedAt }),
	}
	for _, f := range fields {
		columns = append(columns, ofState(f))
		changing = append(changing, f.Name)
	}
	s := pg.SetOf(t.Name, columns, slices.Clip(changing)...)
	return func(_ inbox.Moment, rows *domain.Rows) []pg.Write { return inbox.Saves(s, t.Changes(rows), version) }
}

// ofState is a column of a state as one of its row.
func ofState[S any](f pg.Column[S]) pg.Column[domain.Row[S]] {
	return pg.Column[domain.Row[S]]{Name: f.Name, Type: f.Type, Expression: f.Expression, Values: func(rows []domain.Row[S]) any {
		states := make([]S, len(rows))
		for i, r := range rows {
			states[i] = r.State
		}
		return f.Values(states)
	}}
}

// asJSON is a value as a column of JSON has it, what is personal in it in ciphertexts.
func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // it came out of JSON, and closed: a fault of ours
	}
	return string(text)
}
