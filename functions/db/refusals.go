package db

import (
	"errors"
	"net/http"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// refusals is what a violated constraint says to whoever asked, for the rare time when a race gets past the statement's own
// conditions. By the constraint's name.
var refusals = map[string]*events.Problem{
	"live brands have different slugs":        domain.BrandSlugTaken,
	"live staff have different addresses":     domain.EmailTaken,
	"live customers have different addresses": domain.EmailTaken,
	"an order has one payment under way":      domain.PaymentInProgress,
	"an order has one row":                    domain.OrderExists,
	"a payment has one row":                   domain.PaymentExists,
	"live categories have different slugs":    domain.CategorySlugTaken,
	"live products have different SKUs":       domain.ProductSKUTaken,
}

// errUnreadable refuses a value that is not of the form of what it stands for, such as a text with a NUL or an id with a prefix.
var errUnreadable = &events.Problem{Status: http.StatusUnprocessableEntity, Code: "invalid", Detail: "The request holds a value that cannot be read, such as an id in another form or a text with a NUL."}

// unreadable tells that Postgres could not read a value: invalid text representation, character not in repertoire.
func unreadable(err error) bool { return isCode(err, "22P02", "22021") }

// outOfRange tells that a value was read and cannot be: a number or a time of a cursor that somebody made up.
func outOfRange(err error) bool { return isCode(err, "22003", "22007", "22008") }

func isCode(err error, codes ...string) bool {
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	return ok && slices.Contains(codes, refusal.Code)
}
