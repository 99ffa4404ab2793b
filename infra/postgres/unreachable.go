package postgres

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// UnreachableError means that no Postgres answers at an address.
type UnreachableError struct {
	Address string
	cause   error
}

func (e *UnreachableError) Error() string {
	why, _, _ := strings.Cut(e.cause.Error(), "\n")
	return fmt.Sprintf("no Postgres answers at %s: start it there, or correct the address (%s)", e.Address, why)
}

func (e *UnreachableError) Unwrap() error { return e.cause }

// connectError tells a server that is not there from one that refuses.
func connectError(err error) error {
	failed, network := errors.AsType[*pgconn.ConnectError](err)
	if _, answered := errors.AsType[*pgconn.PgError](err); !network || answered {
		return fmt.Errorf("connect: %w", err)
	}
	cause := error(failed)
	if op, ok := errors.AsType[*net.OpError](err); ok {
		cause = op.Err
	}
	return &UnreachableError{Address: net.JoinHostPort(failed.Config.Host, strconv.Itoa(int(failed.Config.Port))), cause: cause}
}
