package db

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// letterAt is a letter about a paid order that payment could not take, at a place.
func letterAt(place string) events.NewDeadLetter {
	return events.NewDeadLetter{
		LetterFacts: events.LetterFacts{
			Place: place, EventID: events.DeriveID("event", place), Source: events.DB.Source(), Type: events.OrderPaid.Type(), Subject: events.DeriveID("order", place),
			SentAt: time.Date(2026, 3, 3, 9, 41, 0, 0, time.UTC), Correlation: events.DeriveID("correlation", place), Function: events.Payment,
			Failed: "http://payment", Code: "503", Reason: "try again", Topic: events.OrderPaid.Topic(),
		},
		Causation: events.DeriveID("cause", place), By: events.SystemPrincipal(events.DB), Fingerprint: "f", Seal: "s1.x", Bytes: 11, Data: `{"a": "b <"}`,
	}
}

// letterDesk is a db with letters, and somebody who may send them again.
type letterDesk struct {
	*market
	boss events.Principal
}

func newLetterDesk(t *testing.T) *letterDesk {
	t.Helper()
	m := newMarket(t)
	return &letterDesk{m, staff(m.hire("boss@example.com", events.OwnerRole))}
}

func (d *letterDesk) record(l events.NewDeadLetter) (id string) {
	d.t.Helper()
	id = events.DeadLetterID(l.Place)
	if got := code(d.do(events.RecordDeadLetter.New(id, l))); got != "" {
		d.t.Fatal(got)
	}
	return id
}

func (d *letterDesk) mark(place string, kind events.MarkKind, at time.Time) {
	d.t.Helper()
	m := events.PlacedMark{Place: place, LetterMark: events.LetterMark{Kind: kind, Run: events.NewID(), At: at, By: events.Principal{Type: events.Client, ID: "ada@laptop"}}}
	if got := code(d.do(events.MarkDeadLetter.New(events.DeadLetterID(place), m))); got != "" {
		d.t.Fatal(got)
	}
}

func (d *letterDesk) letter(id string) events.DeadLetterState {
	d.t.Helper()
	return must(getDeadLetter(d.t.Context(), d.store, events.Received[events.Lookup]{Data: events.Lookup{ID: id}}))
}

func (d *letterDesk) list(f events.DeadLetterFilter) (page events.Page[events.DeadLetterGroup]) {
	d.t.Helper()
	page, err := listDeadLetters(d.t.Context(), d.store, events.Received[events.DeadLetterFilter]{Data: f})
	if err != nil {
		d.t.Fatal(err)
	}
	return page
}

// sent is what went out again, and the marks beside the letters, once all is done that is decided.
func (d *letterDesk) sent() (again []resent, marks []events.PlacedMark) {
	d.t.Helper()
	d.eventually("all is done that is decided of letters", func() bool {
		return d.count(`select count(*) from dead_letter_errand where done_at is null`) == 0
	})
	return d.sentYet()
}

// sentYet is sent as it is at this moment.
func (d *letterDesk) sentYet() (again []resent, marks []events.PlacedMark) {
	d.kafka.mu.Lock()
	defer d.kafka.mu.Unlock()
	return slices.Clone(d.kafka.again), slices.Clone(d.kafka.marks)
}

func TestALetterIsKeptAsItCame(t *testing.T) {
	t.Parallel()
	d := newLetterDesk(t)
	l := letterAt("0:17")
	personal := events.NewPersonal("canary")
	if err := d.keys.Encrypt(&personal); err != nil {
		t.Fatal(err)
	}
	cipher := must(json.Marshal(personal))
	l.Data = `{"email": ` + string(cipher) + `, "words": "personal:` + string(cipher[1:]) + `, "n": 1}`
	id := d.record(l)
	got := d.letter(id)
	want := events.DeadLetterState{
		ID: id, LetterFacts: l.LetterFacts, At: got.At, Bytes: l.Bytes, Kept: true, Status: events.LetterOpen,
		Data: json.RawMessage(`{"email": "[personal]", "words": "[personal]", "n": 1}`),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	entries := len(d.entries())
	if d.record(l); len(d.entries()) != entries+1 || d.letter(id).At != got.At {
		t.Error("a letter that comes again is another one")
	}
	again, marks := d.sent()
	if len(again)+len(marks) != 0 {
		t.Errorf("taking a letter in sends %v, %v", again, marks)
	}
}

// Once, as it was, to the function that failed; and beside the letter it is said for the command line.
func TestAReplaySendsTheEventOnceAndMarksTheLetter(t *testing.T) {
	t.Parallel()
	d := newLetterDesk(t)
	l := letterAt("3:5")
	id := d.record(l)
	replay := func(r events.LetterReplay) events.OperationState {
		t.Helper()
		return d.do(events.ReplayDeadLetter.New(id, r).AskedBy(d.boss))
	}
	if got := replay(events.LetterReplay{}); got.Problem != nil {
		t.Fatal(got.Problem)
	}
	again, marks := d.sent()
	state := d.letter(id)
	if state.Status != events.LetterReplayed || state.Replayed == nil || state.Replayed.By != d.boss {
		t.Errorf("%+v", state)
	}
	if diff := cmp.Diff([]resent{{events.Payment, "3:5", bus.LetterEnvelope(l)}}, again); diff != "" {
		t.Errorf("(-want +sent):\n%s", diff)
	}
	if diff := cmp.Diff([]events.PlacedMark{{Place: "3:5", LetterMark: *state.Replayed}}, marks); diff != "" {
		t.Errorf("(-want +marked):\n%s", diff)
	}
	if got := code(replay(events.LetterReplay{Hopeless: true})); got != "letter_replayed" {
		t.Errorf("a second time: %q", got)
	}
	if got := code(d.do(events.DiscardDeadLetter.New(id, events.LetterDiscard{}).AskedBy(d.boss))); got != "letter_replayed" {
		t.Errorf("discarded all the same: %q", got)
	}
	if again, _ = d.sent(); len(again) != 1 {
		t.Errorf("what was refused was sent: %v", again)
	}
	if got := replay(events.LetterReplay{Again: true}); got.Problem != nil {
		t.Error(got.Problem)
	}
	if again, marks = d.sent(); len(again) != 2 || len(marks) != 2 {
		t.Errorf("said again, %d were sent and %d marked", len(again), len(marks))
	}
	// What the source brings of a mark of db's own is there already.
	entries := len(d.entries())
	d.do(events.MarkDeadLetter.New(id, marks[0]))
	if now := d.entries(); len(now) != entries+1 || len(now[entries].Results) != 0 {
		t.Error("db's own mark is told again")
	}
}

func TestALetterIsDiscardedWithAReason(t *testing.T) {
	t.Parallel()
	d := newLetterDesk(t)
	id := d.record(letterAt("0:1"))
	if got := d.do(events.DiscardDeadLetter.New(id, events.LetterDiscard{Reason: events.Said("by telephone")}).AskedBy(d.boss)); got.Problem != nil {
		t.Fatal(got.Problem)
	}
	state := d.letter(id)
	if err := d.keys.Decrypt(&state.Discarded.Reason.Personal); err != nil || state.Discarded.Reason.Plaintext() != "by telephone" || state.Status != events.LetterDiscarded {
		t.Errorf("%+v, %v", state, err)
	}
	again, marks := d.sent()
	if len(again) != 0 || len(marks) != 1 || marks[0].Kind != events.DiscardedMark || !marks[0].Reason.IsZero() {
		t.Errorf("sent %v, marked %v", again, marks)
	}
	if got := code(d.do(events.ReplayDeadLetter.New(id, events.LetterReplay{}).AskedBy(d.boss))); got != "letter_discarded" {
		t.Errorf("sent again: %q", got)
	}
	if got := d.do(events.ReplayDeadLetter.New(id, events.LetterReplay{Again: true}).AskedBy(d.boss)); got.Problem != nil {
		t.Errorf("sent again all the same: %v", got.Problem)
	}
}

// What Kafka has not confirmed is published again by the sweep, with the letter.
func TestAReplayThatKafkaDidNotTakeIsSentLater(t *testing.T) {
	t.Parallel()
	d := newLetterDesk(t)
	id := d.record(letterAt("0:2"))
	d.published()
	d.kafka.setDown(true)
	e := d.command(events.ReplayDeadLetter.New(id, events.LetterReplay{}).AskedBy(d.boss))
	if err := d.store.Apply(t.Context(), e); err == nil {
		t.Fatal("without Kafka it counts as done")
	}
	d.kafka.setDown(false)
	if err := d.store.Apply(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if again, marks := d.sent(); len(again) != 1 || len(marks) != 1 {
		t.Errorf("%d sent, %d marked", len(again), len(marks))
	}
}

// letterStatus is how a letter l stands by what is kept beside it.
const letterStatus = `case when l.state = 'open' and l.expires_at <= now() then 'hopeless' else l.state end`

// How a letter stands is the same in SQL, by which lists are filtered, as by the rules.
func TestLettersAreListedByEvent(t *testing.T) {
	t.Parallel()
	d := newLetterDesk(t)
	now := time.Now().UTC()
	open, twice, hopeless, late := letterAt("0:1"), letterAt("0:2"), letterAt("0:3"), letterAt("0:4")
	twice.EventID, twice.Function, twice.Type = open.EventID, events.Inventory, open.Type
	hopeless.Code, hopeless.Failed = "422", "/mart/payment"
	late.Type, late.Topic, late.SentAt = events.CreateBrand.Type(), events.CreateBrand.Topic(), now.Add(-events.ForgottenAfter-time.Minute)
	replayed, discarded, claimed := letterAt("1:1"), letterAt("1:2"), letterAt("1:3")
	for _, l := range []events.NewDeadLetter{open, twice, hopeless, late, replayed, discarded} {
		d.record(l)
	}
	d.mark("0:2", events.ReplayedMark, now)
	d.mark("1:1", events.ReplayedMark, now)
	d.mark("1:2", events.DiscardedMark, now)
	d.mark("1:3", events.ClaimedMark, now.Add(-events.LetterClaim/2)) // before its letter
	d.record(claimed)
	all := map[string]events.LetterStatus{}
	for _, g := range d.list(events.DeadLetterFilter{}).Items {
		for _, l := range g.Letters {
			all[l.Place] = l.Status
			if events.LetterEventID(l.LetterFacts) != g.ID {
				t.Errorf("%s is about another event", l.Place)
			}
		}
	}
	want := map[string]events.LetterStatus{
		"0:1": events.LetterOpen, "0:2": events.LetterReplayed, "0:3": events.LetterHopeless, "0:4": events.LetterHopeless,
		"1:1": events.LetterReplayed, "1:2": events.LetterDiscarded, "1:3": events.LetterOpen,
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for place, status := range want {
		var says events.LetterStatus
		err := d.store.Reads.QueryRow(t.Context(), `select `+letterStatus+` from dead_letter l where l.place = $1`, place).Scan(&says)
		if err != nil || says != status {
			t.Errorf("%s is %s in SQL, want %s: %v", place, says, status, err)
		}
	}
	for name, c := range map[string]struct {
		filter events.DeadLetterFilter
		want   []string
	}{
		"open":                    {events.DeadLetterFilter{Status: events.LetterOpen}, []string{"0:1 0:2", "1:3"}},
		"of one letter":           {events.DeadLetterFilter{Status: events.LetterOpen, Function: events.Inventory}, nil},
		"of a function":           {events.DeadLetterFilter{Function: events.Inventory}, []string{"0:1 0:2"}},
		"of a type's beginning":   {events.DeadLetterFilter{Type: "com.onlinemart.brand."}, []string{"0:4"}},
		"of events":               {events.DeadLetterFilter{Events: []string{events.LetterEventID(late.LetterFacts), events.NewID()}}, []string{"0:4"}},
		"what nobody has sent":    {events.DeadLetterFilter{Type: "%"}, nil},
		"hopeless, of a function": {events.DeadLetterFilter{Status: events.LetterHopeless, Function: events.Payment}, []string{"0:3", "0:4"}},
	} {
		var got []string
		for _, g := range d.list(c.filter).Items {
			var places []string
			for _, l := range g.Letters {
				places = append(places, l.Place)
			}
			slices.Sort(places)
			got = append(got, fmt.Sprint(places)[1:len(fmt.Sprint(places))-1])
		}
		slices.Sort(got)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := d.letter(events.DeadLetterID("1:3")); got.ClaimedUntil.IsZero() {
		t.Error("a claim that came before its letter is lost")
	}
	page := d.list(events.DeadLetterFilter{Paging: events.Paging{Limit: 1}})
	if next := d.list(events.DeadLetterFilter{Paging: events.Paging{Limit: 100, Cursor: page.NextCursor}}); len(page.Items) != 1 || len(next.Items) != 5 {
		t.Errorf("%d events and %d behind them, want 1 and 5", len(page.Items), len(next.Items))
	}
}

// Where the topic was made anew another letter lies at the place of one that is gone, and what was done about that one is not done about this one.
func TestALetterTakesThePlaceOfOneThatIsGone(t *testing.T) {
	t.Parallel()
	d := newLetterDesk(t)
	first, second := letterAt("0:0"), letterAt("0:0")
	second.EventID = "other"
	id := d.record(first)
	d.mark("0:0", events.ReplayedMark, time.Now().UTC())
	if d.record(second); d.letter(id).Status != events.LetterOpen || d.letter(id).EventID != "other" {
		t.Errorf("%+v", d.letter(id))
	}
	var says events.LetterStatus
	if err := d.store.Reads.QueryRow(t.Context(), `select `+letterStatus+` from dead_letter l`).Scan(&says); err != nil || says != events.LetterOpen {
		t.Errorf("%s in SQL: %v", says, err)
	}
}

func TestLettersAreForgottenAsTheirTopicForgetsThem(t *testing.T) {
	t.Parallel()
	d := newLetterDesk(t)
	old, young := d.record(letterAt("0:1")), d.record(letterAt("0:2"))
	past := time.Now().Add(-events.LetterRetention - time.Minute).UTC()
	d.mark("0:1", events.DiscardedMark, past)
	d.mark("0:2", events.DiscardedMark, time.Now().UTC())
	d.exec(`update dead_letter set at = $1 where id = $2`, past, old)
	if err := d.store.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := d.count(`select count(*) from dead_letter_mark`); n != 1 || d.letter(young).Status != events.LetterDiscarded {
		t.Errorf("%d marks are left", n)
	}
	if _, err := getDeadLetter(t.Context(), d.store, events.Received[events.Lookup]{Data: events.Lookup{ID: old}}); err == nil {
		t.Error("the old letter is there")
	}
}

// Whoever asks must be allowed to now, whatever their token says.
func TestLettersAreForWhoeverMay(t *testing.T) {
	t.Parallel()
	d := newLetterDesk(t)
	id := d.record(letterAt("0:9"))
	for who, want := range map[events.Principal]string{staff(d.hire("s@example.com", events.SupportRole)): "forbidden", d.buyer(): "forbidden", d.boss: ""} {
		if got := code(d.do(events.DiscardDeadLetter.New(id, events.LetterDiscard{}).AskedBy(who))); got != want {
			t.Errorf("%v: %q, want %q", who, got, want)
		}
	}
	if got := code(d.do(events.ReplayDeadLetter.New(events.NewID(), events.LetterReplay{}).AskedBy(d.boss))); got != "not_found" {
		t.Errorf("no letter: %q", got)
	}
	if domain.Grants([]events.Role{events.SupportRole}, events.DeadLettersWrite) || !domain.Grants([]events.Role{events.SupportRole}, events.DeadLettersRead) {
		t.Error("support reads letters and does nothing about them")
	}
}
