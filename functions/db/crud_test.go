package db

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// A plain noun whose fields refer to nothing and have no unique name looks for its row alone.
func TestPlainNeeds_OfFieldsThatNeedNothing(t *testing.T) {
	t.Parallel()
	none := func(string) inbox.Needs { return nil }
	of := events.Envelope{Subject: "b1"}
	want := inbox.Needs{brandByID: {"b1"}}
	for name, got := range map[string]inbox.Needs{
		"create": createNeeds(brandByID, none)(events.Received[string]{Envelope: of}),
		"update": updateNeeds(brandByID, none)(events.Received[events.Change[string]]{Envelope: of}),
	} {
		if d := cmp.Diff(want[brandByID], got[brandByID]); d != "" || len(got) != len(want) {
			t.Errorf("%s looks for %v besides (-want +got):\n%s", name, got, d)
		}
	}
}
