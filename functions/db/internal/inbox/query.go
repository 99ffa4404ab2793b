package inbox

import (
	"context"
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/pg"
)

// Query is a question tied to what reads its answer.
type Query struct {
	of   events.Declared
	bind func(s *Store) events.Handler
}

// Answers is every question that is answered.
func (s *Store) Answers() events.Answers {
	var all events.Answers
	for _, n := range s.Nouns {
		for _, q := range n.Queries {
			all = append(all, q.bind(s))
		}
	}
	return slices.Clip(all)
}

// readWithin bounds a read, with all that it waits for: a Postgres that stands still says nothing, and whoever asks wants to be told that. A
// statement has its own, shorter limit there.
const readWithin = versionWait + 3*time.Second

// Answer ties a query to what reads, and bounds it. Whoever asks must be let to ask now, whatever their token said a while ago.
func Answer[Q, A any](q events.Query[Q, A], read func(context.Context, *Store, events.Received[Q]) (A, error)) Query {
	return AnswerUnbounded(q, func(ctx context.Context, s *Store, e events.Received[Q]) (A, error) {
		ctx, cancel := context.WithTimeout(ctx, s.ReadWithin)
		defer cancel()
		if err := s.Admit(ctx, e.Envelope, q.Needs); err != nil {
			var none A
			return none, err
		}
		return read(ctx, s, e)
	})
}

// AnswerUnbounded ties a query to what reads and bounds itself. A value that Postgres cannot read is the asker's fault: the same question
// would fail again.
func AnswerUnbounded[Q, A any](q events.Query[Q, A], read func(context.Context, *Store, events.Received[Q]) (A, error)) Query {
	return Query{of: q, bind: func(s *Store) events.Handler {
		return q.Answer(func(ctx context.Context, e events.Received[Q]) (A, error) {
			a, err := read(ctx, s, e)
			if pg.Unfit(err) {
				return a, ErrUnreadable
			}
			return a, err
		})
	}}
}
