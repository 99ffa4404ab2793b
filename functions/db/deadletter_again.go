package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
)

// resender is a publisher that can send an event again as it was, and say so beside its letter.
type resender interface {
	inbox.Publisher
	Resend(ctx context.Context, to events.Function, place string, e events.Envelope) error
	Mark(ctx context.Context, m events.PlacedMark) error
}

var _ resender = (*bus.Publisher)(nil)

// letters publishes results and, before one that says that a letter is sent again, what the letter holds; and the mark beside the letter, which
// tells the command line. What of it is not known to be on Kafka is published again with its result.
type letters struct {
	resender
	rows pg.Querier
	log  *slog.Logger
}

// Publish publishes.
func (p letters) Publish(ctx context.Context, envelopes ...events.Envelope) error {
	for _, e := range envelopes {
		if t := e.Type; t == events.DeadLetterReplayed.Type() || t == events.DeadLetterDiscarded.Type() {
			if err := p.carryOut(ctx, e); err != nil {
				return err
			}
		}
	}
	return p.resender.Publish(ctx, envelopes...)
}

func (p letters) carryOut(ctx context.Context, e events.Envelope) error {
	var done events.DeadLetterOutcome // read as it is: what is personal in it stays encrypted
	if err := json.Unmarshal(e.Data, &done); err != nil || done.Mark.Run == "" {
		return fmt.Errorf("read what was done about the dead letter %s: %w", e.Subject, errors.Join(err, events.ErrPoison))
	}
	l, err := readDeadLetter(p.rows.QueryRow(ctx, `select `+deadLetterColumns+` from dead_letter l where l.id = $1 and l.event_id = $2`, e.Subject, done.EventID))
	if errors.Is(err, pgx.ErrNoRows) {
		p.log.Warn("a dead letter is gone before it was sent again", "letter", done.Place, "type", done.Type, "id", done.EventID)
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the dead letter %s: %w", done.Place, err)
	}
	if e.Type == events.DeadLetterReplayed.Type() {
		if err := p.Resend(ctx, l.Function, l.Place, bus.LetterEnvelope(l.NewDeadLetter)); err != nil {
			return err
		}
	}
	mark := done.Mark
	mark.Reason = events.Words{} // it stays here
	return p.Mark(ctx, events.PlacedMark{Place: l.Place, LetterMark: mark})
}
