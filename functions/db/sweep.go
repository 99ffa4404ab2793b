package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
)

const (
	sweepEvery   = time.Second
	sweepLimit   = 200
	unpublished  = 5 * time.Second // how long a result may stay unpublished before the sweep takes it
	forgetEvery  = time.Minute
	forgetLimit  = 2000
	horizonSlack = 24 * time.Hour // rows outlive the horizon: nothing is forgotten that would still be carried out

	selectUnpublished = `
		select source, id, results from inbox
		where published_at is null and received_at < now() - $1::interval
		order by received_at limit $2
		for update skip locked`
	oldestUnpublished = `
		select coalesce(extract(epoch from now() - min(received_at)), 0)::float8 from inbox where published_at is null`
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
		{"forget old decisions", s.forget},
		{"look for other replicas", s.neighbours.count},
	} {
		if err := sweep.do(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("a sweep failed; the next one tries again", "sweep", sweep.what, "reason", err)
		}
	}
}

// republish publishes results that nobody saw published. The row locks keep other replicas from the same rows.
func (s *Store) republish(ctx context.Context) error {
	var age float64
	if err := s.reads.QueryRow(ctx, oldestUnpublished).Scan(&age); err != nil {
		return err
	}
	s.metrics.unpublished.Set(age)
	if age < s.patience.Seconds() {
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
	var keys []identity
	err := pgx.BeginFunc(ctx, s.writes, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectUnpublished, s.patience, sweepLimit)
		if err != nil {
			return err
		}
		var key identity
		var stored []byte
		var all []events.Envelope
		_, err = pgx.ForEachRow(rows, []any{&key.source, &key.id, &stored}, func() error {
			results, err := events.Unpack(stored)
			if err != nil {
				return fmt.Errorf("%s: %w", key.id, err)
			}
			keys, all = append(keys, key), append(all, results...)
			return nil
		})
		if err != nil || len(keys) == 0 {
			return err
		}
		if err := s.publisher.Publish(ctx, all...); err != nil {
			return err
		}
		sources, ids := split(keys)
		_, err = tx.Exec(ctx, markSQL, sources, ids)
		return err
	})
	if err == nil && len(keys) > 0 {
		s.metrics.swept.Add(float64(len(keys)))
		s.log.Info("results that were left unpublished are published", "commands", len(keys))
	}
	return len(keys), err
}

// forget deletes decisions that are published and past the horizon, and old tries to log in, a few at a time.
func (s *Store) forget(ctx context.Context) error {
	if time.Since(s.forgot) < forgetEvery {
		return nil
	}
	s.forgot = time.Now()
	_, err := s.writes.Exec(ctx, `select forget_decisions($1::interval, $2)`, s.horizon+horizonSlack, forgetLimit)
	return errors.Join(err, s.forgetLogins(ctx))
}
