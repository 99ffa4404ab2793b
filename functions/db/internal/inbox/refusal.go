package inbox

import (
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/pg"
)

// ErrUnreadable refuses a value that is not of the form of what it stands for, such as a text with a NUL or an id with a prefix.
var ErrUnreadable = &events.Problem{Status: http.StatusUnprocessableEntity, Code: "invalid", Detail: "The request holds a value that cannot be read, such as an id in another form or a text with a NUL."}

// refusalIn finds a refusal in err: one that was said, or a constraint that says it.
func (s *Store) refusalIn(err error) (*events.Problem, bool) {
	if problem, ok := errors.AsType[*events.Problem](err); ok {
		return problem, true
	}
	if pg.Unreadable(err) {
		return ErrUnreadable, true
	}
	if violated, ok := errors.AsType[*pgconn.PgError](err); ok {
		problem, known := s.refusals[violated.ConstraintName]
		return problem, known
	}
	return nil, false
}
