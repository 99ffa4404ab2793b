package db

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/journal"
	"github.com/onlinemart/mart/infra/postgres"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
)

// bench is one db with a database of its own and a Kafka that only remembers.
type bench struct {
	t        testing.TB
	store    *inbox.Store
	kafka    *kafka
	keys     *events.Keys
	database postgres.Database
	persons  *bus.PersonKeys // with which functions encrypt what they send; nil: with the ring
	mu       sync.Mutex
	sent     []events.Envelope // the commands on the topics
}

// otherwise is the nouns, each changed by change.
func otherwise(nouns []noun, change func(*noun)) []noun {
	others := slices.Clone(nouns)
	for i := range others {
		others[i].Mutations = slices.Clone(others[i].Mutations)
		change(&others[i])
	}
	return others
}

// everyMutation is those of all nouns.
func everyMutation() (all []inbox.Mutation) {
	for _, n := range nouns {
		all = append(all, n.Mutations...)
	}
	return all
}

// kafka remembers what was published, or refuses to.
type kafka struct {
	mu      sync.Mutex
	records []events.Envelope
	down    bool
	again   []resent
	marks   []events.PlacedMark

	leaderless map[string]bool // "mark of 0:17", "event of 0:17": what goes to a partition without a leader
}

// resent is an event that was sent again.
type resent struct {
	To    events.Function
	Place string
	events.Envelope
}

func (k *kafka) Resend(_ context.Context, to events.Function, place string, e events.Envelope) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.down || k.leaderless["event of "+place] {
		return errKafkaDown
	}
	k.again = append(k.again, resent{to, place, e})
	return nil
}

func (k *kafka) Mark(_ context.Context, m events.PlacedMark) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.down || k.leaderless["mark of "+m.Place] {
		return errKafkaDown
	}
	k.marks = append(k.marks, m)
	return nil
}

var errKafkaDown = errors.New("kafka is down")

func (k *kafka) Publish(_ context.Context, all ...events.Envelope) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.down {
		return errKafkaDown
	}
	k.records = append(k.records, all...)
	return nil
}

func (k *kafka) setDown(down bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.down = down
}

// about gives what was published about a subject, each record as its stored bytes.
func (k *kafka) about(t testing.TB, subject string) (records []string) {
	t.Helper()
	for _, e := range k.eventsAbout(subject) {
		raw, err := events.Pack([]events.Envelope{e})
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, string(raw))
	}
	return records
}

// eventsAbout are the events that were published about a subject.
func (k *kafka) eventsAbout(subject string) (about []events.Envelope) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range k.records {
		if e.Subject == subject {
			about = append(about, e)
		}
	}
	return about
}

var testKeys = sync.OnceValue(func() *events.Keys {
	keys, err := events.NewKeys(events.GenerateRing("s1"), events.GenerateRing("p1"))
	if err != nil {
		panic(err)
	}
	return keys
})

func newDatabase(t testing.TB) postgres.Database {
	t.Helper()
	key, err := SchemaKey()
	if err != nil {
		t.Fatal(err)
	}
	return pgtest.Migrated(t, key, func(ctx context.Context, owner string) error {
		return Migrate(ctx, owner, slog.New(slog.DiscardHandler))
	})
}

// setup opens a store. Each change is made before it begins to work.
func setup(t testing.TB, changes ...func(*inbox.Options)) *bench {
	t.Helper()
	b := &bench{t: t, kafka: &kafka{}, keys: testKeys(), database: newDatabase(t)}
	b.store = b.replica(changes...)
	return b
}

// replica opens another db on the same database and Kafka.
func (b *bench) replica(changes ...func(*inbox.Options)) *inbox.Store {
	b.t.Helper()
	c := Config{URL: b.database.App, Reads: 4, Horizon: 14 * 24 * time.Hour, PerPlace: 10, Strangers: 30, CartLife: 30 * 24 * time.Hour, CartAbandoned: time.Hour, PersonKeys: true}
	o, err := connect(b.t.Context(), c, b.kafka, b.keys, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		b.t.Fatal(err)
	}
	patient(b.t, &o)
	for _, change := range changes {
		change(&o)
	}
	s, err := open(b.t.Context(), o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), hanging)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			b.t.Errorf("close: %v", err)
		}
	})
	return s
}

// command seals a command as its function would, asked for by the function itself.
func (b *bench) command(m events.Outgoing) events.Envelope {
	b.t.Helper()
	return b.commandAt(m, time.Now())
}

// commandAt is a command that was sent at a moment.
func (b *bench) commandAt(m events.Outgoing, at time.Time) events.Envelope {
	b.t.Helper()
	from := m.Of().Declaration().Producers[0]
	c := events.Cause{Correlation: events.NewID(), By: events.SystemPrincipal(from)}
	e, err := bus.Stamp(b.keys, from, c, at, m)
	if b.persons != nil {
		function := bus.NewPublisherTo(from, b.keys, nil)
		function.CloseWith(b.persons)
		e, err = function.Stamp(events.WithCause(b.t.Context(), c), m)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent = append(b.sent, e[0])
	return e[0]
}

// closing has functions encrypt what they send with persons' keys, as they do.
func (b *bench) closing() {
	b.persons = bus.NewPersonKeys(b.store.PersonTable, b.keys, slog.New(slog.DiscardHandler))
}

// apply delivers a command and fails the test unless it is decided and published.
func (b *bench) apply(m events.Outgoing) events.Envelope {
	b.t.Helper()
	e := b.command(m)
	if err := b.store.Apply(b.t.Context(), e); err != nil {
		b.t.Fatalf("apply %s: %v", e.Type, err)
	}
	return e
}

// outcome is what became of a command.
func (b *bench) outcome(s *inbox.Store, e events.Envelope) events.OperationState {
	b.t.Helper()
	q := events.OperationQuestion{Source: e.Source, ID: e.ID, Fingerprint: e.Fingerprint, WaitMillis: hangingMillis}
	state, err := s.Await(b.t.Context(), events.Received[events.OperationQuestion]{Data: q})
	if err != nil {
		b.t.Fatal(err)
	}
	return state
}

// do applies a command and gives its outcome.
func (b *bench) do(m events.Outgoing) events.OperationState {
	b.t.Helper()
	return b.outcome(b.store, b.apply(m))
}

// code is the problem's code, or "" for success.
func code(s events.OperationState) string {
	if s.Problem == nil {
		return ""
	}
	return s.Problem.Code
}

// allKeys is every key there is to read with: the ring, and those of the persons who have one.
func (b *bench) allKeys() *events.Keys {
	b.t.Helper()
	rows, err := b.store.Reads.Query(b.t.Context(), `select person_id::text, wrapped from person_key where gone_at is null`)
	if err != nil {
		b.t.Fatal(err)
	}
	persons, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (events.PersonKey, error) {
		var id string
		var key events.Personal
		err := row.Scan(&id, &key)
		if err == nil {
			err = b.keys.Decrypt(&key)
		}
		if err != nil {
			return events.PersonKey{}, err
		}
		return events.ReadPersonKey(id, key)
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return b.keys.With(persons...)
}

func (b *bench) count(sql string, args ...any) (n int) {
	b.t.Helper()
	if err := b.store.Reads.QueryRow(b.t.Context(), sql, args...).Scan(&n); err != nil {
		b.t.Fatal(err)
	}
	return n
}

// eventually polls until true.
func (b *bench) eventually(what string, holds func() bool) {
	b.t.Helper()
	for end := time.Now().Add(hanging); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	b.t.Fatalf("never: %s", what)
}

// asOwner connects as the role that owns the tables.
func (b *bench) asOwner() *pgx.Conn {
	b.t.Helper()
	conn, err := pgx.Connect(b.t.Context(), b.database.Owner)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// entries is all that is in the journal, oldest first.
func (b *bench) entries() []journal.Entry {
	b.t.Helper()
	rows, err := b.store.Reads.Query(b.t.Context(), `select `+journal.Columns+` from `+journal.From+` order by j.number`)
	if err != nil {
		b.t.Fatal(err)
	}
	entries, err := pgx.CollectRows(rows, journal.Read)
	if err != nil {
		b.t.Fatal(err)
	}
	return entries
}

// told is all data of results in the journal.
func (b *bench) told() string {
	var all strings.Builder
	for _, e := range b.entries() {
		for _, r := range e.Results {
			all.Write(r.Data)
		}
	}
	return all.String()
}

func brandNamed(name string) events.BrandFields { return events.BrandFields{Name: name, Slug: name} }
