package journal

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/functions/flow"
)

var story = flow.Flow{
	ID: order, Title: "Order M-000007 is placed", Cut: true,
	Story: []flow.Sentence{{
		At: time.Date(2026, 11, 27, 17, 24, 57, 5e6, time.UTC), Text: "Customer " + buyer + " asked to place an order.",
		Details: []string{"Order M-000007 was placed: 39.98 EUR for 2 × \x1b[2JTea (A1), reserved until it is paid."},
	}},
	Waits: []flow.Wait{
		{Subject: order, Text: "It waits to be paid.", Until: time.Date(2026, 11, 27, 17, 39, 57, 0, time.UTC)},
		{Subject: order, Text: "It waits to be sent.", Request: "POST /orders/" + order + "/fulfilments"},
		{Subject: order, Text: "inventory is told of it.", Letter: second, Do: []string{"mart dead-letters --id " + first, "mart dead-letters replay --id " + first}},
	},
}

const wantStory = `Order M-000007 is placed
2026-11-27 17:24:57.005  The customer asked to place an order.
  -> Order M-000007 was placed: 39.98 EUR for 2 ×  [2JTea (A1), reserved until
      it is paid.
What waits:
  - It waits to be paid.
    until 2026-11-27 17:39:57 UTC
  - It waits to be sent.
    staff note it with POST
        /orders/01a21e09-f033-7ee5-a43c-f727cca24099/fulfilments
  - inventory is told of it.
    staff look into it at
        /office/dead-letters/01a21e09-0000-7000-8000-00000000000b
    mart dead-letters --id 01a21e09-0000-7000-8000-00000000000a
    mart dead-letters replay --id 01a21e09-0000-7000-8000-00000000000a
There is more than this: mart journal has all of it.
Who they are:
  The customer: 01a21e09-0000-7000-8000-000000000001
`

// What was decided is told in the order of time, whatever led to it. Who has done it is called what they are; of whom there are two of a kind, by the ends of
// their ids.
func TestStory_TellsWhoAndWhen(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 27, 17, 24, 57, 0, time.UTC)
	got := Story(flow.Flow{Title: "x", Story: []flow.Sentence{
		{At: at, Text: "The guest of order " + order + " asked to pay."},
		{At: at.Add(3 * time.Second), Text: "Because of order.paid, notification asked to send a mail."},
		{At: at.Add(2 * time.Second), Text: "Staff " + first + " asked to approve the return.", Details: []string{"So said staff " + second + "."}},
	}})
	const want = `x
2026-11-27 17:24:57.000  The guest asked to pay.
2026-11-27 17:24:59.000  Staff …0000000a asked to approve the return.
  -> So said staff …0000000b.
2026-11-27 17:25:00.000  Because of order.paid, notification asked to send a
    mail.
Nothing waits.
Who they are:
  The guest: of order 01a21e09-f033-7ee5-a43c-f727cca24099
  Staff …0000000a: 01a21e09-0000-7000-8000-00000000000a
  Staff …0000000b: 01a21e09-0000-7000-8000-00000000000b
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStory(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(wantStory, Story(story)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := Story(flow.Flow{Title: "x"}); got != "x\nNothing waits.\n" {
		t.Errorf("%q", got)
	}
}

// It asks for JSON, as whoever says who they are, and says what to do where there is nothing to tell.
func TestWhy_AsksTheAPI(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Accept") != "application/json" || r.Header.Get("Authorization") != "Bearer right":
			w.WriteHeader(http.StatusForbidden)
		case r.URL.Path == "/flow/M-000007":
			_ = json.NewEncoder(w).Encode(story)
		case r.URL.Path == "/flow/x":
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = w.Write([]byte(`{"code":"invalid","detail":"See errors.","errors":[{"location":"path.id","message":"must be an id"}]}`))
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"code":"not_found","detail":"Nothing was decided about it."}`))
		}
	}))
	t.Cleanup(server.Close)
	mart, err := Reader{URL: server.URL, Token: "right"}.Enter(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := ReadFlow(t.Context(), mart, "M-000007")
	if err != nil {
		t.Fatal(err)
	}
	want := story
	want.Steps = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for id, says := range map[string]string{"x": "x must be an id", "a/b": "Nothing was decided about it."} {
		if _, _, err := ReadFlow(t.Context(), mart, id); err == nil || err.Error() != says {
			t.Errorf("%s: %v", id, err)
		}
	}
	if err := (Why{ID: "x", Reader: Reader{URL: server.URL}}).Run(context.Background()); err == nil || !strings.Contains(err.Error(), "MART_OWNER_PASSWORD") {
		t.Errorf("nobody: %v", err)
	}
	if err := (Why{ID: "x", Reader: Reader{URL: server.URL, Token: "wrong"}}).Run(context.Background()); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("a wrong token: %v", err)
	}
}
