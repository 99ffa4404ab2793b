package deadletters

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
)

// What was discarded is left out by a list and by a replay, unless it is asked for; it is discarded once, and what was sent again is not.
func TestDiscardLeavesLettersOut(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.fail("keep", events.Inventory)
	p.fail("drop", events.Inventory)
	p.fail("sent", events.Inventory)
	byID := func() map[string]Letter {
		all, err := Read(p.ctx, p.access, Filter{Discarded: true})
		if err != nil {
			t.Fatal(err)
		}
		letters := map[string]Letter{}
		for _, l := range all {
			letters[l.ID] = l
		}
		return letters
	}
	if steps, err := Replay(p.ctx, p.access, []Letter{byID()["sent"]}, "ada@example"); err != nil || !steps[0].Sent {
		t.Fatalf("%+v, %v", steps, err)
	}
	for i, want := range []map[string]bool{{"drop": true, "sent": false}, {"drop": false, "sent": false}} {
		now := byID()
		steps, err := Discard(p.ctx, p.access, []Letter{now["drop"], now["sent"]}, "bob@example")
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for _, s := range steps {
			got[s.ID] = s.Sent
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("time %d (-want +discarded):\n%s", i, diff)
		}
	}
	var left []string
	for _, l := range p.letters() {
		left = append(left, l.ID)
	}
	if strings.Contains(strings.Join(left, " "), "drop") || len(left) != 2 {
		t.Errorf("there are %v", left)
	}
	dropped := byID()["drop"]
	if sent := byID()["sent"]; sent.ReplayedBy != "ada@example" || dropped.DiscardedBy != "bob@example" {
		t.Errorf("sent again by %q, discarded by %q", sent.ReplayedBy, dropped.DiscardedBy)
	}
	if dropped.Discarded == nil {
		t.Fatalf("%+v", dropped)
	}
	if steps, err := Replay(p.ctx, p.access, []Letter{dropped}, "ada@example"); err != nil || !steps[0].Sent {
		t.Errorf("asked for, it is sent all the same: %+v, %v", steps, err)
	}
}

func TestDiscardOfEverythingMustBeChosen(t *testing.T) {
	t.Parallel()
	if err := (discard{}).Run(context.Background()); err == nil || !strings.Contains(err.Error(), "choose the letters") {
		t.Errorf("got %v", err)
	}
}

func TestDetail(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var b strings.Builder
	detail(&b, Letter{
		Place: "0:17", At: at, Type: events.OrderPaid.Type(), ID: "o1", Subject: "s1", Failed: "http://inventory", Code: "403", Reason: "a\nb\x1b[2J", Topic: events.OrderPaid.Topic(),
		Function: events.Inventory, Correlation: "c1", Discarded: &at,
	})
	want := `0:17
  event        com.onlinemart.order.paid.v1 o1
  about        s1
  given up at  2026-01-02 03:04:05
  function     inventory
  address      http://inventory
  last answer  403
  reason       a b [2J
  came from    mart.order.paid
  discarded    2026-01-02 03:04:05
  a replay     it goes to inventory, through mart.inventory.replays
  more         mart why c1
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := (show{Letters: []string{"x"}}).Validate(); err == nil {
		t.Error("x is no place")
	}
}
