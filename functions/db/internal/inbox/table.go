package inbox

import (
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Table is how rows come into memory and out of it again. What commands ask of Postgres about them stands here alone.
type Table struct {
	Writes []string  // the tables of Postgres that it writes, for the tests that hold them against what there is
	Take   Statement // locks and reads rows in one, in the order of ids: a row that had to be waited for is read as it is then
	Lock   Statement // only locks, where what is read depends on more than the row: what else is found may have changed meanwhile
	Read   Statement // reads them, once every lock of the batch is held: in READ COMMITTED a statement sees what was there when it began, so one that
	// had to wait for a lock does not see what it waited for
	Load func(rows *domain.Rows, answer pgx.Rows) error
	Save func(now Moment, rows *domain.Rows) []pg.Write
}

// Statement is a statement whose parameters are the keys of needs, each a list. It is asked when any of the keys is wanted.
type Statement struct {
	SQL string
	By  []*Need
	And func(now Moment) []any // further parameters
}

// Need is a way in which rows are found. Which table it is of says the Statement that has it in By.
type Need struct {
	Name string                              // for whoever reads a test or a debugger
	Ask  func(rows *domain.Rows, key string) // notes that the row with this very key is looked for; nil: it is found through another
	Text bool                                // the keys are no ids
}

// Needs is the keys that a command looks for. A row whose key is there twice is read once; a number is drawn from a sequence for each time that its key is there (domain.Sequence).
type Needs map[*Need][]string

// ByKey finds the row of a table with a key itself.
func ByKey[R any](name string, t domain.Table[R]) *Need { return &Need{Name: name, Ask: t.Ask} }

// Through finds rows through another's id.
func Through(name string) *Need { return &Need{Name: name} }

// ThroughText finds rows through what is no id.
func ThroughText(name string) *Need { return &Need{Name: name, Text: true} }

// check brings ids to the form in which they are stored, in place. Error: one is no id.
func (n Needs) check() error {
	for need, keys := range n {
		for i, key := range keys {
			if need.Text {
				continue
			}
			if uuid.Validate(key) != nil || strings.HasPrefix(key, "urn:") {
				return ErrUnreadable
			}
			keys[i] = domain.ID(key)
		}
	}
	return nil
}

// add takes in what another command needs.
func (n Needs) add(more Needs) {
	for need, keys := range more {
		n[need] = append(n[need], keys...)
	}
}

// queue asks the statement, unless nothing is wanted of it.
func (q Statement) queue(b *pgx.Batch, wanted Needs, now Moment) bool {
	args := make([]any, 0, len(q.By)+1)
	found := false
	for _, by := range q.By {
		keys := wanted[by]
		found = found || len(keys) > 0
		if keys == nil {
			keys = []string{}
		}
		args = append(args, keys)
	}
	if !found {
		return false
	}
	if q.And != nil {
		args = append(args, q.And(now)...)
	}
	b.Queue(q.SQL, args...)
	return true
}

// Saves writes the changes of a table's rows, updates before inserts: a new row may take a unique value that an old one gives up. version is
// a row's; nil: rows have none.
func Saves[R any](s pg.Set[R], changes []domain.Change[R], version func(R) int64) (all []pg.Write) {
	var made, changed []R
	var was []int64
	for _, c := range changes {
		if c.Made {
			made = append(made, c.After)
			continue
		}
		changed = append(changed, c.After)
		if version != nil {
			was = append(was, version(c.Before))
		}
	}
	return append(s.Update(changed, was), s.Insert(made)...)
}

// Loads reads rows, each under its key.
func Loads[R any](t domain.Table[R], scan func(pgx.CollectableRow) (R, error), key func(R) string) func(*domain.Rows, pgx.Rows) error {
	return func(rows *domain.Rows, answer pgx.Rows) error {
		all, err := pgx.CollectRows(answer, scan)
		for _, row := range all {
			t.Load(rows, key(row), row)
		}
		return err
	}
}

// LoadsNumbers reads numbers of a sequence.
func LoadsNumbers(q domain.Sequence) func(*domain.Rows, pgx.Rows) error {
	return func(rows *domain.Rows, answer pgx.Rows) error {
		all, err := pgx.CollectRows(answer, pgx.RowTo[int64])
		for _, n := range all {
			q.Load(rows, n)
		}
		return err
	}
}
