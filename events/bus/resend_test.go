package bus

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/onlinemart/mart/events"
)

// inRecord reads the attributes of a record.
func inRecord(r *kgo.Record) Attribute {
	return func(name string) string {
		for _, h := range r.Headers {
			if h.Key == "ce_"+name {
				return string(h.Value)
			}
		}
		return ""
	}
}

// What is sent again is sealed as it was, says of which letter it is, and goes where the function alone reads.
func TestResendSendsWhatALetterHolds(t *testing.T) {
	t.Parallel()
	c := broker(t)
	p := publisher(t, events.DB, c)
	e := stamped(t, testKeys(t), events.DB, paidOrder())
	if err := p.DeadLetter(t.Context(), e, events.ErrPoison); err != nil {
		t.Fatal(err)
	}
	lies := records(t, c, events.DeadLetterTopic, 1)[0]
	l := NewLetterOf("3:17", inRecord(lies))
	l.Data = string(lies.Value)
	if diff := cmp.Diff(e, LetterEnvelope(l)); diff != "" {
		t.Fatalf("(-sent +in the letter):\n%s", diff)
	}
	if err := p.Resend(t.Context(), events.Payment, l.Place, LetterEnvelope(l)); err != nil {
		t.Fatal(err)
	}
	r := records(t, c, events.ReplayTopic(events.Payment), 1)[0]
	of := inRecord(r)
	if of("replayof") != "3:17" || of("seal") != e.Seal || of("knativeerrorcode") != "" || string(r.Key) != e.Subject || string(r.Value) != string(e.Data) {
		t.Errorf("%v %s", r.Headers, r.Value)
	}
}

// A mark lies in its letter's partition and reads as it was written.
func TestAMarkLiesBesideItsLetter(t *testing.T) {
	t.Parallel()
	c := broker(t)
	p := publisher(t, events.DB, c)
	at := time.Date(2026, 3, 3, 9, 41, 0, 0, time.UTC)
	want := map[int32]events.PlacedMark{}
	for i, place := range []string{"0:9", "1:9", "2:9"} {
		m := events.PlacedMark{Place: place, LetterMark: events.LetterMark{Kind: events.ReplayedMark, Run: place, At: at, By: events.Principal{Type: events.Staff, ID: "ada"}}}
		if err := p.Mark(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		want[int32(i)] = m
	}
	got := map[int32]events.PlacedMark{}
	for _, r := range records(t, c, events.DeadLetterTopic, len(want)) {
		m, ok := MarkOf(inRecord(r))
		if !ok || !r.Timestamp.Equal(at) {
			t.Errorf("%v at %s is no mark", r.Headers, r.Timestamp)
		}
		got[r.Partition] = m
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("by partition (-want +got):\n%s", diff)
	}
	for _, place := range []string{"", "x:1", "1", "-1:2", "1:-2"} {
		if err := p.Mark(t.Context(), events.PlacedMark{Place: place}); err == nil {
			t.Errorf("%q is a place", place)
		}
	}
	if err := p.Mark(t.Context(), events.PlacedMark{Place: "99:0", LetterMark: events.LetterMark{Kind: events.DiscardedMark, At: at}}); !errors.Is(err, ErrNoPlace) {
		t.Errorf("a partition that is none of the topic's: %v", err)
	}
	if m, ok := MarkOf(func(name string) string {
		return MarkAttributes(events.PlacedMark{Place: "0:1", LetterMark: events.LetterMark{Kind: events.ClaimedMark, Run: "r", At: at, By: events.Principal{Type: events.Staff, ID: "ada@laptop"}}}, "")[name]
	}); !ok || m.By != (events.Principal{Type: events.Client, ID: "ada@laptop"}) {
		t.Errorf("who says so at the command line is taken for %+v", m.By)
	}
}

// What goes astray to a function that reads no topic becomes no letter: its source, which brings letters, would bring that one, too.
func TestWhatGoesAstrayBecomesNoLetter(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	p := portOf(t, events.User, k, nothing)
	junk := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("junk"))
	for name, value := range map[string]string{"Specversion": "1.0", "Type": wrappedType, "Id": "partition:0/offset:1", "Source": "/apis/v1/x"} {
		junk.Header.Set("Ce-"+name, value)
	}
	forDB := inBinary(t, stamped(t, k, events.Brand, events.CreateBrand.New(brandID, events.BrandFields{Name: "a", Slug: "a"})))
	for name, r := range map[string]*http.Request{"junk": junk, "a command": forDB} {
		if w := p.post(r); w.Code != http.StatusBadRequest || len(p.buried) != 0 {
			t.Errorf("%s: %d, buried %v", name, w.Code, p.buried)
		}
	}
}
