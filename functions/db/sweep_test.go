package db

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/onlinemart/mart/events"
)

// impatient sweeps results at once.
func impatient(s *Store) { s.patience = 0 }

func TestSweep_PublishesWhatACrashLeftBehind(t *testing.T) {
	t.Parallel()
	for _, place := range []string{afterCommit, beforePublish} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			crash := errors.New("crash")
			b := setup(t, impatient, func(s *Store) {
				s.failAt = func(at string) error {
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
			b.eventually("the row is marked", func() bool {
				return b.count(`select count(*) from inbox where published_at is null`) == 0
			})
			got := b.kafka.about(t, e.Subject)
			if got = slices.Compact(got); len(got) != 1 {
				t.Errorf("%d different results", len(got))
			}
		})
	}
}

func TestSweep_FailsBeforeTheCommitLeaveNothing(t *testing.T) {
	t.Parallel()
	for _, place := range []string{afterInsert, beforeCommit} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(s *Store) {
				s.failAt = func(at string) error { return map[string]error{place: errors.New("crash")}[at] }
			})
			if err := b.store.Apply(t.Context(), b.command(events.CreateBrand.New(events.NewID(), brandNamed("acme")))); err == nil {
				t.Fatal("no error")
			}
			if n := b.count(`select count(*) from inbox`) + b.count(`select count(*) from brand`); n != 0 {
				t.Errorf("%d rows", n)
			}
		})
	}
}

func TestSweep_MarksWhatWasPublished(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.apply(events.CreateBrand.New(events.NewID(), brandNamed("acme")))
	b.eventually("the row is marked", func() bool { return b.count(`select count(*) from inbox where published_at is not null`) == 1 })
}

func TestSweep_ADeadlineFiresOnce(t *testing.T) {
	t.Parallel()
	dueEvent := func(_ context.Context, _ *Tx, subject string, at time.Time) (events.Outgoing, error) {
		return events.OrderDue.New(subject, events.OrderDeadline{DueAt: at}), nil
	}
	kinds := func(s *Store) {
		s.deadlines = map[string]due{
			"order": dueEvent,
			"gone": func(context.Context, *Tx, string, time.Time) (events.Outgoing, error) {
				return events.Outgoing{}, pgx.ErrNoRows
			},
			"bad": func(context.Context, *Tx, string, time.Time) (events.Outgoing, error) {
				return events.Outgoing{}, errors.New("broken")
			},
		}
	}
	b := setup(t, kinds, with(func(ctx context.Context, tx *Tx, c events.Received[events.Deletion]) ([]events.Outgoing, error) {
		return nil, errors.Join(
			tx.SetDeadline(ctx, "order", c.Subject, tx.Now.Add(-time.Second)), tx.SetDeadline(ctx, "gone", c.Subject, tx.Now.Add(-time.Second)),
			tx.SetDeadline(ctx, "bad", c.Subject, tx.Now.Add(-time.Second)), tx.SetDeadline(ctx, "later", c.Subject, tx.Now.Add(time.Hour)),
			tx.SetDeadline(ctx, "cleared", c.Subject, tx.Now), tx.ClearDeadline(ctx, "cleared", c.Subject))
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
	if n := b.count(`select count(*) from inbox where source = '/mart/db' and results is not null`); n != 1 {
		t.Errorf("%d due events", n)
	}
}

func TestSweep_ForgetsOnlyWhatIsOldAndPublished(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.asOwner().Exec(t.Context(), `
		insert into inbox (source, id, type, subject, fingerprint, received_at, completed_at, results, published_at) values
		('s', 'old', '', '', '', now() - interval '20 days', now(), '[]', now()),
		('s', 'new', '', '', '', now(), now(), '[]', now())`)
	if err != nil {
		t.Fatal(err)
	}
	b.store.sweeping.Lock()
	b.store.forgot = time.Time{}
	err = b.store.forget(t.Context())
	b.store.sweeping.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	if n := b.count(`select count(*) from inbox where id = 'new'`); n != 1 || b.count(`select count(*) from inbox`) != 1 {
		t.Error("the wrong rows were forgotten")
	}
}

func TestRole_CannotRewriteHistory(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.apply(events.CreateBrand.New(events.NewID(), brandNamed("acme")))
	for _, sql := range []string{
		`delete from inbox`, `truncate inbox`, `update inbox set fingerprint = ''`, `update inbox set id = 'x'`, `delete from brand`, `delete from product`,
		`drop table inbox`, `alter table stock drop constraint "what is reserved is on hand"`, `create table mine (x int)`, `update goose_db_version set version_id = 0`,
	} {
		_, err := b.store.writes.Exec(t.Context(), sql)
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
		commands[i] = b.command(events.CreateBrand.New(events.NewID(), brandNamed("brand-"+itoa(int64(i)))))
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
		} else if !errors.Is(err, errClosing) {
			t.Error(err)
		}
	}
	want := []int{done, 0}
	got := []int{b.count(`select count(*) from inbox`), b.count(`select count(*) from inbox where published_at is null`)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
