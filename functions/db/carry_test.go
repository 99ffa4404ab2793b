package db

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/db/dbtest"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/journal"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
)

// The statements by which the last release wrote its one table.
const (
	lastInsert = `
		insert into inbox (source, id, type, subject, fingerprint, asked_by, asked_by_id)
		select source, id, type, subject, fingerprint, asked_by, asked_by_id
		from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
			as c (source, id, type, subject, fingerprint, asked_by, asked_by_id)
		order by source, id
		on conflict do nothing
		returning source, id, received_at`
	lastComplete = `
		update inbox set results = c.results, completed_at = $4, published_at = case when c.results = '[]'::bytea then now() end
		from unnest($1::text[], $2::text[], $3::bytea[]) as c (source, id, results)
		where inbox.source = c.source and inbox.id = c.id and inbox.results is null`
	lastMark = `
		update inbox set published_at = now()
		from unnest($1::text[], $2::text[]) as c (source, id)
		where inbox.source = c.source and inbox.id = c.id and inbox.published_at is null`
	lastSelect = `
		select source, id, type, subject, fingerprint, asked_by, asked_by_id, received_at, completed_at, results
		from inbox where (source, id) in (select * from unnest($1::text[], $2::text[]))`
	lastSweep = `
		select source, id, results from inbox
		where published_at is null and received_at < now() - $1::interval
		order by received_at limit $2
		for update skip locked`
)

// lastRelease is a database as the last release leaves it, and what is in it.
type lastRelease struct {
	*bench
	conn      *pgx.Conn
	commands  []events.Envelope
	results   [][]events.Envelope
	undecided events.Envelope
}

func newLastRelease(t *testing.T) *lastRelease {
	t.Helper()
	l := &lastRelease{bench: &bench{t: t, kafka: &kafka{}, keys: testKeys(), database: pgtest.New(t)}}
	migrateBefore(t, l.database.Owner, 10)
	l.conn = l.asOwner()
	return l
}

func (l *lastRelease) exec(sql string, args ...any) {
	l.t.Helper()
	if _, err := l.conn.Exec(l.t.Context(), sql, args...); err != nil {
		l.t.Fatal(err)
	}
}

// decide stores a command as the last release did, so many days ago.
func (l *lastRelease) decide(days int, published bool, m events.Outgoing, say ...events.Outgoing) {
	l.t.Helper()
	e := l.command(m)
	for i, r := range say {
		say[i] = r.WithID(events.DeriveID(e.Source, e.ID, strconv.Itoa(i)), "")
	}
	now := time.Now().AddDate(0, 0, -days)
	stamped, err := bus.Stamp(l.keys, events.DB, events.Cause{Correlation: e.Correlation, Causation: e.ID, Traceparent: e.Traceparent, By: e.By}, now, say...)
	if err != nil {
		l.t.Fatal(err)
	}
	stored, err := events.Pack(stamped)
	if err != nil {
		l.t.Fatal(err)
	}
	l.insert(e)
	l.exec(lastComplete, []string{e.Source}, []string{e.ID}, [][]byte{stored}, now)
	if published {
		l.exec(lastMark, []string{e.Source}, []string{e.ID})
	}
	l.exec(`update inbox set received_at = $2 where id = $1`, e.ID, now)
	l.commands, l.results = append(l.commands, e), append(l.results, stamped)
}

func (l *lastRelease) insert(e events.Envelope) {
	l.t.Helper()
	l.exec(lastInsert, []string{e.Source}, []string{e.ID}, []string{e.Type}, []string{e.Subject}, []string{inbox.Fingerprint(e)}, []string{string(e.By.Type)}, []string{e.By.ID})
}

// fill decides a brand, a customer of whom much is personal, a refusal and a silence; each published and not, of today and of days ago. One
// is of a time that is hardly ever carried over.
func (l *lastRelease) fill() {
	l.t.Helper()
	for _, days := range []int{0, 13} {
		for _, published := range []bool{true, false} {
			brand, customer, mail := events.NewID(), events.NewID(), events.NewID()
			meta := func(id string) events.Meta {
				at := time.Now().UTC().Truncate(time.Microsecond)
				return events.Meta{ID: id, Version: 1, CreatedAt: at, UpdatedAt: at}
			}
			l.decide(days, published, events.CreateBrand.New(brand, brandNamed("b-"+brand)), events.BrandCreated.New(brand, events.BrandState{Meta: meta(brand), BrandFields: brandNamed("b-" + brand)}))
			email, name := events.NewPersonal("ada@example.com"), events.NewPersonal("Ada <Lovelace>")
			l.decide(days, published, events.RegisterCustomer.New(customer, events.NewCustomer{Email: email, Name: name, PasswordHash: events.NewPersonal("hash")}),
				events.CustomerRegistered.New(customer, events.CustomerState{Meta: meta(customer), Email: email, Name: name, Status: events.AccountActive}))
			l.decide(days, published, events.CreateBrand.New(events.NewID(), brandNamed("taken")).WithID(fmt.Sprintf("key-%d-%t", days, published), "f1,f2"),
				events.Rejected("brand").New(brand, events.Rejection{CommandID: "key", CommandType: events.CreateBrand.Type(), Problem: *domain.BrandSlugTaken}))
			l.decide(days, true, events.RecordNotification.New(mail, events.NotificationResult{Status: events.NotificationSent, Token: "t"}))
		}
	}
	l.decide(70, true, events.RecordNotification.New(events.NewID(), events.NotificationResult{Status: events.NotificationSent, Token: "t"})) // long forgotten
	l.commands, l.results = l.commands[:len(l.commands)-1], l.results[:len(l.results)-1]
	l.undecided = l.command(events.CreateBrand.New(events.NewID(), brandNamed("undecided")))
	l.insert(l.undecided)
}

// A database of the last release is carried over: each outcome is answered as it was, what was not published is, once, and what was decided
// is not decided again. What was undecided is decided when it comes again.
func TestCarryOver(t *testing.T) {
	t.Parallel()
	l := newLastRelease(t)
	l.fill()
	var told bytes.Buffer
	if err := Migrate(t.Context(), l.database.Owner, slog.New(slog.NewTextHandler(&told, &slog.HandlerOptions{Level: slog.LevelWarn}))); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(told.String(), "without an outcome") {
		t.Errorf("nobody is told of what was undecided: %s", &told)
	}
	s := l.replica(impatient)
	l.store = s
	unpublished := map[string]string{}
	for i, e := range l.commands {
		l.isAnswered(s, e, l.results[i])
		if l.wasUnpublished(i) {
			for _, r := range l.results[i] {
				unpublished[r.ID] = packed(t, r)
			}
		}
	}
	l.eventually("all is published", func() bool { return l.count(`select count(*) from outbox`) == 0 })
	if diff := cmp.Diff(unpublished, l.published()); diff != "" {
		t.Errorf("(-unpublished +published):\n%s", diff)
	}
	for _, e := range append(l.commands, l.undecided) {
		if err := s.Apply(t.Context(), e); err != nil {
			t.Errorf("%s comes again: %v", e.Type, err)
		}
	}
	if n := l.count(`select count(*) from brand`); n != 1 {
		t.Errorf("%d brands: want that of the command that was undecided and no other", n)
	}
	if n := l.count(`select count(*) from journal`); n != len(l.commands)+2 {
		t.Errorf("%d entries of %d commands", n, len(l.commands)+2)
	}
	if n := l.count(`select count(*) from journal where tableoid = to_regclass('journal_' || to_char(now() at time zone 'UTC' - interval '70 days', 'YYYY_MM'))`); n != 1 {
		t.Errorf("%d entries in the month of the oldest", n)
	}
	for _, broken := range dbtest.Invariants(t.Context(), l.conn) {
		t.Error(broken)
	}
}

func (l *lastRelease) wasUnpublished(i int) bool { return i/4%2 == 1 && len(l.results[i]) > 0 }

// isAnswered fails unless an old command is answered with its results, byte for byte, and to another request under its id as ever.
func (l *lastRelease) isAnswered(s *inbox.Store, e events.Envelope, results []events.Envelope) {
	l.t.Helper()
	d, err := s.Decided(l.t.Context(), e.Source, e.ID)
	if err != nil {
		l.t.Fatalf("%s %s: it is not known: %v", e.Type, e.ID, err)
	}
	if diff := cmp.Diff(packed(l.t, results...), packed(l.t, d.Results...)); diff != "" {
		l.t.Errorf("%s (-was +is):\n%s", e.Type, diff)
	}
	want := journal.Entry{Source: e.Source, ID: e.ID, Type: e.Type, Subject: e.Subject, Fingerprint: inbox.Fingerprint(e), By: e.By}
	d.Results, d.Number, d.ReceivedAt, d.DecidedAt = nil, 0, time.Time{}, time.Time{}
	if diff := cmp.Diff(want, d); diff != "" {
		l.t.Errorf("(-want +got):\n%s", diff)
	}
	other, err := s.Await(l.t.Context(), events.Received[events.OperationQuestion]{Data: events.OperationQuestion{Source: e.Source, ID: e.ID, Fingerprint: "another"}})
	if err != nil || !other.Other {
		l.t.Errorf("another request under its id: %+v, %v", other, err)
	}
}

func packed(t testing.TB, all ...events.Envelope) string {
	t.Helper()
	if len(all) == 0 {
		return "[]"
	}
	raw, err := events.Pack(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// published is what Kafka has, by its id; what it has twice is the same.
func (l *lastRelease) published() map[string]string {
	l.t.Helper()
	l.kafka.mu.Lock()
	defer l.kafka.mu.Unlock()
	all := map[string]string{}
	for _, e := range l.kafka.records {
		if _, twice := all[e.ID]; twice {
			l.t.Errorf("%s is published twice", e.Type)
		}
		all[e.ID] = packed(l.t, e)
	}
	return all
}

// A db of the last release that is still there after the migration decides nothing, publishes nothing and marks nothing: each of its
// statements fails, its deliveries come again and find the new one.
func TestCarryOver_TheLastReleaseDecidesNothingMore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	conn, err := pgx.Connect(t.Context(), b.database.App)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	one := []string{"x"}
	for sql, args := range map[string][]any{
		lastInsert: {one, one, one, one, one, one, one}, lastComplete: {one, one, [][]byte{{}}, time.Now()}, lastMark: {one, one}, lastSelect: {one, one}, lastSweep: {time.Second, 1},
	} {
		_, err := conn.Exec(t.Context(), sql, args...)
		if refusal, ok := errors.AsType[*pgconn.PgError](err); !ok || !strings.HasPrefix(refusal.Code, "42") {
			t.Errorf("%v: %s", err, sql)
		}
	}
}

// What of results is personal is beside the journal, and the journal without it once that is forgotten.
func TestJournal_HoldsNothingPersonal(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.register("ada@example.com")
	with := b.told()
	if !strings.Contains(with, `"p:`) || strings.Contains(with, journal.Hidden) {
		t.Errorf("the entry is not whole: %s", with)
	}
	if _, err := b.asOwner().Exec(t.Context(), `delete from journal_personal`); err != nil {
		t.Fatal(err)
	}
	without := b.told()
	if strings.Contains(without, `"p1.`) || !strings.Contains(without, `"name":"`+journal.Hidden+`"`) || !strings.Contains(without, id) {
		t.Errorf("the entry without what is personal: %s", without)
	}
}

// Nobody rewrites the journal, not even who owns it.
func TestJournal_IsAppendOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.apply(events.CreateBrand.New(events.NewID(), brandNamed("acme")))
	owner := b.asOwner()
	var month string
	if err := owner.QueryRow(t.Context(), `select tableoid::regclass::text from journal`).Scan(&month); err != nil {
		t.Fatal(err)
	}
	if want := time.Now().UTC().Format("journal_2006_01"); month != want {
		t.Errorf("the entry is in %s, want %s", month, want)
	}
	for _, table := range []string{"journal", month, "journal_rest"} {
		for _, sql := range []string{`update %s set outcome = 'failed'`, `delete from %s`, `truncate %s`} {
			_, err := owner.Exec(t.Context(), fmt.Sprintf(sql, table))
			if table == "journal_rest" && sql[0] != 't' {
				continue // it is empty: there is no row to refuse
			}
			if refusal, ok := errors.AsType[*pgconn.PgError](err); !ok || refusal.Code != "42501" {
				t.Errorf("%s: %v", fmt.Sprintf(sql, table), err)
			}
		}
	}
}

// addMonths has months made as db does, and gives how many have none.
func (b *bench) addMonths(ahead int) (without int) {
	b.t.Helper()
	if err := b.store.Writes.QueryRow(b.t.Context(), `select add_journal_months($1)`, ahead).Scan(&without); err != nil {
		b.t.Fatal(err)
	}
	return without
}

// Entries of a month that has no partition are kept all the same, a month that has such entries stays without one, and a partition can be
// detached with what is in it.
func TestJournal_Months(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.apply(events.CreateBrand.New(events.NewID(), brandNamed("acme")))
	owner := b.asOwner()
	this, later := time.Now().UTC().Format("journal_2006_01"), time.Now().UTC().AddDate(0, 0, 1-time.Now().UTC().Day()).AddDate(0, 8, 0)
	if n := b.addMonths(2); n != 0 {
		t.Errorf("%d months without a partition", n)
	}
	if _, err := owner.Exec(t.Context(), `
		insert into journal select number + 1000, $1, asked_at, decided_at, id, subject, correlation, causation, personal, source, type, asked_by, asked_by_id, outcome, about, results
		from journal`, later); err != nil {
		t.Fatal(err)
	}
	if n := b.count(`select count(*) from pg_inherits where inhparent = 'journal'::regclass`); n != 4 {
		t.Errorf("%d partitions, want this month's, two to come and the rest", n)
	}
	if n := b.addMonths(9); n != 1 {
		t.Errorf("%d months without a partition, want that of which entries are in the rest", n)
	}
	if n := b.count(`select count(*) from journal`); n != 2 {
		t.Errorf("%d entries", n)
	}
	if _, err := owner.Exec(t.Context(), `alter table journal detach partition `+this); err != nil {
		t.Fatal(err)
	}
	if n := b.count(`select count(*) from journal`); n != 1 {
		t.Errorf("%d entries are left", n)
	}
	since := time.Date(time.Now().UTC().Year(), time.Now().UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
	if _, err := owner.Exec(t.Context(), fmt.Sprintf(`
		alter table journal attach partition %[1]s for values from ('%[2]s') to ('%[3]s'); alter table journal detach partition %[1]s`,
		this, since.Format(time.RFC3339), since.AddDate(0, 1, 0).Format(time.RFC3339))); err != nil {
		t.Fatal(err)
	}
	if _, err := owner.Exec(t.Context(), `drop table `+this); err != nil {
		t.Fatal(err)
	}
}
