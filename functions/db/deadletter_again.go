package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// resender is a publisher that can send an event again as it was, and say so beside its letter.
type resender interface {
	inbox.Publisher
	Resend(ctx context.Context, to events.Function, place string, e events.Envelope) error
	Mark(ctx context.Context, m events.PlacedMark) error
}

var _ resender = (*bus.Publisher)(nil)

const (
	errandsEvery = time.Second
	errandsLimit = 16               // letters at a time
	errandLease  = 2 * time.Minute  // for which whoever carries one out has it alone: longer than Kafka may keep anybody waiting
	firstPause   = 5 * time.Second  // after the first try that failed; then twice as long each time
	longestPause = 10 * time.Minute // as long as it is the same
)

// letterErrands carries out what is decided about letters: the event goes out again, where it is to, and the mark beside the letter, which tells the
// command line. A row of dead_letter_errand stands for each, so that neither is lost, and neither holds up anything else: results, the sweep, or other
// letters. What Kafka does not take is tried again after pauses that grow.
type letterErrands struct {
	kafka   resender
	reads   *pgxpool.Pool
	writes  *pgxpool.Pool
	log     *slog.Logger
	pause   time.Duration
	waiting prometheus.Gauge
	wake    chan struct{}
	running sync.WaitGroup
	slots   chan struct{} // one for each that is carried out at this moment
}

func newLetterErrands(kafka resender, o inbox.Options) (*letterErrands, error) {
	p := &letterErrands{kafka: kafka, reads: o.Reads, writes: o.Writes, log: o.Log, pause: firstPause, wake: make(chan struct{}, 1), slots: make(chan struct{}, errandsLimit)}
	if o.ErrandPause > 0 {
		p.pause = o.ErrandPause
	}
	p.waiting = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "mart_db_letters_waiting_seconds", Help: "Since when the oldest dead letter waits to be sent again, or marked, that was decided to be.",
	})
	if err := o.Metrics.Register(p.waiting); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	return p, nil
}

// Publish notes, before a result that says what was done about a letter is published, that it is to be done. A result is published at least once, so it
// is noted at least once, whichever release has decided it; what is noted already is left as it is.
func (p *letterErrands) Publish(ctx context.Context, envelopes ...events.Envelope) error {
	noted := false
	for _, e := range envelopes {
		if t := e.Type; t == events.DeadLetterReplayed.Type() || t == events.DeadLetterDiscarded.Type() {
			if err := p.note(ctx, e); err != nil {
				return err
			}
			noted = true
		}
	}
	err := p.kafka.Publish(ctx, envelopes...)
	if noted {
		p.wakeUp()
	}
	return err
}

func (p *letterErrands) wakeUp() {
	select {
	case p.wake <- struct{}{}:
	default: // it will look anyway
	}
}

func (p *letterErrands) note(ctx context.Context, e events.Envelope) error {
	var done events.DeadLetterOutcome // read as it is: what is personal in it stays encrypted
	if err := json.Unmarshal(e.Data, &done); err != nil || done.Mark.Run == "" {
		return fmt.Errorf("read what was done about the dead letter %s: %w", e.Subject, errors.Join(err, events.ErrPoison))
	}
	_, err := p.writes.Exec(ctx, `insert into dead_letter_errand (id, letter_id, event_id) values ($1, $2, $3) on conflict do nothing`,
		domain.LetterMarkID(done.Place, done.Mark), e.Subject, done.EventID)
	if err != nil {
		return fmt.Errorf("note what is to be done about the dead letter %s: %w", done.Place, err)
	}
	return nil
}

// work carries out, as soon as something is noted and each second, what there is to do, until ctx ends and what was begun is done.
func (p *letterErrands) work(ctx context.Context) {
	defer p.running.Wait()
	tick := time.NewTicker(errandsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		case <-tick.C:
		}
		if err := p.carryOutSome(ctx); err != nil && ctx.Err() == nil {
			p.log.Warn("what is to be done about dead letters could not be looked up; trying again", "reason", err)
		}
	}
}

// errand is what is to be done about a letter.
type errand struct {
	ID       string
	LetterID string
	EventID  string
	Tries    int // this one among them
	Sent     bool
}

// Whoever takes an errand has it alone for the lease, without a transaction that would be open as long as Kafka takes. Should they die, it is another's
// afterwards.
const (
	takeErrands = `
		with due as (
			select id from dead_letter_errand where done_at is null and again_at <= now()
			order by again_at limit $1 for update skip locked
		)
		update dead_letter_errand e set tries = e.tries + 1, again_at = now() + $2::interval
		from due where e.id = due.id
		returning e.id::text, e.letter_id::text, e.event_id, e.tries, e.sent_at is not null`
	endErrand = `
		update dead_letter_errand set sent_at = case when $2 then coalesce(sent_at, now()) end, done_at = case when $3 then now() end,
			again_at = now() + $4::interval
		where id = $1`
	longestErrand = `select coalesce(extract(epoch from now() - (select min(at) from dead_letter_errand where done_at is null)), 0)::float8`
)

// carryOutSome begins as many as there is room for. Each is by itself: one for which Kafka takes its time keeps no other back.
func (p *letterErrands) carryOutSome(ctx context.Context) error {
	var waits float64
	if err := p.reads.QueryRow(ctx, longestErrand).Scan(&waits); err != nil {
		return err
	}
	p.waiting.Set(waits)
	room := cap(p.slots) - len(p.slots)
	if waits == 0 || room == 0 {
		return nil
	}
	rows, err := p.writes.Query(ctx, takeErrands, room, errandLease)
	if err != nil {
		return err
	}
	taken, err := pgx.CollectRows(rows, pgx.RowToStructByPos[errand])
	if err != nil {
		return err
	}
	for _, e := range taken {
		p.slots <- struct{}{}
		p.running.Go(func() {
			p.carryOut(e)
			<-p.slots
			p.wakeUp() // there may be more to do
		})
	}
	return nil
}

// carryOut does what is left to do, and writes down how far that is. It is not broken off: what was sent is to be known as such.
func (p *letterErrands) carryOut(e errand) {
	ctx, cancel := context.WithTimeout(context.Background(), errandLease)
	defer cancel()
	reason := p.do(ctx, &e)
	pause := pauseAfter(p.pause, e.Tries)
	if _, err := p.writes.Exec(ctx, endErrand, e.ID, e.Sent, reason == nil, pause); err != nil {
		reason = errors.Join(reason, fmt.Errorf("write down how far it is: %w", err))
	}
	if reason != nil {
		p.log.Warn("what is decided about a dead letter is not done yet; it is tried again", "letter", e.LetterID, "event", e.EventID, "sent", e.Sent, "tries", e.Tries, "pause", pause, "reason", reason)
	}
}

// pauseAfter is how long it takes until the next try after so many.
func pauseAfter(first time.Duration, tries int) time.Duration {
	return min(first<<min(tries-1, 16), max(first, longestPause))
}

const errandLetter = `
	select ` + deadLetterColumns + `, m.kind, m.run, m.at, m.by_type, m.by_id
	from dead_letter l join dead_letter_mark m on m.letter_id = l.id where l.id = $1 and l.event_id = $2 and m.id = $3`

// do sends the event, unless it is sent, and marks the letter. Error: one of them is not known to be on Kafka.
func (p *letterErrands) do(ctx context.Context, e *errand) error {
	var m events.LetterMark
	l, err := readDeadLetter(p.reads.QueryRow(ctx, errandLetter, e.LetterID, e.EventID, e.ID), &m.Kind, &m.Run, &m.At, &m.By.Type, &m.By.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		p.log.Warn("a dead letter is gone before all was done about it", "letter", e.LetterID, "event", e.EventID, "sent", e.Sent)
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the dead letter: %w", err)
	}
	if m.Kind == events.ReplayedMark && !e.Sent {
		if err := p.kafka.Resend(ctx, l.Function, l.Place, bus.LetterEnvelope(l.NewDeadLetter)); err != nil {
			return err
		}
		e.Sent = true
	}
	m.At = m.At.UTC()
	err = p.kafka.Mark(ctx, events.PlacedMark{Place: l.Place, LetterMark: m})
	if errors.Is(err, bus.ErrNoPlace) {
		p.log.Warn("there is no place beside a dead letter any more: its topic was made anew", "letter", l.Place, "event", e.EventID)
		return nil
	}
	return err
}
