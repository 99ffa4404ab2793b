package notification

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/mailbox"
)

// low tells the office that a product is low, and what is recorded of that.
func (o office) low(t *testing.T, id, product string) ([]events.NotificationResult, error) {
	t.Helper()
	sent, err := o.sendEach(t.Context(), lowLetters(events.Received[events.StockShortage]{Envelope: events.Envelope{ID: id, Subject: product}}, o.db.staff[events.StockWrite]))
	return results(t, sent), err
}

// Of what is low all who fill shelves are told, each once for each time that it becomes so, in the mart's language: what is left now, and where to look.
func TestAllWhoFillShelvesAreToldWhatIsLow(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.letters.shop.Language = events.German
	o.db.staff[events.StockWrite] = []string{"u1", "u2"}
	sent := events.NotificationResult{Status: events.NotificationSent}
	for i, c := range []struct {
		event string
		want  []events.NotificationResult
	}{{"e1", []events.NotificationResult{sent, sent}}, {"e1", nil}, {"e2", []events.NotificationResult{sent, sent}}} {
		got, err := o.low(t, c.event, "p1")
		if d := cmp.Diff(c.want, got); d != "" || err != nil {
			t.Errorf("%d: %v (-want +got):\n%s", i, err, d)
		}
	}
	to := map[string]int{}
	for _, l := range o.db.letters {
		to[l.UserID]++
	}
	if d := cmp.Diff(map[string]int{"u1": 2, "u2": 2}, to); d != "" {
		t.Error(d)
	}
	for _, r := range o.received(t) {
		if got := r.decoded(t, "Subject"); got != "Nur noch wenige: Mug <blue>" || r.header.Get("Content-Language") != "de" {
			t.Errorf("%q, %q", got, r.header.Get("Content-Language"))
		}
		for _, want := range []string{"4 × Mug <blue>", "MUG-2", "https://office.example/in/stock/p1", "weil Sie für Mart arbeiten"} {
			if !strings.Contains(r.text, want) {
				t.Errorf("the text lacks %q:\n%s", want, r.text)
			}
		}
		if !strings.Contains(r.page, "4 × Mug &lt;blue&gt;") || strings.Contains(r.page, "<blue>") {
			t.Errorf("the page:\n%s", r.page)
		}
	}
	if n := len(o.raws(t)); n != 4 {
		t.Errorf("%d mails, want 4", n)
	}
}

// What the mail server does not take for one of them is for its next try, and the others' mails are recorded: nobody gets a second one.
func TestOneOfSeveralMailsThatIsNotTaken(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.db.staff[events.StockWrite] = []string{"u1", "u2", "u3"}
	o.inbox.Fail(mailbox.Later, tries) // all tries of the first
	got, err := o.low(t, "e1", "p1")
	sent := events.NotificationResult{Status: events.NotificationSent}
	if d := cmp.Diff([]events.NotificationResult{sent, sent}, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if got, err := o.low(t, "e1", "p1"); len(got) != 0 || err != nil { // whoever has a claim is not written to again by the event
		t.Errorf("delivered again: %v, %v", got, err)
	}
	waiting := o.db.decided[slices.MinFunc(slices.Collect(maps.Keys(o.db.decided)), func(a, b string) int {
		return strings.Compare(o.db.decided[a].UserID, o.db.decided[b].UserID)
	})]
	if l := resumedOnDue(events.Received[events.NotificationState]{Data: waiting}); l.userID != "u1" || l.productID != "p1" {
		t.Errorf("its next try is %+v", l)
	}
}

// A product that is not for sale any more is told of to nobody; one of which there is nothing is told of in other words.
func TestAProductThatIsGone(t *testing.T) {
	t.Parallel()
	o := open(t)
	got, err := o.low(t, "e1", "another")
	want := []events.NotificationResult{{Status: events.NotificationFailed, Reason: errProductGone.reason}}
	if d := cmp.Diff(want, got); d != "" || err != nil || len(o.raws(t)) != 0 {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	p := o.db.products["p1"]
	p.Available = 0
	o.db.products["p1"] = p
	if _, err := o.low(t, "e2", "p1"); err != nil || !strings.Contains(strings.Join(o.mails(t), ""), "nothing left to sell") {
		t.Errorf("%v: %s", err, o.mails(t))
	}
}
