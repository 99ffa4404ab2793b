package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/journal"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// deadlines is what each kind of deadline emits once it has passed: one line per kind, in the file of its noun.
var deadlines = map[string]due{
	domain.OrderDeadline:        orderDue,
	domain.PaymentDeadline:      paymentDue,
	domain.NotificationDeadline: notificationDue,
}

// due reads, in the sweep's transaction, what a passed deadline of subject says. Error: pgx.ErrNoRows when there is nothing
// left to say; anything else is tried again by the next sweep.
type due func(ctx context.Context, tx *Tx, subject string, dueAt time.Time) (events.Outgoing, error)

const (
	selectDue = `
		select kind, subject::text, due_at from deadline
		where fired_at is null and due_at <= now() and ($2 = '' or (kind = $2 and subject::text = $3))
		order by due_at limit $1
		for update skip locked`
	markFired = `update deadline set fired_at = now() where kind = $1 and subject = $2`
)

// fireDeadlines turns passed deadlines into decisions whose result is the due event, and publishes those like any result. One
// that cannot be fired keeps no other back.
func (s *Store) fireDeadlines(ctx context.Context) error {
	for {
		fired, all, err := s.fireSome(ctx, passed{})
		if err != nil {
			return s.fireEach(ctx)
		}
		if len(fired) > 0 {
			s.deliver(fired)
		}
		if all < sweepLimit {
			return nil
		}
	}
}

func (s *Store) fireEach(ctx context.Context) error {
	rows, err := s.reads.Query(ctx, `select kind, subject::text, due_at from deadline where fired_at is null and due_at <= now() order by due_at limit $1`, sweepLimit)
	if err != nil {
		return err
	}
	due, err := pgx.CollectRows(rows, pgx.RowToStructByPos[passed])
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range due {
		fired, _, err := s.fireSome(ctx, p)
		if errs = append(errs, err); len(fired) > 0 {
			s.deliver(fired)
		}
	}
	return errors.Join(errs...)
}

type passed struct {
	Kind    string
	Subject string
	DueAt   time.Time
}

// fireSome fires what is due, or only one of them, in one transaction.
func (s *Store) fireSome(ctx context.Context, only passed) (fired []*job, n int, err error) {
	conn, err := s.writes.Acquire(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer conn.Release()
	err = pgx.BeginFunc(ctx, conn, func(pgx.Tx) error {
		o := &open{store: s, tx: Tx{Now: time.Now().UTC().Truncate(time.Microsecond), conn: conn.Conn()}}
		rows, err := o.tx.Query(ctx, selectDue, sweepLimit, only.Kind, only.Subject)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[passed])
		if err != nil {
			return err
		}
		n = len(all)
		for _, p := range all {
			j, err := o.fire(ctx, p)
			if err != nil {
				return fmt.Errorf("deadline %s of %s: %w", p.Kind, p.Subject, err)
			}
			if j != nil {
				fired = append(fired, j)
			}
		}
		return o.writeDown(ctx, fired)
	})
	if err != nil {
		return nil, 0, err
	}
	return fired, n, nil
}

func (o *open) fire(ctx context.Context, p passed) (*job, error) {
	if err := o.tx.Exec(ctx, markFired, p.Kind, p.Subject); err != nil {
		return nil, err
	}
	says, known := o.store.deadlines[p.Kind]
	if !known {
		return nil, errors.New("nothing is declared for this kind")
	}
	message, err := says(ctx, &o.tx, p.Subject, p.DueAt.UTC())
	o.tx.settle()
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	id := events.DeriveID("deadline", p.Kind, p.Subject, strconv.FormatInt(p.DueAt.UnixMicro(), 10))
	by := events.SystemPrincipal(events.DB)
	j := &job{
		Envelope: events.Envelope{Source: events.DB.Source(), ID: id, Type: "deadline." + p.Kind, Subject: p.Subject, Time: p.DueAt.UTC(), Correlation: id, By: by},
		key:      id, fingerprint: id, done: make(chan error, 1), fresh: true, completedAt: o.tx.Now, outcome: journal.Due,
	}
	if err := o.stamp(j, []events.Outgoing{message}); err != nil {
		return nil, err
	}
	err = o.tx.QueryRow(ctx, insertCommands, columnsOf([]*job{j})...).Scan(&j.Source, new(string), &j.number, &j.receivedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil // fired before
	}
	return j, err
}
