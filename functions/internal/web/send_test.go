package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/brand"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/web"
)

// callers are programs by their name, which may change the catalogue.
type callers struct{}

func (callers) Verify(_ context.Context, token string) (web.Identity, error) {
	return web.Identity{Principal: events.Principal{Type: events.Client, ID: token}, Scopes: []events.Permission{events.CatalogWrite}}, nil
}

// desk is the brands' routes before a real db, with a hand on what goes to Kafka and on what db is asked.
type desk struct {
	*functiontest.DB
	t   testing.TB
	api *web.API

	mu      sync.Mutex
	asked   []string
	ask     func(answer func())         // when a question is on its way to db, which answers; nil: it does
	publish func(events.Envelope) error // in Kafka's place; nil: it is delivered
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{DB: functiontest.StartDB(t), t: t}
	to, err := url.Parse(d.URL())
	if err != nil {
		t.Fatal(err)
	}
	through := httputil.NewSingleHostReverseProxy(to)
	through.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) } // the asker has gone
	questions := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		d.asked = append(d.asked, strings.TrimPrefix(r.Header.Get("Ce-Type"), "com.onlinemart."))
		ask := d.ask
		d.mu.Unlock()
		if ask == nil {
			through.ServeHTTP(w, r)
			return
		}
		ask(func() { through.ServeHTTP(w, r) })
	}))
	t.Cleanup(questions.Close)
	r := d.Runtime(events.Brand, nil)
	r.Asker = bus.NewAsker(events.Brand, d.Keys, questions.URL)
	t.Cleanup(r.Asker.Close)
	r.Publisher = bus.NewPublisherTo(events.Brand, d.Keys, func(_ context.Context, e events.Envelope) error {
		d.mu.Lock()
		publish := d.publish
		d.mu.Unlock()
		if publish != nil {
			return publish(e)
		}
		d.Deliver(e)
		return nil
	})
	d.api = web.NewAPI(r, callers{})
	brand.Routes(d.api)
	return d
}

// between puts a hand on questions, and something in Kafka's place.
func (d *desk) between(ask func(answer func()), publish func(events.Envelope) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ask, d.publish = ask, publish
}

func (d *desk) call(who, method, path, body string, header ...string) functiontest.Answer {
	kind := "application/json"
	if method == http.MethodPatch {
		kind = "application/merge-patch+json"
	}
	return functiontest.Call(d.api, method, path, body, append(header, "Content-Type", kind, "Authorization", "Bearer "+who)...)
}

func (d *desk) create(who, key, name string, header ...string) functiontest.Answer {
	return d.call(who, http.MethodPost, "/brands", `{"name":"`+name+`"}`, append(header, "Idempotency-Key", key)...)
}

// questions is what db has been asked since the last time.
func (d *desk) questions() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	asked := d.asked
	d.asked = nil
	return asked
}

// seen is an answer as its caller can tell it from another.
type seen struct {
	Status               int
	Location, ETag, Body string
}

func see(a functiontest.Answer) seen {
	return seen{a.Status, a.Header.Get("Location"), a.Header.Get("ETag"), a.Body}
}

func (d *desk) same(what string, want, got functiontest.Answer) {
	d.t.Helper()
	if diff := cmp.Diff(see(want), see(got)); diff != "" {
		d.t.Errorf("%s (-first +now):\n%s", what, diff)
	}
}

func (d *desk) is(what string, a functiontest.Answer, status int, code string) {
	d.t.Helper()
	if a.Status != status || !strings.Contains(a.Body, code) {
		d.t.Errorf("%s: %d %s, want %d %s", what, a.Status, a.Body, status, code)
	}
}

// A write asks db one question, whether it is made for the first time, again, or under a key that has served another request, besides
// the reading of what it changes.
func TestOneQuestionPerWrite(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	once := func(what string, also ...string) {
		t.Helper()
		if diff := cmp.Diff(append(also, "operation.await.v1"), d.questions()); diff != "" {
			t.Errorf("%s: asked (-want +got):\n%s", what, diff)
		}
	}
	made := d.create("ann", "k1", "Acme")
	d.is("made", made, http.StatusCreated, "Acme")
	once("made")
	d.same("made again", made, d.create("ann", "k1", "Acme"))
	once("made again")
	d.same("made again, written otherwise", made, d.call("ann", http.MethodPost, "/brands", "{\n\t\"name\" : \"\\u0041cme\" }", "Idempotency-Key", "k1"))
	once("made again, written otherwise")
	d.same("again, in the background", made, d.create("ann", "k1", "Acme", "Prefer", "respond-async"))
	once("again, in the background")
	d.is("another brand under the key", d.create("ann", "k1", "Ajax"), http.StatusUnprocessableEntity, "idempotency_key_reused")
	once("another brand under the key")
	d.is("the key in another's hand", d.create("bob", "k1", "Acme"), http.StatusConflict, "slug_taken")
	once("the key in another's hand")

	at := made.Header.Get("Location")
	rename := func(key, name string) functiontest.Answer {
		return d.call("ann", http.MethodPatch, at, `{"name":"`+name+`"}`, "If-Match", `"1"`, "Idempotency-Key", key)
	}
	renamed := rename("k2", "Axle")
	d.is("renamed", renamed, http.StatusOK, "Axle")
	once("renamed", "brand.get.v1")
	d.same("renamed again, although it has another version by now", renamed, rename("k2", "Axle"))
	once("renamed again", "brand.get.v1")
	d.is("another name under the key", rename("k2", "Apex"), http.StatusUnprocessableEntity, "idempotency_key_reused")
	once("another name under the key", "brand.get.v1")
	d.is("what has changed meanwhile", rename("k3", "Apex"), http.StatusPreconditionFailed, "stale_version")
	once("what has changed meanwhile", "brand.get.v1")
	for _, what := range []string{"removed", "removed again, although there is nothing to remove by now"} {
		d.is(what, d.call("ann", http.MethodDelete, at, "", "If-Match", "*", "Idempotency-Key", "k5"), http.StatusNoContent, "")
		once(what, "brand.get.v1")
	}
	d.is("removed under another key", d.call("ann", http.MethodDelete, at, "", "If-Match", "*", "Idempotency-Key", "k6"), http.StatusNotFound, "not_found")
	once("removed under another key", "brand.get.v1")

	before := len(d.Sent())
	d.is("a new one in the background", d.create("ann", "k4", "Arrow", "Prefer", "respond-async"), http.StatusAccepted, "pending")
	once("a new one in the background")
	if got := len(d.Sent()) - before; got != 1 {
		t.Errorf("%d commands were sent for it", got)
	}
}

// The question may be there long before the command, or come when the command was decided long ago.
func TestAQuestionAndItsCommandMeetInAnyOrder(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "k"} {
		d := newDesk(t)
		asked := make(chan struct{}, 1)
		d.between(func(answer func()) { asked <- struct{}{}; answer() }, func(e events.Envelope) error {
			<-asked
			d.Deliver(e)
			return nil
		})
		d.is("the question first", d.create("ann", key, "First"), http.StatusCreated, "First")
		decided := make(chan struct{})
		d.between(func(answer func()) { <-decided; answer() }, func(e events.Envelope) error {
			defer close(decided)
			return d.Store.Apply(t.Context(), e)
		})
		d.is("the command first", d.create("ann", key+"2", "Second"), http.StatusCreated, "Second")
	}
}

// What Kafka does not confirm is not accepted; what was carried out before needs no Kafka to be answered.
func TestAnswersWhileKafkaIsAway(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	away := func(events.Envelope) error { return errors.New("away") }
	d.between(nil, away)
	d.is("Kafka is away", d.create("ann", "k1", "Acme"), http.StatusServiceUnavailable, "unavailable")
	d.is("and nobody waits", d.create("ann", "k1", "Acme", "Prefer", "respond-async"), http.StatusServiceUnavailable, "unavailable")
	d.between(nil, nil)
	made := d.create("ann", "k1", "Acme")
	d.is("Kafka is back", made, http.StatusCreated, "Acme")

	hung := make(chan struct{})
	t.Cleanup(func() { close(hung) })
	for what, publish := range map[string]func(events.Envelope) error{
		"away again": away,
		"silent":     func(events.Envelope) error { <-hung; return errors.New("silent") },
	} {
		d.between(nil, publish)
		d.same(what, made, d.create("ann", "k1", "Acme"))
		d.is(what+", another request", d.create("ann", "k1", "Ajax"), http.StatusUnprocessableEntity, "idempotency_key_reused")
	}
	d.between(nil, away)
	d.is("another's hand", d.create("bob", "k1", "Acme"), http.StatusServiceUnavailable, "unavailable")
}

// Nothing is said to be accepted before Kafka has it, although db has nothing to say by then.
func TestNothingIsAcceptedThatKafkaRefuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	pending := make(chan struct{})
	d.between(func(answer func()) { answer(); close(pending) }, func(events.Envelope) error {
		<-pending
		return errors.New("away")
	})
	d.is("db says pending, then Kafka refuses", d.create("ann", "", "Acme", "Prefer", "wait=1"), http.StatusServiceUnavailable, "unavailable")
}

// Requests of one key at one moment: one command is decided, and whoever asked for something else is told so.
func TestRequestsUnderOneKeyAtOneMoment(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const each = 4
	answers := make(chan functiontest.Answer, 2*each)
	for range each {
		for _, name := range []string{"Acme", "Ajax"} {
			go func() { answers <- d.create("ann", "k1", name) }()
		}
	}
	counts, bodies := map[int]int{}, map[string]bool{}
	for range 2 * each {
		a := <-answers
		counts[a.Status]++
		if a.Status == http.StatusCreated {
			bodies[a.Body] = true
		}
	}
	if diff := cmp.Diff(map[int]int{http.StatusCreated: each, http.StatusUnprocessableEntity: each}, counts); diff != "" || len(bodies) != 1 {
		t.Errorf("%d brands (-want +got):\n%s", len(bodies), diff)
	}
}
