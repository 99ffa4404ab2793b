package flow_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/flow"
)

// named is what types and their verbs look like, which are no words for people: cart.orderAsGuest, partCancelled.
var named = regexp.MustCompile(`\b[a-zA-Z]+\.[a-z]|\b[a-z]+[A-Z]`)

// Each command and each event of the catalogue is told in words, and the name of none: where a story has none of its own, it has the catalogue's.
func TestOf_HasWordsForEveryMessage(t *testing.T) {
	t.Parallel()
	some := events.Principal{Type: events.Staff, ID: "bob"}
	for _, d := range events.All() {
		var told flow.Flow
		switch d.Declaration().Kind {
		case events.Command:
			told = flow.Of("x", flow.Source{Entries: []events.JournalEntry{decided(1, "", d, events.Order, some)}})
			if !strings.HasPrefix(told.Story[0].Text, "Staff bob asked to ") {
				t.Errorf("%s is told as %q", d.Type(), told.Story[0].Text)
			}
		case events.Event:
			told = flow.Of("x", flow.Source{Entries: []events.JournalEntry{decided(1, "", events.PlaceOrder, events.Order, some, result("r", d, `{"id":"o","number":"M-000007"}`))}})
		default:
			continue
		}
		for _, s := range told.Story {
			for _, text := range append(s.Details, s.Text, told.Title) {
				if named.MatchString(text) || !strings.HasSuffix(text, ".") && text != told.Title {
					t.Errorf("%s is told as %q", d.Type(), text)
				}
			}
		}
	}
}

// What has become of a part of an order does not read as if it had become of all of it.
func TestOf_TellsTheParts(t *testing.T) {
	t.Parallel()
	staff := events.Principal{Type: events.Staff, ID: "bob"}
	order := func(of events.Declared, status string) events.JournalResult {
		return result("r"+status, of, `{"id":"o","number":"M-000007","status":"`+status+`"}`)
	}
	part := order(events.OrderDelivered, "fulfilled")
	for name, c := range map[string]struct {
		entry events.JournalEntry
		want  flow.Sentence
	}{
		"a parcel of two": {
			decided(1, "", events.FulfilOrder, events.Order, staff, order(events.OrderFulfilled, "paid")),
			flow.Sentence{Text: "Staff bob asked to note that goods of the order were sent.", Details: []string{"A part of order M-000007 was sent; another is left."}},
		},
		"the last parcel": {
			decided(1, "", events.FulfilRest, events.Order, staff, order(events.OrderFulfilled, "fulfilled")),
			flow.Sentence{Text: "Staff bob asked to note that all the rest of the order was sent.", Details: []string{"All of order M-000007 has been sent."}},
		},
		"all parcels at once": {
			decided(1, "", events.DeliverOrder, events.Order, staff, order(events.OrderDelivered, "delivered"), part),
			flow.Sentence{Text: "Staff bob asked to note that what was sent has arrived.", Details: []string{"A part of order M-000007 has arrived.", "All of order M-000007 has arrived."}},
		},
		"a part that is not wanted any more": {
			decided(1, "", events.CancelPart, events.Order, staff, order(events.OrderPartCancelled, "paid")),
			flow.Sentence{Text: "Staff bob asked to cancel a part of the order.", Details: []string{"A part of order M-000007 was cancelled."}},
		},
		"a cart": {
			decided(1, "", events.OrderAsGuest, events.Order, events.Guest("o"), result("c", events.CartOrdered, `{"id":"c"}`)),
			flow.Sentence{Text: "The guest of order o asked to order what is in a cart without an account.", Details: []string{"What was in a cart is an order now."}},
		},
		"what only a release to come knows": {
			func() events.JournalEntry {
				e := decided(1, "", events.PlaceOrder, events.Order, staff, events.JournalResult{ID: "r", Type: "com.onlinemart.order.wrapped.v1", Data: json.RawMessage(`{}`)})
				e.Type = "com.onlinemart.order.wrap.v1"
				return e
			}(),
			flow.Sentence{Text: "Staff bob asked for order.wrap.", Details: []string{"So order.wrapped was told."}},
		},
	} {
		c.want.At = c.entry.DecidedAt
		got := flow.Of("o", flow.Source{Entries: []events.JournalEntry{c.entry}}).Story
		if diff := cmp.Diff([]flow.Sentence{c.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
