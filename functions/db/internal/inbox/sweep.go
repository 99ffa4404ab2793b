package inbox

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/journal"
)

const (
	sweepEvery       = time.Second
	sweepLimit       = 200
	unpublishedAfter = 5 * time.Second // how long results may stay unpublished before the sweep publishes them
	purgeEvery       = time.Minute
	monthsEvery      = time.Hour
	monthsAhead      = 2 // partitions of the journal, besides this month's
	purgeLimit       = 2000
	horizonSlack     = 24 * time.Hour // rows outlive the horizon: nothing is forgotten that would still be carried out

	selectUnpublished = `
		select entry.*
		from (
			select number, received_at from outbox where received_at < now() - $1::interval
			order by number limit $2
			for update skip locked
		) o cross join ` + journal.At
	oldestWaiting = `
		select coalesce(extract(epoch from now() - (select received_at from outbox order by number limit 1)), 0)::float8,
			coalesce(extract(epoch from now() - (select due_at from deadline where fired_at is null and due_at <= now() order by due_at limit 1)), 0)::float8`
)

// sweepAlways sweeps every second until ctx ends. Tick does the same when a schedule says so.
func (s *Store) sweepAlways(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.Tick(ctx)
		}
	}
}

// Tick looks for what is due: passed deadlines, unpublished results, decisions past their horizon, other replicas. At most one at a time and
// one a second; a tick too many does nothing.
func (s *Store) Tick(ctx context.Context) {
	if !s.sweeping.TryLock() {
		return
	}
	defer s.sweeping.Unlock()
	select {
	case <-s.closing:
		return
	default:
	}
	if time.Since(s.swept) < sweepEvery*9/10 {
		return
	}
	s.swept = time.Now()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for _, sweep := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"emit passed deadlines", s.fireDeadlines},
		{"publish what was left", s.republish},
		{"forget old decisions", s.purgeIfDue},
		{"make the journal's next months", s.addMonths},
		{"look for other replicas", s.replicas.count},
	} {
		if err := sweep.do(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("a sweep failed; the next one tries again", "sweep", sweep.what, "reason", err)
		}
	}
}

// republish publishes results that nobody saw published. The row locks keep other replicas from the same rows. What has waited longest, also of the
// deadlines that should have been emitted just before, is shown.
func (s *Store) republish(ctx context.Context) error {
	var age, overdue float64
	if err := s.Reads.QueryRow(ctx, oldestWaiting).Scan(&age, &overdue); err != nil {
		return err
	}
	s.metrics.unpublished.Set(age)
	s.metrics.overdue.Set(overdue)
	if age < s.UnpublishedAfter.Seconds() {
		return nil
	}
	for {
		n, err := s.republishSome(ctx)
		if err != nil || n < sweepLimit {
			return err
		}
	}
}

func (s *Store) republishSome(ctx context.Context) (int, error) {
	var numbers []int64
	err := pgx.BeginFunc(ctx, s.Writes, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectUnpublished, s.UnpublishedAfter, sweepLimit)
		if err != nil {
			return err
		}
		entries, err := pgx.CollectRows(rows, journal.Read)
		if err != nil || len(entries) == 0 {
			return err
		}
		var all []events.Envelope
		for _, e := range entries {
			numbers, all = append(numbers, e.Number), append(all, e.Results...)
		}
		if err := s.Publisher.Publish(ctx, all...); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, deletePublished, numbers)
		return err
	})
	if err == nil && len(numbers) > 0 {
		s.metrics.swept.Add(float64(len(numbers)))
		s.Log.Info("results that were left unpublished are published", "commands", len(numbers))
	}
	return len(numbers), err
}

// addMonths makes the journal's partitions ahead. What has none goes into one for the rest, and stays there until somebody moves it.
func (s *Store) addMonths(ctx context.Context) error {
	if time.Since(s.addedMonths) < monthsEvery {
		return nil
	}
	var without int
	if err := s.Writes.QueryRow(ctx, `select add_journal_months($1)`, monthsAhead).Scan(&without); err != nil {
		return err
	}
	s.addedMonths = time.Now()
	if without > 0 {
		s.Log.Warn("a month of the journal has no partition: its entries are in journal_rest", "months", without)
	}
	return nil
}

// makeMonths makes the journal's partitions before the first command: where no db has run for months, there is none for today yet. Should that
// fail, the sweep makes them.
func (s *Store) makeMonths(ctx context.Context) {
	if err := s.addMonths(ctx); err != nil {
		s.Log.Warn("the journal's months could not be made; the sweep tries again", "reason", err)
	}
}

// purgeIfDue purges once a minute.
func (s *Store) purgeIfDue(ctx context.Context) error {
	if time.Since(s.purged) < purgeEvery {
		return nil
	}
	s.purged = time.Now()
	return s.Purge(ctx)
}

// Purge deletes, a few rows at a time, what has served its time: that by which a command is known again, once it is published and past the horizon;
// the personal values of its results; and those rows of the nouns that nothing depends on any more.
func (s *Store) Purge(ctx context.Context) error {
	_, err := s.Writes.Exec(ctx, `select forget_decisions($1::interval, $2)`, s.ForgetAfter(), purgeLimit)
	return errors.Join(err, s.purgeNouns(ctx))
}
