package pg

import (
	"errors"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

type cup struct {
	id      string
	version int64
}

var cups = SetOf("cup", []Column[cup]{
	Col("id", "uuid", func(c cup) string { return c.id }),
	Col("version", "bigint", func(c cup) int64 { return c.version }),
}, "version")

// Writes share a statement in their order; one that may meet the rows of others has its own, and what comes after it comes after it.
func TestTogether(t *testing.T) {
	t.Parallel()
	rows := []cup{{"a", 1}}
	writes := append(cups.Update(rows, []int64{0}), cups.Insert(rows)...)
	tidy := AnyRows("delete from cup where id = $1", "b")
	b := &pgx.Batch{}
	all := Together(append(append(writes, tidy), cups.Insert(rows)...))
	all.Queue(b)
	type statement struct {
		SQL  string
		Args []any
	}
	var got []statement
	for _, q := range b.QueuedQueries {
		got = append(got, statement{q.SQL, q.Arguments})
	}
	id, one, was := []string{"a"}, []int64{1}, []int64{0}
	const insert = "insert into cup (id, version) overriding system value select c.id, c.version from unnest($1::uuid[], $2::bigint[]) as c (id, version) order by c.id"
	want := []statement{
		{
			"with w0 as (update cup t set version = c.version from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as c (id, version, was)" +
				" where t.id = c.id and t.version = c.was returning 1), w1 as (insert into cup (id, version) overriding system value" +
				" select c.id, c.version from unnest($4::uuid[], $5::bigint[]) as c (id, version) order by c.id returning 1)" +
				" select (select count(*) from w0), (select count(*) from w1)",
			[]any{id, one, was, id, one},
		},
		{tidy.SQL, []any{"b"}},
		{insert, []any{id, one}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if again := Together(nil); len(again) != 0 {
		t.Errorf("of nothing it makes %v", again)
	}
}

// wrote is a server that has written so many rows by each part of the statements that it is asked.
type wrote struct {
	pgx.BatchResults
	parts []int64
}

func (w *wrote) Exec() (pgconn.CommandTag, error) {
	return pgconn.NewCommandTag("UPDATE " + strconv.FormatInt(w.parts[0], 10)), nil
}

func (w *wrote) QueryRow() pgx.Row { return w }

// Scan gives the counts of one statement's parts.
func (w *wrote) Scan(into ...any) error {
	for i := range into {
		*into[i].(*int64) = w.parts[i]
	}
	return nil
}

// A count that is not as it was meant is told, of each part; how many rows others write does not matter.
func TestStatements_CountWhatIsWritten(t *testing.T) {
	t.Parallel()
	two, free := Write{SQL: "two", Rows: 2}, Write{SQL: "free", Rows: -1}
	for _, c := range []struct {
		all   Statements
		wrote []int64
		want  error
	}{
		{Statements{{two}}, []int64{2}, nil},
		{Statements{{two}}, []int64{1}, ErrOtherRows},
		{Statements{{free}}, []int64{7}, nil},
		{Statements{{free, two}}, []int64{7, 2}, nil},
		{Statements{{two, free}}, []int64{3, 7}, ErrOtherRows},
		{Statements{{free, two}}, []int64{7, 0}, ErrOtherRows},
	} {
		if err := c.all.Read(&wrote{parts: c.wrote}); !errors.Is(err, c.want) {
			t.Errorf("%v wrote %v: %v, want %v", c.all, c.wrote, err, c.want)
		}
	}
}
