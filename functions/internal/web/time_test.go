package web

import (
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"github.com/google/go-cmp/cmp"
)

func TestTime(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                              {},
		"2026-11-28T12:00:00Z":          noon,
		"2026-11-28T13:30:00+01:30":     noon,
		"2026-11-29T11:59:00+23:59":     noon,
		"2026-11-28T12:00:00.5Z":        noon.Add(time.Second / 2),
		"9999-12-31T23:59:59.999999Z":   time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
		"2026-11-28T12:00:00.000-00:00": noon,
	} {
		moment := Time(text)
		if faults := moment.Resolve(nil, huma.NewPathBuffer(nil, 0)); faults != nil {
			t.Errorf("%q: %v", text, faults)
		}
		if got := moment.UTC(); got != want { // the zone, too
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}

func TestTime_RefusesWhatNobodyCanWriteAgain(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"yesterday", "2026-11-28", "2026-11-28T12:00:00", "2026-11-28T12:00:00,5Z", "2026-11-28T12:00:00+24:00", "2026-11-28T12:00:00-24:00",
		"2026-11-28T12:00:00+23:60", "2026-11-28T12:00:00+01:60", "2026-11-28T1:00:00Z", "2026-11-28T24:00:00Z", "2026-02-29T12:00:00Z", "0000-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01", "10000-01-01T00:00:00Z",
	} {
		moment, at := Time(text), huma.NewPathBuffer(nil, 0)
		at.Push("query")
		at.Push("after")
		want := []error{ruleFault{Location: "query.after", Message: validation.MsgExpectedRFC3339DateTime}}
		if diff := cmp.Diff(want, moment.Resolve(nil, at)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}
