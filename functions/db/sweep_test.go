package db

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// impatient sweeps results at once.
func impatient(o *inbox.Options) { o.UnpublishedAfter = 1 }

func TestSweep_PublishesWhatACrashLeftBehind(t *testing.T) {
	t.Parallel()
	for _, place := range []string{inbox.AfterCommit, inbox.BeforePublish} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			crash := errors.New("crash")
			b := setup(t, impatient, func(o *inbox.Options) {
				o.FailAt = func(at string) error {
					if at == place {
						return crash
					}
					return nil
				}
			})
			e := b.command(events.CreateBrand.New(events.NewID(), brandNamed("acme")))
			if err := b.store.Apply(t.Context(), e); !errors.Is(err, crash) {
				t.Fatalf("got %v", err)
			}
			b.eventually("the sweep publishes", func() bool { return len(b.kafka.about(t, e.Subject)) > 0 })
			b.eventually("the outbox is empty", func() bool { return b.count(`select count(*) from outbox`) == 0 })
			got := b.kafka.about(t, e.Subject)
			if got = slices.Compact(got); len(got) != 1 {
				t.Errorf("%d different results", len(got))
			}
		})
	}
}

func TestSweep_FailsBeforeTheCommitLeaveNothing(t *testing.T) {
	t.Parallel()
	for _, place := range []string{inbox.AfterInsert, inbox.BeforeCommit} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(o *inbox.Options) {
				o.FailAt = func(at string) error { return map[string]error{place: errors.New("crash")}[at] }
			})
			if err := b.store.Apply(t.Context(), b.command(events.CreateBrand.New(events.NewID(), brandNamed("acme")))); err == nil {
				t.Fatal("no error")
			}
			if n := b.count(`select (select count(*) from inbox) + (select count(*) from journal) + (select count(*) from outbox) + (select count(*) from brand)`); n != 0 {
				t.Errorf("%d rows", n)
			}
		})
	}
}

func TestSweep_EmptiesTheOutboxOfWhatWasPublished(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.kafka.setDown(true)
	e := b.command(events.CreateBrand.New(events.NewID(), brandNamed("acme")))
	if err := b.store.Apply(t.Context(), e); !errors.Is(err, errKafkaDown) {
		t.Fatalf("got %v", err)
	}
	if n := b.count(`select count(*) from outbox`); n != 1 {
		t.Errorf("%d in the outbox", n)
	}
	b.kafka.setDown(false)
	if err := b.store.Apply(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	b.eventually("the outbox is empty", func() bool { return b.count(`select count(*) from outbox`) == 0 })
}

func TestSweep_ADeadlineFiresOnce(t *testing.T) {
	t.Parallel()
	gone := func(context.Context, *pg.Tx, string, time.Time) (none events.Outgoing, again time.Time, err error) {
		return none, again, pgx.ErrNoRows
	}
	bad := func(context.Context, *pg.Tx, string, time.Time) (none events.Outgoing, again time.Time, err error) {
		return none, again, errors.New("broken")
	}
	kinds := func(o *inbox.Options) {
		o.Nouns = otherwise(o.Nouns, func(n *noun) { n.Deadlines = nil })
		o.Nouns[0].Deadlines = map[string]inbox.Due{
			"order": func(_ context.Context, _ *pg.Tx, subject string, at time.Time) (message events.Outgoing, again time.Time, err error) {
				return events.OrderDue.New(subject, events.OrderDeadline{DueAt: at}), again, nil
			},
			"gone": gone, "bad": bad,
		}
	}
	b := setup(t, kinds, with(func(c domain.Case, m events.Received[events.Deletion]) ([]events.Outgoing, error) {
		for _, d := range []domain.Deadline{
			{Kind: "order", At: c.Now.Add(-time.Second)},
			{Kind: "gone", At: c.Now.Add(-time.Second)},
			{Kind: "bad", At: c.Now.Add(-time.Second)},
			{Kind: "later", At: c.Now.Add(time.Hour)},
			{Kind: "cleared", At: c.Now},
			{Kind: "cleared"},
		} {
			d.Subject = m.Subject
			domain.Deadlines.Put(c.Rows, d.Kind+" "+d.Subject, d)
		}
		return nil, nil
	}))
	b.replica(kinds)
	e := b.apply(events.DeleteBrand.New(events.NewID(), events.Deletion{ExpectedVersion: 1}))
	b.eventually("it fires", func() bool { return len(b.kafka.about(t, e.Subject)) > 0 })
	b.eventually("what has nothing to say is done", func() bool {
		return b.count(`select count(*) from deadline where fired_at is not null`) == 2
	})
	if got := b.kafka.about(t, e.Subject); len(slices.Compact(got)) != 1 {
		t.Errorf("%v", got)
	}
	if n := b.count(`select count(*) from journal where source = '/mart/db' and outcome = 'due'`); n != 1 {
		t.Errorf("%d due events", n)
	}
}

func TestSweep_ForgetsOnlyWhatIsOldAndPublished(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.asOwner().Exec(t.Context(), `
		insert into inbox (source, id, fingerprint, received_at) values
			('old', gen_random_uuid(), '', now() - interval '20 days'), ('unpublished', gen_random_uuid(), '', now() - interval '20 days'), ('new', gen_random_uuid(), '', now());
		insert into outbox (number, received_at) select number, received_at from inbox where source = 'unpublished';
		insert into journal_personal (key, week, ciphertexts) select gen_random_uuid(), now() - make_interval(days => d), '{}' from unnest(array[50, 40, 20, 0]) as d`)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.store.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := b.count(`select count(*) from inbox where source in ('new', 'unpublished')`); n != 2 || b.count(`select count(*) from inbox`) != 2 {
		t.Error("the wrong rows were forgotten")
	}
	if n := b.count(`select count(*) from journal_personal`); n != 2 { // what is unpublished may need that of its week
		t.Errorf("%d sets of personal values are left", n)
	}
}

func TestRole_CannotRewriteHistory(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.apply(events.CreateBrand.New(events.NewID(), brandNamed("acme")))
	for _, sql := range []string{
		`delete from inbox`, `truncate inbox`, `update inbox set fingerprint = ''`, `update inbox set number = 1`, `delete from brand`, `delete from product`,
		`insert into inbox (number, id, source, fingerprint) values (1, gen_random_uuid(), '', '')`, `insert into inbox (received_at, id, source, fingerprint) values (now(), gen_random_uuid(), '', '')`,
		`delete from journal`, `truncate journal`, `update journal set outcome = 'failed'`, `select * from journal_rest`, `update journal_personal set week = now()`, `delete from journal_personal`,
		`select setval('journal_number', 1)`, `drop table journal`, `alter table journal detach partition journal_rest`, `drop table inbox`, `alter table stock drop constraint "what is reserved is on hand"`, `create table mine (x int)`, `update goose_db_version set version_id = 0`,
	} {
		_, err := b.store.Writes.Exec(t.Context(), sql)
		refusal, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || refusal.Code != "42501" {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestDrain_LosesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	commands := make([]events.Envelope, 200)
	answers := make(chan error, len(commands))
	for i := range commands {
		commands[i] = b.command(events.CreateBrand.New(events.NewID(), brandNamed("brand-"+strconv.Itoa(i))))
		go func() { answers <- b.store.Apply(t.Context(), commands[i]) }()
	}
	if err := <-answers; err != nil {
		t.Fatal(err)
	}
	if err := b.store.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := 1
	for range len(commands) - 1 {
		if err := <-answers; err == nil {
			done++
		} else if !errors.Is(err, inbox.ErrClosing) {
			t.Error(err)
		}
	}
	want := []int{done, 0}
	got := []int{b.count(`select count(*) from inbox`), b.count(`select count(*) from outbox`)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
