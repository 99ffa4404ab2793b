package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
)

const (
	order   = "01a21e09-f033-7ee5-a43c-f727cca24099"
	payment = "01a21e09-f06f-7602-a14f-6481c960c749"
	buyer   = "01a21e09-0000-7000-8000-000000000001"
	first   = "01a21e09-0000-7000-8000-00000000000a"
	second  = "01a21e09-0000-7000-8000-00000000000b"
)

// purchase is an order, and its payment, which is refused at first.
func purchase() []events.JournalEntry {
	at := time.Date(2026, 11, 27, 17, 24, 57, 0, time.UTC)
	entry := func(n int64, correlation, causation, kind, subject string, by events.Principal, outcome string, results ...events.JournalResult) events.JournalEntry {
		for i := range results {
			if results[i].Data == nil {
				results[i].Data = json.RawMessage(`{}`)
			}
		}
		decided := at.Add(time.Duration(n) * time.Second)
		return events.JournalEntry{
			Number: n, ID: "c", Type: "com.onlinemart." + kind + ".v1", Subject: subject, By: by, Correlation: correlation, Causation: causation,
			AskedAt: decided.Add(-12 * time.Millisecond), ReceivedAt: decided, DecidedAt: decided, Outcome: outcome, Results: results,
		}
	}
	customer := events.Principal{Type: events.Shopper, ID: buyer}
	return []events.JournalEntry{
		entry(1, first, "", "order.place", order, customer, "succeeded", events.JournalResult{ID: "r1", Type: "com.onlinemart.order.placed.v1", Subject: order}),
		entry(2, second, "", "payment.start", payment, customer, "rejected", events.JournalResult{
			ID: "r2", Type: "com.onlinemart.payment.rejected.v1", Subject: payment,
			Data: json.RawMessage(`{"problem":{"code":"payment_in_progress","detail":"Another payment of this order is under way; wait for what comes of it.\u001b[2J"}}`),
		}),
		entry(3, second, "", "payment.start", payment, customer, "succeeded", events.JournalResult{ID: "r3", Type: "com.onlinemart.payment.started.v1", Subject: payment}),
		entry(4, second, "r3", "payment.record", payment, events.SystemPrincipal(events.Payment), "succeeded",
			events.JournalResult{ID: "r4", Type: "com.onlinemart.payment.captured.v1", Subject: payment}, events.JournalResult{ID: "r5", Type: "com.onlinemart.order.paid.v1", Subject: order}),
		entry(5, second, "r5", "inventory.commit", order, events.SystemPrincipal(events.Inventory), "succeeded", events.JournalResult{ID: "r6", Type: "com.onlinemart.inventory.committed.v1", Subject: order}),
	}
}

const told = `request 01a21e09-0000-7000-8000-00000000000a
  2026-11-27 17:24:58.000  order.place  succeeded *
    about 01a21e09-f033-7ee5-a43c-f727cca24099
    asked by customer 01a21e09-0000-7000-8000-000000000001, 12ms before
    -> order.placed
request 01a21e09-0000-7000-8000-00000000000b
  2026-11-27 17:24:59.000  payment.start  rejected
    about 01a21e09-f06f-7602-a14f-6481c960c749
    asked by customer 01a21e09-0000-7000-8000-000000000001, 12ms before
    -> payment.rejected
      payment_in_progress: Another payment of this order is under way; wait for
          what comes of it. [2J
  2026-11-27 17:25:00.000  payment.start  succeeded
    about 01a21e09-f06f-7602-a14f-6481c960c749
    asked by customer 01a21e09-0000-7000-8000-000000000001, 12ms before
    -> payment.started
      2026-11-27 17:25:01.000  payment.record  succeeded
        about 01a21e09-f06f-7602-a14f-6481c960c749
        asked by the function payment, 12ms before
        -> payment.captured
        -> order.paid
          about 01a21e09-f033-7ee5-a43c-f727cca24099 *
          2026-11-27 17:25:02.000  inventory.commit  succeeded *
            about 01a21e09-f033-7ee5-a43c-f727cca24099
            asked by the function inventory, 12ms before
            -> inventory.committed
5 decisions: 4 succeeded, 1 rejected.
`

func TestTree(t *testing.T) {
	t.Parallel()
	got := Tree(purchase(), order)
	if diff := cmp.Diff(told, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for line := range strings.Lines(got) {
		if len([]rune(strings.TrimRight(line, "\n"))) > width {
			t.Errorf("too wide: %q", line)
		}
	}
}

// mart answers as the API does, one entry a page.
func mart(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer right" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if r.URL.Path == "/flow/m-000007" {
			_, _ = w.Write([]byte(`{"id":"` + order + `"}`))
			return
		}
		q, found := r.URL.Query(), []events.JournalEntry{}
		for _, e := range purchase() {
			spoken := e.Subject == q.Get("subject")
			for _, result := range e.Results {
				spoken = spoken || result.Subject == q.Get("subject")
			}
			if q.Get("subject") != "" && spoken || e.Correlation == q.Get("correlation") {
				found = append(found, e)
			}
		}
		skip := len(q.Get("cursor"))
		page := map[string]any{"items": found[min(skip, len(found)):min(skip+1, len(found))]}
		if skip+1 < len(found) {
			page["nextCursor"] = strings.Repeat("x", skip+1)
		}
		if err := json.NewEncoder(w).Encode(page); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestCommand_ReadsAllThatAThingOrARequestLedTo(t *testing.T) {
	t.Parallel()
	at := mart(t)
	for name, c := range map[string]struct {
		command Command
		want    []events.JournalEntry
	}{
		"a subject":     {Command{Subject: order}, purchase()},
		"a correlation": {Command{Correlation: first}, purchase()[:1]},
		"nothing":       {Command{Subject: "x"}, nil},
	} {
		c.command.Reader = Reader{URL: at, Token: "right"}
		mart, err := c.command.Enter(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := Read(t.Context(), mart, c.command.Subject, c.command.Correlation)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	mart, err := Reader{URL: at, Token: "right"}.Enter(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if id, err := identified(t.Context(), mart, "m-000007"); err != nil || id != order {
		t.Errorf("an order's number: %s, %v", id, err)
	}
	if err := (Command{Subject: "x", Reader: Reader{URL: at, Token: "right"}}).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "knows of nothing") {
		t.Errorf("nothing: %v", err)
	}
	if err := (Command{Subject: order, Reader: Reader{URL: at, Token: "wrong"}}).Run(t.Context()); err == nil {
		t.Error("a wrong token reads the journal")
	}
	if err := (Command{Subject: order, Reader: Reader{URL: at}}).Run(context.Background()); err == nil || !strings.Contains(err.Error(), "MART_OWNER_PASSWORD") {
		t.Errorf("nobody: %v", err)
	}
}

func TestCommand_JSON(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := (Command{JSON: true}).print(&out, purchase()); err != nil {
		t.Fatal(err)
	}
	var got []events.JournalEntry
	for decoder := json.NewDecoder(&out); decoder.More(); {
		var e events.JournalEntry
		if err := decoder.Decode(&e); err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if diff := cmp.Diff(purchase(), got); diff != "" {
		t.Error(diff)
	}
}
