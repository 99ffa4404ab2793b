package web

import (
	"errors"
	"regexp"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// Time is a moment as a request names it. Inputs have no time.Time: time.Parse reads what nothing can write again, such as +24:00, and what
// is no RFC 3339, such as a comma before the fraction.
type Time string

// Resolve looks whether it is a moment. Error: it says how one is written.
func (t *Time) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	if *t == "" {
		return nil // whether it may be absent, the schema says
	}
	if _, err := parseTime(string(*t)); err != nil {
		return []error{Fault(at, validation.MsgExpectedRFC3339DateTime)}
	}
	return nil
}

// UTC is the moment, zero where there is none. It is for what Resolve has seen.
func (t Time) UTC() time.Time {
	at, err := parseTime(string(t))
	if err != nil {
		return time.Time{}
	}
	return at
}

// TimeOf writes a moment as a request would name it; nothing where there is none.
func TimeOf(at time.Time) Time {
	if at.IsZero() {
		return ""
	}
	return Time(at.UTC().Format(time.RFC3339Nano))
}

// rfc3339 is the form of a moment; that a day is one of the calendar's, time.Parse knows.
var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$`)

var errNoTime = errors.New("no moment of RFC 3339 in the years 0 to 9999")

// parseTime reads a moment in UTC. Error: it is none that can be written in UTC.
func parseTime(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	at = at.UTC()
	if err != nil || !rfc3339.MatchString(text) || at.Year() < 0 || at.Year() > 9999 {
		return time.Time{}, errNoTime
	}
	return at, nil
}
