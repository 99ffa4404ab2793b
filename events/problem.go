package events

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Problem is a refusal that will not change by trying again, unless it says when. One vocabulary serves rejected events, query replies and
// the API's problem+json. Source: RFC 9457.
type Problem struct {
	Status int          `json:"status"`           // the HTTP status the client sees
	Code   string       `json:"code"`             // snake_case, stable, for programs
	Detail string       `json:"detail"`           // one sentence for people: what happened and what to do
	Errors []FieldError `json:"errors,omitempty"` // all faults at once, with their places
	Quote  *Quote       `json:"quote,omitempty"`  // what an order would cost now, where that is why it is refused
	// RetryAfter is in how many seconds the same may be done, where nothing but waiting is needed; 0: that is not so, or nobody knows.
	RetryAfter int `json:"retryAfter,omitempty" minimum:"1" doc:"In how many seconds the same may be done, where nothing but waiting is needed." example:"2"`
}

// FieldError is one fault of one value.
type FieldError struct {
	Location string `json:"location" doc:"Where it is: body.lines[0].quantity, query.limit, header.Idempotency-Key, or cart.lines[0] of a cart." example:"body.lines[0].quantity"` // body.lines[0].quantity
	Message  string `json:"message" doc:"What is wrong with it, for people." example:"must be at least 1"`
}

func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// Is makes errors.Is compare problems by code.
func (p *Problem) Is(target error) bool {
	other, ok := errors.AsType[*Problem](target)
	return ok && other.Code == p.Code
}

// InWords is how a noun is said to people: a shipping method for shippingMethod.
func InWords(noun string) string {
	var b strings.Builder
	for _, r := range noun {
		if unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Refuse is a business refusal: 409.
func Refuse(code, format string, args ...any) *Problem {
	return &Problem{Status: 409, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// After is the refusal of what may be done in so many seconds.
func (p *Problem) After(seconds int) *Problem {
	later := *p
	later.RetryAfter = seconds
	return &later
}

// Invalid is a request whose content is wrong: 422 with all its faults.
func Invalid(errs ...FieldError) *Problem {
	return Unprocessable("invalid", "The request's content is not valid; see errors.", errs...)
}

// Unprocessable is a request that reads well and asks for what cannot be: 422, with a code of its own.
func Unprocessable(code, detail string, errs ...FieldError) *Problem {
	return &Problem{Status: 422, Code: code, Detail: detail, Errors: errs}
}

// NotFound is the answer for an unknown id and for somebody else's: 404.
func NotFound(noun, id string) *Problem {
	return &Problem{Status: 404, Code: "not_found", Detail: fmt.Sprintf("There is no %s %s.", InWords(noun), id)}
}

// Stale is a change based on a version that is no longer the current one: 412.
func Stale(noun string, current int64) *Problem {
	return &Problem{Status: 412, Code: "stale_version", Detail: fmt.Sprintf("The %s has changed; its version is %d now. Read it again and repeat the change.", InWords(noun), current)}
}

// Forbidden is an asker who may not: 403.
func Forbidden(detail string) *Problem {
	return &Problem{Status: 403, Code: "forbidden", Detail: detail}
}

// TooMany is one request too many of late: 429.
func TooMany(code, detail string) *Problem {
	return &Problem{Status: 429, Code: code, Detail: detail}
}

// Rejection is the payload of every <noun>.rejected and <noun>.failed event.
type Rejection struct {
	CommandID   string  `json:"commandId"`
	CommandType string  `json:"commandType"`
	Problem     Problem `json:"problem"`
}
