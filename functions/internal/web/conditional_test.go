package web

import (
	"errors"
	"testing"

	"github.com/onlinemart/mart/events"
)

func TestIfMatch(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]struct {
		version int64
		code    string
		reads   bool // asks which version there is
	}{
		"":                          {0, "precondition_required", false},
		" , ":                       {0, "precondition_required", false},
		`"7"`:                       {7, "", false},
		`"8"`:                       {8, "", false}, // db refuses it
		`"3", "7"`:                  {7, "", true},
		`"3","7",W/"9"`:             {7, "", true},
		`"7.34"`:                    {7, "", false}, // what is shown beside a version makes no change stale
		`"3.1", "7.0"`:              {7, "", true},
		`"7.034"`:                   {0, "stale_version", false},
		`"7."`:                      {0, "stale_version", false},
		`".7"`:                      {0, "stale_version", false},
		`"3", "4"`:                  {0, "stale_version", true},
		"*":                         {7, "", true},
		`W/"7"`:                     {0, "stale_version", false}, // a change compares strongly
		`W/"7", "8"`:                {8, "", false},
		"7":                         {0, "malformed_if_match", false},
		`"7`:                        {0, "malformed_if_match", false},
		`"7", 8`:                    {0, "malformed_if_match", false},
		`"7" "8"`:                   {0, "malformed_if_match", false},
		`w/"7"`:                     {0, "malformed_if_match", false},
		`W/7`:                       {0, "malformed_if_match", false},
		`, "7" ,, `:                 {7, "", false},
		`"a,b"`:                     {0, "stale_version", false},
		`""`:                        {0, "stale_version", false},
		`"07"`:                      {0, "stale_version", false},
		`"0"`:                       {0, "stale_version", false},
		`"a"`:                       {0, "stale_version", false},
		`"99999999999999999999999"`: {0, "stale_version", false},
	} {
		reads := false
		version, err := Conditional{IfMatch: header}.Version("brand", func() (int64, error) { reads = true; return 7, nil })
		code := ""
		if p, refused := errors.AsType[*events.Problem](err); refused {
			code = p.Code
		}
		if code != want.code || reads != want.reads || code == "" && version != want.version {
			t.Errorf("%q: %d %q, read %t; want %+v", header, version, code, reads, want)
		}
	}
}

// Whoever sends a weak tag is told why reading again would not help.
func TestAWeakTagIsToldSo(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		`W/"7"`: `If-Match compares strongly, so that a weak ETag never matches. Send the ETag without W/, such as "7".`,
		`"a"`:   `If-Match is not an ETag of this resource; one looks like "7".`,
	} {
		_, err := Conditional{IfMatch: header}.At("brand", 7)
		p, refused := errors.AsType[*events.Problem](err)
		if !refused || p.Status != 412 || p.Detail != want {
			t.Errorf("%s: %v", header, err)
		}
	}
	if p, _ := errors.AsType[*events.Problem](Conditional{IfMatch: "1"}.Required()); p == nil || p.Status != 400 {
		t.Errorf("without quotes: %v", p)
	}
}

func TestIfNoneMatchComparesWeakly(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"": false, `"7"`: true, `W/"7"`: true, `"6", W/"7"`: true, "*": true, `"6"`: false, "7": false, `w/"7"`: false, ",": false,
	} {
		if got := Matches(header, `"7"`); got != want {
			t.Errorf("%q: %t, want %t", header, got, want)
		}
	}
	if !Matches(`"7"`, `W/"7"`) {
		t.Error("a weak tag of ours is not found")
	}
}
