package db

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// manyLetters are 3,000 about 1,500 events, of which somebody has seen to all but a few.
const manyLetters = `
	insert into dead_letter (id, place, event, event_id, source, type, subject, correlation, causation, traceparent, by_type, by_id, fingerprint, seal, function, failed, code,
		reason, topic, bytes, data, hopeless, at)
	select md5('l' || n)::uuid, '0:' || n, md5('e' || n / 2)::uuid, 'e' || n / 2, '/mart/db', 'com.onlinemart.order.paid.v1', '', '', '', '', 'system', '/mart/db', '', '',
		case when n % 500 = 0 then 'inventory' else 'payment' end, '', '503', '', 'mart.order.paid', 1, '{}', '', now() - interval '1 minute' * (3000 - n)
	from generate_series(1, 3000) n`

const manyMarks = `
	insert into dead_letter_mark (id, letter_id, kind, run, at, by_type, by_id, reason)
	select md5('m' || n)::uuid, md5('l' || n)::uuid, case when n % 3 = 0 then 'discarded' else 'replayed' end, 'r', now(), 'staff', 'ada', ''
	from generate_series(1, 3000) n where n % 400 <> 0`

// A page of letters is read in the order of an index, whatever is asked for, and nothing is sorted, counted or read to its end.
func TestPlans_AListOfLettersCostsWhatAPageCosts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner := b.asOwner()
	for _, sql := range []string{manyLetters, manyMarks, `vacuum analyze dead_letter`, `analyze dead_letter_mark`} {
		if _, err := owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		filter events.DeadLetterFilter
		index  string
	}{
		"all":           {events.DeadLetterFilter{}, `"dead letter: newest first"`},
		"open":          {events.DeadLetterFilter{Status: events.LetterOpen}, `"dead letter: open, newest first"`},
		"replayed":      {events.DeadLetterFilter{Status: events.LetterReplayed}, `"dead letter: newest first"`},
		"of a function": {events.DeadLetterFilter{Function: events.Payment}, `"dead letter: newest first"`},
		"of a type":     {events.DeadLetterFilter{Type: "com.onlinemart.order"}, `"dead letter: newest first"`},
	} {
		ask := func(s *inbox.Store) error {
			_, err := listDeadLetters(t.Context(), s, events.Received[events.DeadLetterFilter]{Data: c.filter})
			return err
		}
		plans, err := plansOf(t.Context(), b.database.App, ask)
		if err != nil || len(plans) != 2 {
			t.Fatalf("%s: %d plans, %v", name, len(plans), err)
		}
		list := plans[0].Steps // behind it are the letters of the events
		outer, _, _ := strings.Cut(list, "SubPlan")
		if !strings.Contains(outer, "Backward using "+c.index) || strings.Contains(outer, "Sort") || strings.Contains(list, "Seq Scan") || strings.Contains(list, "Aggregate") {
			t.Errorf("%s:\n%s", name, list)
		}
		if _, of, _ := strings.Cut(list, "SubPlan"); !strings.Contains(of, `"dead letter: of an event"`) {
			t.Errorf("%s: whether a letter is its event's newest is not asked of the event's letters:\n%s", name, list)
		}
	}
}

// eventsOf are the events of all pages, two at a time.
func (d *letterDesk) eventsOf(f events.DeadLetterFilter) (ids []string) {
	d.t.Helper()
	for f.Limit = 2; ; {
		page := d.list(f)
		for _, g := range page.Items {
			ids = append(ids, g.ID)
		}
		if f.Cursor = page.NextCursor; f.Cursor == "" {
			return ids
		}
	}
}

// Events are in the order of the last letter that passes the filter, page by page, each once.
func TestLettersAreListedByTheLastThatPasses(t *testing.T) {
	t.Parallel()
	d := newLetterDesk(t)
	at := time.Now().Add(-time.Hour).UTC()
	event := map[string]string{}
	// By age: a letter about each of a, b and c; then one more about a, by another function, which somebody discards.
	for i, l := range []struct{ place, event string }{{"0:1", "a"}, {"0:2", "b"}, {"0:3", "c"}, {"0:4", "a"}} {
		letter := letterAt(l.place)
		letter.EventID, letter.Type = l.event, events.OrderPaid.Type()
		if l.place == "0:4" {
			letter.Function = events.Inventory
		}
		id := d.record(letter)
		d.exec(`update dead_letter set at = $1 where id = $2`, at.Add(time.Duration(i)*time.Minute), id)
		event[l.event] = events.LetterEventID(letter.LetterFacts)
	}
	d.mark("0:4", events.DiscardedMark, time.Now().UTC())
	a, b, c := event["a"], event["b"], event["c"]
	for name, want := range map[string]struct {
		filter events.DeadLetterFilter
		ids    []string
	}{
		"all":           {events.DeadLetterFilter{}, []string{a, c, b}},
		"open":          {events.DeadLetterFilter{Status: events.LetterOpen}, []string{c, b, a}},
		"of payment":    {events.DeadLetterFilter{Function: events.Payment}, []string{c, b, a}},
		"discarded":     {events.DeadLetterFilter{Status: events.LetterDiscarded}, []string{a}},
		"oldest first":  {events.DeadLetterFilter{Paging: events.Paging{Sort: "at"}}, []string{b, c, a}},
		"of these":      {events.DeadLetterFilter{Events: []string{a, b}}, []string{a, b}},
		"open of these": {events.DeadLetterFilter{Events: []string{a, c}, Status: events.LetterOpen}, []string{c, a}},
	} {
		if diff := cmp.Diff(want.ids, d.eventsOf(want.filter)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if g := d.list(events.DeadLetterFilter{Status: events.LetterOpen}).Items[2]; !g.At.Equal(at.Truncate(time.Microsecond)) || len(g.Letters) != 2 {
		t.Errorf("of what is open of a: %v and %d letters, want %v and all", g.At, len(g.Letters), at)
	}
}

// How a letter stands follows its marks, whoever writes them and in whatever order.
func TestALetterStandsAsItsMarksSay(t *testing.T) {
	t.Parallel()
	d := newLetterDesk(t)
	stands := func(want events.LetterStatus) {
		t.Helper()
		var got events.LetterStatus
		if err := d.store.Reads.QueryRow(t.Context(), `select state from dead_letter`).Scan(&got); err != nil || got != want || d.letter(events.DeadLetterID("0:1")).Status != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
	d.mark("0:1", events.DiscardedMark, time.Now().UTC()) // before its letter
	d.record(letterAt("0:1"))
	stands(events.LetterDiscarded)
	d.mark("0:1", events.ClaimedMark, time.Now().Add(-events.LetterClaim).UTC())
	stands(events.LetterDiscarded)
	d.mark("0:1", events.ReplayedMark, time.Now().UTC())
	stands(events.LetterReplayed)
	d.exec(`delete from dead_letter_mark where kind = 'replayed'`)
	stands(events.LetterDiscarded)
	// As if two replicas had taken both in at one moment, and neither had seen the other's.
	d.exec(`update dead_letter set state = 'open'`)
	if err := d.store.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	stands(events.LetterDiscarded)
	d.exec(`delete from dead_letter_mark`)
	stands(events.LetterOpen)
}
