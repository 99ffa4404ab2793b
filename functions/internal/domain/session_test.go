package domain

import (
	"testing"
	"time"
)

// A message says its time in milliseconds.
func TestSessionOver(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 29, 12, 0, 0, 500_400_000, time.UTC)
	for name, c := range map[string]struct {
		ended, asked time.Time
		want         bool
	}{
		"never":                   {time.Time{}, at, false},
		"before":                  {at, at.Add(-time.Millisecond).Truncate(time.Millisecond), false},
		"in the same millisecond": {at, at.Truncate(time.Millisecond), true},
		"after":                   {at, at.Add(time.Second), true},
	} {
		if got := SessionOver(c.ended, c.asked); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
