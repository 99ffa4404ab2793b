// Package functiontest is db and the bus for tests of functions: the real db on a Postgres of its own (StartDB), one that answers as
// the test says (Start), and a port for events (Receive). Tests alone import it, and it alone of what is here reaches into infra.
package functiontest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sethvargo/go-envconfig"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/db"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
)

// DB is the real db, and what the functions of one test share. There is no Kafka: each command is handed to db as soon as it is sent.
type DB struct {
	Keys  *events.Keys
	Store *db.Store
	Log   *Log

	t          testing.TB
	url        string
	deliveries sync.WaitGroup
	mu         sync.Mutex
	sent       []events.Envelope
	asked      []string
}

// StartDB starts db with an empty database. Everything ends with the test.
func StartDB(t testing.TB) *DB {
	t.Helper()
	s := &DB{t: t, Log: &Log{}}
	var err error
	if s.Keys, err = events.NewKeys(events.GenerateRing("s1"), events.GenerateRing("p1")); err != nil {
		t.Fatal(err)
	}
	schema, err := db.SchemaKey()
	if err != nil {
		t.Fatal(err)
	}
	database := pgtest.Migrated(t, schema, func(ctx context.Context, owner string) error { return db.Migrate(ctx, owner, s.logger()) })
	c := db.Config{URL: database.App, OwnerURL: database.Owner, Reads: 4, Horizon: 24 * time.Hour, PerPlace: 10, Strangers: 30, CartLife: 30 * 24 * time.Hour, CartAbandoned: time.Hour, PersonKeys: true}
	nowhere := bus.NewPublisherTo(events.DB, s.Keys, func(context.Context, events.Envelope) error { return nil })
	if s.Store, err = db.Open(t.Context(), c, nowhere, s.Keys, s.logger(), prometheus.NewRegistry()); err != nil {
		t.Fatal(err)
	}
	receiver, err := bus.NewReceiver(bus.ReceiverConfig{
		Self: events.DB, Keys: s.Keys, Handlers: s.Store.Answers(), Apply: s.Store.Apply, Reseal: s.Store.Reseal, Partial: true, Log: s.logger(), Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, strings.TrimPrefix(r.Header.Get("Ce-Type"), "com.onlinemart."))
		s.mu.Unlock()
		receiver.ServeHTTP(w, r)
	}))
	s.url = server.URL
	t.Cleanup(func() {
		s.deliveries.Wait()
		server.Close()
		ctx, cancel := context.WithTimeout(context.Background(), hanging)
		defer cancel()
		if err := s.Store.Close(ctx); err != nil {
			t.Errorf("close db: %v", err)
		}
	})
	return s
}

func (s *DB) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(s.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// Runtime is what the function name is built with, and settings its environment.
func (s *DB) Runtime(name events.Function, settings map[string]string) *boot.Runtime {
	asker := bus.NewAsker(name, s.Keys, s.url)
	s.t.Cleanup(asker.Close)
	return &boot.Runtime{
		Name: name, Keys: s.Keys, Asker: asker, Log: s.logger(), Metrics: prometheus.NewRegistry(), Env: envconfig.MapLookuper(settings),
		Publisher: bus.NewPublisherTo(name, s.Keys, func(_ context.Context, e events.Envelope) error { s.Deliver(e); return nil }),
	}
}

// URL is db's port.
func (s *DB) URL() string { return s.url }

// Deliver hands a command to db, as Kafka would, and does not wait for what becomes of it.
func (s *DB) Deliver(e events.Envelope) {
	s.mu.Lock()
	s.sent = append(s.sent, e)
	s.mu.Unlock()
	s.deliveries.Go(func() {
		if err := s.apply(e); err != nil {
			s.t.Errorf("db could not decide %s: %v", e.Type, err)
		}
	})
}

// hanging is when a test takes what it waits for to hang. It is long: a machine that is busy with something else is no fault.
const hanging = 2 * time.Minute

// apply hands a command to db, again when db had not the time to decide it, as Kafka would.
func (s *DB) apply(e events.Envelope) error {
	ctx, cancel := context.WithTimeout(context.Background(), hanging)
	defer cancel()
	for {
		if err := s.Store.Apply(ctx, e); ctx.Err() != nil || !late(err) {
			return err
		}
	}
}

// late tells that a limit ended what db did: its own, or those of its statements (cancelled, no lock).
func late(err error) bool {
	refusal, ok := errors.AsType[interface {
		error
		SQLState() string
	}](err)
	return errors.Is(err, context.DeadlineExceeded) || ok && (refusal.SQLState() == "57014" || refusal.SQLState() == "55P03")
}

// Sent is every command that was sent so far, as it was on the wire.
func (s *DB) Sent() []events.Envelope {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]events.Envelope(nil), s.sent...)
}

// Asked is every question that db was asked so far, by its type.
func (s *DB) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// Do sends a command as its function would, asked for by the function itself, and fails the test unless db carries it out.
func (s *DB) Do(m events.Outgoing) {
	s.t.Helper()
	from := m.Of().Declaration().Producers[0]
	e, err := bus.Stamp(s.Keys, from, events.Cause{By: events.SystemPrincipal(from)}, time.Now(), m)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.apply(e[0]); err != nil {
		s.t.Fatal(err)
	}
	asker := bus.NewAsker(from, s.Keys, s.url)
	defer asker.Close()
	state, err := bus.Ask(s.t.Context(), asker, events.AwaitOperation, events.OperationQuestion{Source: e[0].Source, ID: e[0].ID, WaitMillis: 5000})
	if err != nil || state.Status != events.OperationSucceeded {
		s.t.Fatalf("%s: %+v, %v", e[0].Type, state.Problem, err)
	}
}

// Staff makes a member of staff of that role. The token is one that Tokens knows.
func (s *DB) Staff(role events.Role) (token string) {
	s.t.Helper()
	id := events.NewID()
	s.Do(events.CreateUser.New(id, events.NewUser{Email: events.NewPersonal(id + "@example.com"), Name: events.NewPersonal("Staff"), Roles: []events.Role{role}}))
	return string(role) + ":" + id
}

// Tokens takes words for tokens: "customer:" and an id, "client:" and a scope, a role, ":" and an id.
type Tokens struct{}

// Verify tells who a word stands for. Error: it is none of them.
func (Tokens) Verify(_ context.Context, token string) (web.Identity, error) {
	kind, id, ok := strings.Cut(token, ":")
	switch {
	case !ok:
		return web.Identity{}, errors.New("not a token")
	case kind == "customer":
		return web.Identity{Principal: events.Principal{Type: events.Shopper, ID: id}, Scopes: []events.Permission{events.Shop}}, nil
	case kind == "client":
		return web.Identity{Principal: events.Principal{Type: events.Client, ID: "program"}, Scopes: []events.Permission{events.Permission(id)}}, nil
	}
	return web.Identity{Principal: events.Principal{Type: events.Staff, ID: id}, Scopes: domain.Scopes([]events.Role{events.Role(kind)})}, nil
}

// Answer is what a function answered.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// JSON reads the body.
func (a Answer) JSON(t testing.TB, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.Body), into); err != nil {
		t.Fatalf("%d %q: %v", a.Status, a.Body, err)
	}
}

// Call sends a request to a function. header has names and values in turn.
func Call(h http.Handler, method, path, body string, header ...string) Answer {
	r := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return Answer{Status: w.Code, Header: w.Header(), Body: w.Body.String()}
}

// Log keeps what was logged.
type Log struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}
