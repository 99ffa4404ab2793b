package pg

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/onlinemart/mart/events"
)

// Transient tells a failure that another try may not meet.
func Transient(err error) bool {
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		if _, problem := errors.AsType[*events.Problem](err); problem {
			return false
		}
		_, unconnected := errors.AsType[*pgconn.ConnectError](err)
		return unconnected || pgconn.SafeToRetry(err) || pgconn.Timeout(err) ||
			errors.Is(err, ErrConnectionLost) || errors.Is(err, ErrAgain) || errors.Is(err, context.DeadlineExceeded)
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

// AsTransient makes the loss of a connection a transient error, which its plain text does not tell.
func AsTransient(err error) error {
	if Transient(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrConnectionLost, err)
}

// ErrAgain makes a failure one that another try may not meet, though Postgres has done what it was asked.
var ErrAgain = errors.New("it is decided again")

// ErrConnectionLost makes a failure one that another try may not meet.
var ErrConnectionLost = errors.New("the connection to Postgres was lost")

// Unreadable tells that Postgres could not read a value: invalid text representation, character not in repertoire.
func Unreadable(err error) bool { return isCode(err, "22P02", "22021") }

// Unfit tells that Postgres could make nothing of a value that it was given, whatever is wrong with it (SQLSTATE class 22, data exception): it would
// make nothing of it again.
func Unfit(err error) bool {
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	return ok && strings.HasPrefix(refusal.Code, "22")
}

func isCode(err error, codes ...string) bool {
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	return ok && slices.Contains(codes, refusal.Code)
}
