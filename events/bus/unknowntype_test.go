package bus

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
)

// newerThan is m as a newer release would send it, under a type that only that one declares.
func newerThan(t *testing.T, k *events.Keys, by events.Function, m events.Outgoing) events.Envelope {
	t.Helper()
	e := stamped(t, k, by, m)
	e.Type = "com.onlinemart.order.teleported.v2"
	Sign(k, &e)
	return e
}

// What only the next release declares, an event, a command or a question, waits for that release while it is rolled out.
func TestWhatANewerReleaseSaysIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		to, by events.Function
		m      func() events.Outgoing
	}{
		"event":    {events.Inventory, events.DB, paidOrder},
		"command":  {events.DB, events.Order, func() events.Outgoing { return events.CancelOrder.New(brandID, events.OrderReason{}) }},
		"question": {events.DB, events.Order, func() events.Outgoing { return events.GetOrder.New(events.OwnedLookup{ID: brandID}) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := testKeys(t)
			e := newerThan(t, k, c.by, c.m())
			p := portOf(t, c.to, k, func(context.Context, events.Envelope) (any, error) { t.Error("it was handled"); return nil, nil })
			if w := p.post(inBinary(t, e)); w.Code != http.StatusServiceUnavailable || p.count("retry") != 1 || len(p.buried) != 0 {
				t.Errorf("%d, buried %v", w.Code, p.buried)
			}
		})
	}
}

// A flood of them must not take the places of what this release can do: the rest are dead letters at once, and nothing is lost.
func TestOnlySoManyNewcomersWait(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	p := portOf(t, events.Inventory, k, nothing)
	post := func(e events.Envelope) int { return p.post(inBinary(t, e)).Code }
	var waiting []events.Envelope
	for range unknownTypesLimit {
		e := newerThan(t, k, events.DB, paidOrder())
		if waiting = append(waiting, e); post(e) != http.StatusServiceUnavailable {
			t.Fatal("one of the first does not wait")
		}
	}
	if code := post(newerThan(t, k, events.DB, paidOrder())); code != http.StatusAccepted || len(p.buried) != 1 || !strings.Contains(p.buried[0].Error(), "its sender is newer than this function") {
		t.Errorf("one too many: %d, buried %v", code, p.buried)
	}
	if code := post(waiting[0]); code != http.StatusServiceUnavailable || len(p.buried) != 1 {
		t.Errorf("one that waits, delivered again: %d, buried %v", code, p.buried)
	}
	question := newerThan(t, k, events.Order, events.GetOrder.New(events.OwnedLookup{ID: brandID}))
	if code := post(question); code != http.StatusServiceUnavailable || len(p.buried) != 1 {
		t.Errorf("a question is never a dead letter: %d, buried %v", code, p.buried)
	}
}

func TestNewcomersWaitForARollout(t *testing.T) {
	t.Parallel()
	n := unknownTypes{until: map[string]time.Time{}}
	e := events.Envelope{Source: events.DB.Source(), ID: "1", Subject: "s", Time: noon}
	for after, want := range map[time.Duration]bool{-time.Hour: true, 0: true, rolloutGrace - 1: true, rolloutGrace: false} {
		if got := (&unknownTypes{until: map[string]time.Time{}}).mayWait(e, noon.Add(after)); got != want {
			t.Errorf("%v old: %v", after, got)
		}
	}
	for i := range unknownTypesLimit + 1 {
		e.ID = events.NewID()
		if got := n.mayWait(e, noon); got != (i < unknownTypesLimit) {
			t.Errorf("number %d: %v", i+1, got)
		}
	}
	e.Time = noon.Add(rolloutGrace)
	if !n.mayWait(e, e.Time) {
		t.Error("those that waited too long still take the places")
	}
}
