package db

import (
	"context"
	"fmt"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// operation is what became of a command.
var operation = noun{Queries: []inbox.Query{inbox.AnswerUnbounded(events.AwaitOperation, awaitOperation)}}

// justNow is how long ago something may have been decided for whoever asked first to be told, without another look.
const justNow = time.Second

// awaitOperation tells what became of a command. An outcome is kept for as long as somebody may repeat the request, and can be read until the
// sweep comes to whoever was erased; so what was done for a customer who has been erased since is told no more, though it is still kept. Nor is anything told to whose
// log-in has ended, but what has just been decided of what they asked before.
func awaitOperation(ctx context.Context, s *inbox.Store, e events.Received[events.OperationQuestion]) (events.OperationState, error) {
	return awaitOperationAt(ctx, s, e, time.Now())
}

func awaitOperationAt(ctx context.Context, s *inbox.Store, e events.Received[events.OperationQuestion], asked time.Time) (events.OperationState, error) {
	state, err := s.Await(ctx, e)
	if err == nil && (!state.Decided() || asked.Sub(state.CompletedAt) >= justNow) {
		err = s.Admit(ctx, e.Envelope, "")
	}
	who := customerOf(state)
	if err != nil || len(state.Data) == 0 || who == "" || asked.Sub(state.CompletedAt) < justNow {
		return state, err
	}
	var gone bool
	if err := s.Reads.QueryRow(ctx, selectErased, who).Scan(&gone); err != nil {
		return events.OperationState{}, fmt.Errorf("look whether a customer was erased: %w", err)
	}
	if !gone || state.Type == events.CustomerDeleted.Type() { // that says nothing of anybody
		return state, nil
	}
	return inbox.Erased(state, e.Data), nil
}

// selectErased tells whether a customer, or the guest of an order, has been erased.
const selectErased = `select exists (select from customer where id = $1 and deleted_at is not null) or exists (select from orders where id = $1 and erased_at is not null)`

// customerOf is whose request it was, or who came of it; "" for nobody's.
func customerOf(s events.OperationState) string {
	switch {
	case s.By.Type == events.Shopper || s.By.IsGuest():
		return s.By.ID
	case s.Noun == "customer":
		return s.Subject
	}
	return ""
}
