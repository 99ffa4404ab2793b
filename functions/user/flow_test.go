package user

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/flow"
)

// flow reads one as the owner.
func (o *office) flow(id string) (told flow.Flow) {
	o.t.Helper()
	a := o.call("owner:"+o.boss, http.MethodGet, "/flow/"+id, "")
	if a.Status != http.StatusOK {
		o.t.Fatalf("%s: %d %s", id, a.Status, a.Body)
	}
	a.JSON(o.t, &told)
	return told
}

// By an answer's trace one finds what the request led to, however the trace is written; and so by its correlation, and by what it is about.
func TestFlow_IsFoundByTraceCorrelationAndSubject(t *testing.T) {
	t.Parallel()
	o := setup(t)
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	ann := o.hire("ann", "viewer")
	refused := o.call("owner:"+o.boss, http.MethodPost, "/users", `{"email":"ann@example.com","name":"again","roles":["viewer"],"password":"`+secret+`"}`, "Traceparent", parent)
	if code(refused) != "email_taken" || !strings.Contains(refused.Body, `"traceId":"`+bus.TraceID(parent)+`"`) {
		t.Fatalf("%d %s", refused.Status, refused.Body)
	}
	want := o.flow(bus.TraceID(parent))
	for _, id := range []string{refused.Header.Get("Traceparent"), bus.Correlation(parent), strings.ToUpper(bus.TraceID(parent))} {
		if diff := cmp.Diff(want, o.flow(id)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	if len(want.Story) != 1 || !strings.Contains(want.Story[0].Details[0], "Refused, email_taken:") || !strings.HasPrefix(want.Story[0].Details[1], "What to do: Log in") {
		t.Errorf("%+v", want.Story)
	}
	var kinds []flow.Kind
	for _, s := range want.Steps {
		kinds = append(kinds, s.Kind)
	}
	if diff := cmp.Diff([]flow.Kind{flow.Request, flow.Command, flow.Transaction, flow.Event}, kinds); diff != "" {
		t.Errorf("hops (-want +got):\n%s", diff)
	}
	about := o.flow(ann.ID)
	if len(about.Story) != 1 || !strings.HasPrefix(about.Story[0].Text, "Staff "+o.boss+" asked to add a member of staff") {
		t.Errorf("%+v", about.Story)
	}
}

// What lets whoever has it act is not shown.
func TestFlow_MasksSecrets(t *testing.T) {
	t.Parallel()
	o := setup(t)
	mail, token := events.NewID(), events.NewID()
	o.Do(events.ClaimNotification.New(mail, events.NotificationClaim{Kind: events.LoginWarning, UserID: o.boss, Token: token, LeaseSeconds: 30}))
	told := o.call("owner:"+o.boss, http.MethodGet, "/flow/"+mail, "")
	if strings.Contains(told.Body, token) || !strings.Contains(told.Body, `"token":"[secret]"`) {
		t.Errorf("%d %s", told.Status, told.Body)
	}
}

func TestFlow_AnswersReadersWhoKnowItAndIdsThatAreNone(t *testing.T) {
	t.Parallel()
	o := setup(t)
	ann := o.hire("ann", "viewer")
	first := o.call("owner:"+o.boss, http.MethodGet, "/flow/"+ann.ID, "")
	again := o.call("owner:"+o.boss, http.MethodGet, "/flow/"+ann.ID, "", "If-None-Match", first.Header.Get("ETag"))
	if again.Status != http.StatusNotModified || again.Body != "" || first.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s, %v", again.Status, again.Body, first.Header)
	}
	for _, c := range []struct {
		token, id string
		status    int
		says      string
	}{
		{"owner:" + o.boss, events.NewID(), http.StatusNotFound, "mart dead-letters"},
		{"owner:" + o.boss, "M-000009", http.StatusNotFound, "There is no order M-000009."},
		{"owner:" + o.boss, "00000000000000000000000000000000", http.StatusUnprocessableEntity, "must be an order's number such as M-000123"},
		{"owner:" + o.boss, "x", http.StatusUnprocessableEntity, "must be an order's number such as M-000123"},
		{"viewer:" + ann.ID, ann.ID, http.StatusForbidden, "journal:read"},
		{"", ann.ID, http.StatusUnauthorized, ""},
	} {
		if a := o.call(c.token, http.MethodGet, "/flow/"+c.id, ""); a.Status != c.status || !strings.Contains(a.Body, c.says) {
			t.Errorf("%+v: %d %s", c, a.Status, a.Body)
		}
	}
}

// An event that is a dead letter is told of with its letter, to whoever may read those.
func TestFlow_TellsOfDeadLetters(t *testing.T) {
	t.Parallel()
	b := newLetterbox(t)
	var ann User
	b.call("owner:"+b.boss, http.MethodPost, "/users", `{"email":"ann@example.com","name":"Ann","roles":["viewer"]}`).JSON(t, &ann) // by a mail that nobody sends here
	before := b.flow(ann.ID).Waits
	if len(before) != 1 || before[0].Letter != "" || len(before[0].Do) != 2 {
		t.Fatalf("nothing is undelivered: %+v", before)
	}
	event := strings.TrimPrefix(before[0].Do[0], "mart dead-letters --id ")
	letter := failed(event)
	letter["type"], letter["receiver"], letter["source"] = events.ResetIssued.Type(), "notification", events.DB.Source()
	if status := b.bring("0:3", `{}`, letter); status != http.StatusAccepted {
		t.Fatal(status)
	}
	id := events.DeadLetterID("0:3")
	want := []flow.Wait{{
		Subject: before[0].Subject, Letter: id,
		Text: "notification could not take reset.issued (a proxy), so it is a dead letter: mend why, and send it again.",
		Do:   []string{"mart dead-letters show 0:3", "mart dead-letters replay --place 0:3"},
	}}
	if diff := cmp.Diff(want, b.flow(ann.ID).Waits); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
