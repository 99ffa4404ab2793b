package user

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/web"
)

// letterbox is an office to which a source brings dead letters.
type letterbox struct {
	*office
	take http.Handler
	log  *functiontest.Log
}

func newLetterbox(t *testing.T) *letterbox {
	t.Helper()
	o := setup(t)
	r := o.Runtime(events.User, nil)
	return &letterbox{office: o, take: withLetters(newLetterTaker(r.Caller(), r.Log), http.NotFoundHandler()), log: o.Log}
}

// bring posts a record as its source does. The status is the answer's.
func (b *letterbox) bring(place, body string, attributes map[string]string) int {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodPost, bus.LetterPath, strings.NewReader(body))
	partition, offset, _ := strings.Cut(place, ":")
	r.Header.Set("Ce-Knativekafkapartition", partition)
	r.Header.Set("Ce-Knativekafkaoffset", offset)
	for name, value := range attributes {
		r.Header.Set("Ce-"+name, value)
	}
	w := httptest.NewRecorder()
	b.take.ServeHTTP(w, r)
	return w.Code
}

// failed are the attributes of a letter about a paid order that payment did not take.
func failed(id string) map[string]string {
	return map[string]string{
		"specversion": "1.0", "id": id, "source": "/mart/db", "type": events.OrderPaid.Type(), "subject": events.DeriveID(id), "time": "2026-03-03T09:41:00.123Z",
		"correlationid": events.DeriveID("correlation", id), "receiver": "payment", "knativeerrordest": "http://payment", "knativeerrorcode": "403",
		"knativeerrordata": "YSBwcm94eQ==", "seal": "s1.x", "authtype": "system", "authid": "db",
	}
}

func (b *letterbox) list(query string) (events []LetterEvent) {
	b.t.Helper()
	a := b.call("owner:"+b.boss, http.MethodGet, "/dead-letters"+query, "")
	if a.Status != http.StatusOK {
		b.t.Fatalf("%s: %d %s", query, a.Status, a.Body)
	}
	var page web.ListBody[LetterEvent]
	a.JSON(b.t, &page)
	return page.Items
}

func (b *letterbox) letter(place string) (l DeadLetter) {
	b.t.Helper()
	a := b.call("owner:"+b.boss, http.MethodGet, "/dead-letters/"+events.DeadLetterID(place), "")
	if a.Status != http.StatusOK {
		b.t.Fatalf("%s: %d %s", place, a.Status, a.Body)
	}
	a.JSON(b.t, &l)
	return l
}

func TestALetterIsTakenInAndShown(t *testing.T) {
	t.Parallel()
	b := newLetterbox(t)
	for range 2 { // a source brings it again when it has not heard the answer
		if got := b.bring("0:17", `{"redirectUrl":"https://secret","n":1}`, failed("e1")); got != http.StatusAccepted {
			t.Fatal(got)
		}
	}
	got := b.letter("0:17")
	want := DeadLetter{
		ID: events.DeadLetterID("0:17"), At: got.At, Bytes: 38, Status: events.LetterOpen, Kept: true, Flow: "/flow/" + events.DeriveID("correlation", "e1"),
		Data: json.RawMessage(`{"n":1,"redirectUrl":"[secret]"}`),
		LetterFacts: events.LetterFacts{
			Place: "0:17", EventID: "e1", Source: "/mart/db", Type: events.OrderPaid.Type(), Subject: events.DeriveID("e1"), SentAt: time.Date(2026, 3, 3, 9, 41, 0, 123_000_000, time.UTC),
			Correlation: events.DeriveID("correlation", "e1"), Function: events.Payment, Failed: "http://payment", Code: "403", Reason: "a proxy", Topic: events.OrderPaid.Topic(),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want.Data = nil
	all := b.list("?state=open")
	if diff := cmp.Diff([]LetterEvent{{ID: all[0].ID, At: got.At, Open: 1, Letters: []DeadLetter{want}}}, all); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := len(b.list("?function=notification")) + len(b.list("?state=replayed")) + len(b.list("?type=com.onlinemart.brand")); n != 0 {
		t.Errorf("%d that were not asked for", n)
	}
}

// What can never be taken in is done with; else it would be brought for ever, or become another letter.
func TestWhatCanNotBeTakenInIsNoOtherLetter(t *testing.T) {
	t.Parallel()
	b := newLetterbox(t)
	own := failed("own")
	own["type"] = events.RecordDeadLetter.Type()
	mark := map[string]string{"type": bus.MarkType(events.ReplayedMark), "id": "run", "subject": "nowhere", "time": "2026-03-03T09:41:00Z"}
	for name, c := range map[string]struct {
		place      string
		attributes map[string]string
	}{
		"without a place": {":", failed("e1")}, "at no place": {"x:1", failed("e1")}, "about taking in a letter": {"0:1", own}, "a mark beside nothing": {"0:2", mark},
	} {
		if got := b.bring(c.place, "{}", c.attributes); got != http.StatusAccepted {
			t.Errorf("%s: %d", name, got)
		}
	}
	if all := b.list(""); len(all) != 0 {
		t.Errorf("taken in: %+v", all)
	}
	if sent := b.Sent(); len(sent) != 0 {
		t.Errorf("%d commands were sent", len(sent))
	}
}

// Junk, and what is too large, is seen, and is not kept.
func TestWhatIsNotKeptSaysSo(t *testing.T) {
	t.Parallel()
	b := newLetterbox(t)
	b.bring("0:1", "\xff\x00junk", map[string]string{"type": "dev.knative.kafka.event", "id": "partition:1/offset:2", "source": "/apis/\xe9", "knativeerrordest": "/mart/db", "knativeerrorcode": "422"})
	b.bring("0:2", `"`+strings.Repeat("x", keptAtMost)+`"`, failed("large"))
	b.bring("0:3", "{\"a\":\"\xff\"}", failed("no text"))
	b.bring("0:4", strings.Repeat(`"`, 3), failed("no JSON"))
	for place, bytes := range map[string]int{"0:1": 6, "0:2": keptAtMost + 2, "0:3": 9, "0:4": 3} {
		l := b.letter(place)
		if l.Kept || l.Bytes != bytes || l.Data != nil {
			t.Errorf("%s: %+v", place, l)
		}
	}
	if junk := b.letter("0:1"); junk.Status != events.LetterHopeless || junk.Source != "/apis/é" || junk.Hopeless != "it holds no event of the mart" {
		t.Errorf("%+v", junk)
	}
	a := b.call("owner:"+b.boss, http.MethodPost, "/dead-letters/"+events.DeadLetterID("0:2")+"/replay", `{}`)
	if a.Status != http.StatusConflict || code(a) != "letter_not_kept" || !strings.Contains(a.Body, "mart dead-letters replay --place 0:2") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// Whoever did it is in the journal, whichever way it was done.
func TestWhoReplaysOrDiscardsIsInTheJournal(t *testing.T) {
	t.Parallel()
	b := newLetterbox(t)
	for i := range 3 {
		b.bring("0:"+strconv.Itoa(i), `{}`, failed("e"+strconv.Itoa(i)))
	}
	post := func(place, what, body string) functiontest.Answer {
		return b.call("owner:"+b.boss, http.MethodPost, "/dead-letters/"+events.DeadLetterID(place)+"/"+what, body)
	}
	if a := post("0:0", "replay", `{"dryRun":true}`); a.Status != http.StatusOK || !strings.Contains(a.Body, `"sent":false`) || !strings.Contains(a.Body, `"topic":"mart.payment.replays"`) {
		t.Errorf("dry: %d %s", a.Status, a.Body)
	}
	if l := b.letter("0:0"); l.Status != events.LetterOpen {
		t.Errorf("a dry run does something: %+v", l)
	}
	if a := post("0:0", "replay", `{}`); a.Status != http.StatusOK || !strings.Contains(a.Body, `"sent":true`) {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	for _, again := range []string{`{}`, `{"dryRun":true}`} {
		if a := post("0:0", "replay", again); a.Status != http.StatusConflict || code(a) != "letter_replayed" {
			t.Errorf("%s: %d %s", again, a.Status, a.Body)
		}
	}
	if a := post("0:1", "discard", `{"reason":"by telephone"}`); a.Status != http.StatusOK || !strings.Contains(a.Body, `"reason":"by telephone"`) {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	mark := map[string]string{
		"type": bus.MarkType(events.DiscardedMark), "id": "run", "source": "/mart/dead-letters", "subject": "0:2", "time": "2026-03-03T09:41:00Z", "authtype": "user", "authid": "ada@laptop",
	}
	if got := b.bring("0:3", "", mark); got != http.StatusAccepted {
		t.Error(got)
	}
	me, she := events.Principal{Type: events.Staff, ID: b.boss}, events.Principal{Type: events.Client, ID: "ada@laptop"}
	for place, want := range map[string]DeadLetter{"0:0": {Replayed: &LetterDone{By: me}}, "0:1": {Discarded: &LetterDone{By: me, Reason: "by telephone"}}, "0:2": {Discarded: &LetterDone{By: she}}} {
		l := b.letter(place)
		for _, done := range []*LetterDone{l.Replayed, l.Discarded} {
			if done != nil {
				done.At = time.Time{}
			}
		}
		if diff := cmp.Diff(want, DeadLetter{Replayed: l.Replayed, Discarded: l.Discarded}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", place, diff)
		}
	}
	type entry struct {
		Type string
		By   events.Principal
	}
	for place, want := range map[string]entry{
		"0:0": {events.ReplayDeadLetter.Type(), me}, "0:1": {events.DiscardDeadLetter.Type(), me}, "0:2": {events.MarkDeadLetter.Type(), she},
	} {
		items := b.journal("?subject=" + events.DeadLetterID(place)).Items
		var done []entry
		for _, e := range items {
			if e.Outcome == "succeeded" && e.Type != events.RecordDeadLetter.Type() {
				done = append(done, entry{e.Type, e.By})
			}
			if strings.Contains(string(e.Results[0].Data), "telephone") {
				t.Errorf("what somebody wrote is in clear: %s", e.Results[0].Data)
			}
		}
		if diff := cmp.Diff([]entry{want}, done); diff != "" {
			t.Errorf("%s (-want +got):\n%s", place, diff)
		}
	}
}

// A db that does not know letters yet, or does not answer, is waited for: nothing is sent that would become a letter itself.
func TestLettersWaitForDB(t *testing.T) {
	t.Parallel()
	o := setup(t)
	r := o.Runtime(events.User, nil)
	away := bus.NewAsker(events.User, o.Keys, "http://127.0.0.1:1")
	t.Cleanup(away.Close)
	r.Asker = away
	b := &letterbox{office: o, take: withLetters(newLetterTaker(r.Caller(), r.Log), http.NotFoundHandler())}
	before := len(o.Sent())
	if got := b.bring("0:1", "{}", failed("e1")); got != http.StatusServiceUnavailable || len(o.Sent()) != before {
		t.Errorf("%d, and %d commands", got, len(o.Sent())-before)
	}
}
