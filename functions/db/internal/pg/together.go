package pg

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Statements are writes on their way: those that may share a statement do. One statement of many parts is planned, sent and begun once; its
// parts are carried out in their order, and tell how many rows each has written. A part sees nothing of those before it, but for the
// uniqueness and the references that it must keep.
type Statements [][]Write

// Together puts writes into as few statements as their order allows.
func Together(writes []Write) (all Statements) {
	for i, w := range writes {
		if last := len(all) - 1; i > 0 && !w.Alone && !writes[i-1].Alone {
			all[last] = append(all[last], w)
			continue
		}
		all = append(all, []Write{w})
	}
	return all
}

// Queue asks for them.
func (all Statements) Queue(b *pgx.Batch) {
	for _, parts := range all {
		if len(parts) == 1 {
			b.Queue(parts[0].SQL, parts[0].Args...)
			continue
		}
		var args []any
		for _, w := range parts {
			args = append(args, w.Args...)
		}
		b.Queue(joined(parts), args...)
	}
}

// ErrOtherRows means that other rows were written than were meant. What was sent behind the statement, a commit among it, is carried out all
// the same.
var ErrOtherRows = errors.New("other rows were written than were meant")

// Read checks that what was asked for is written. Error: Postgres refused it, or ErrOtherRows.
func (all Statements) Read(results pgx.BatchResults) error {
	for _, parts := range all {
		written := make([]int64, len(parts))
		if len(parts) == 1 {
			tag, err := results.Exec()
			if err != nil {
				return err
			}
			written[0] = tag.RowsAffected()
		} else {
			into := make([]any, len(parts))
			for i := range written {
				into[i] = &written[i]
			}
			if err := results.QueryRow().Scan(into...); err != nil {
				return err
			}
		}
		for i, w := range parts {
			if w.Rows >= 0 && written[i] != w.Rows {
				return fmt.Errorf("%w: %d, not %d: %s", ErrOtherRows, written[i], w.Rows, w.SQL)
			}
		}
	}
	return nil
}

var (
	parameter  = regexp.MustCompile(`\$\d+`)
	statements sync.Map // what joined has made, by its parts: there are as many as there are kinds of batches
)

// joined is the parts as one statement, their parameters counted on.
func joined(parts []Write) string {
	var key strings.Builder
	for _, w := range parts {
		key.WriteString(w.SQL + ";")
	}
	if made, ok := statements.Load(key.String()); ok {
		return made.(string)
	}
	var with, counts []string
	before := 0
	for i, w := range parts {
		sql := parameter.ReplaceAllStringFunc(w.SQL, func(p string) string {
			n, _ := strconv.Atoi(p[1:]) // digits, by the expression
			return "$" + strconv.Itoa(before+n)
		})
		with = append(with, fmt.Sprintf("w%d as (%s returning 1)", i, sql))
		counts = append(counts, fmt.Sprintf("(select count(*) from w%d)", i))
		before += len(w.Args)
	}
	sql := "with " + strings.Join(with, ", ") + " select " + strings.Join(counts, ", ")
	statements.Store(key.String(), sql)
	return sql
}
