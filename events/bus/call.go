package bus

import (
	"context"
	"errors"
	"time"

	"github.com/onlinemart/mart/events"
)

// answerWithin is how much longer than asked db may take to say that an outcome is pending.
const answerWithin = time.Second

// ErrIDReused means that the id of a command was used before, for another one.
var ErrIDReused = errors.New("the id of the command was used before, for another one")

// Caller sends a function's commands and learns what has become of them.
type Caller struct {
	Publisher *Publisher
	Asker     *Asker
}

// outcome is db's answer to the question what became of a command.
type outcome struct {
	state events.OperationState
	err   error
}

// Call publishes a command, under an id of its own if it has none, and waits for its outcome, at most so long. State pending means that it
// was accepted and is not decided yet. Errors: ErrIDReused; ErrUnknownOutcome when Kafka did not confirm the command.
func (c Caller) Call(ctx context.Context, command events.Outgoing, wait time.Duration) (events.OperationState, error) {
	return c.call(ctx, command, wait, false)
}

// CallToEnd is Call that waits for what the outcome sets going, too.
func (c Caller) CallToEnd(ctx context.Context, command events.Outgoing, wait time.Duration) (events.OperationState, error) {
	return c.call(ctx, command, wait, true)
}

// Outcome asks what became of a command that is on Kafka, as Call does after it has sent one.
func (c Caller) Outcome(ctx context.Context, command events.Outgoing, wait time.Duration) (events.OperationState, error) {
	return c.ask(ctx, command, wait, false).of(command)
}

// Before is what became of a command that may have been sent before under the id; nothing has for one without a fingerprint, which is never
// sent twice. Error: ErrIDReused.
func (c Caller) Before(ctx context.Context, id, fingerprint string) (events.OperationState, error) {
	if fingerprint == "" {
		return events.OperationState{}, nil
	}
	state, err := Ask(ctx, c.Asker, events.AwaitOperation, events.OperationQuestion{Source: c.Asker.self.Source(), ID: id, Fingerprint: fingerprint})
	return state, errors.Join(err, reused(state))
}

func (c Caller) call(ctx context.Context, command events.Outgoing, wait time.Duration, toEnd bool) (events.OperationState, error) {
	if command.ID() == "" {
		command = command.WithID(events.NewID(), "")
	}
	if wait > 0 {
		return c.await(ctx, command, wait, toEnd)
	}
	if state, err := c.Before(ctx, command.ID(), command.Fingerprint()); err != nil || state.Decided() {
		return state, err
	}
	return pending(command), c.Publisher.Send(ctx, command)
}

// await puts the one question of a command while the command is still on its way to Kafka: by the time db has it, somebody waits. What
// was decided before under the same id is answered at once, and so is that the id was used for another request; that the command is on
// Kafka once more changes nothing then.
func (c Caller) await(ctx context.Context, command events.Outgoing, wait time.Duration, toEnd bool) (events.OperationState, error) {
	asking, cancel := context.WithCancel(ctx)
	defer cancel()
	answered, published := make(chan outcome, 1), make(chan error, 1)
	silence := time.NewTimer(wait + answerWithin)
	defer silence.Stop()
	go func() { answered <- c.ask(asking, command, wait, toEnd) }()
	go func() { published <- c.Publisher.Send(ctx, command) }()
	select {
	case got := <-answered:
		if got.err == nil && got.state.Decided() {
			return got.state, reused(got.state) // whatever Kafka says of a command that is decided
		}
		if err := <-published; err != nil {
			return c.unpublished(ctx, command, err)
		}
		return got.of(command)
	case err := <-published:
		if err != nil {
			cancel()
			return c.unpublished(ctx, command, err)
		}
	}
	select {
	case got := <-answered:
		return got.of(command)
	case <-silence.C:
		return pending(command), nil // db has the question and does not answer: the command is on Kafka all the same
	}
}

// of is the outcome of a command that is on Kafka.
func (o outcome) of(command events.Outgoing) (events.OperationState, error) {
	if errors.Is(o.err, ErrUnavailable) {
		return pending(command), nil // db will decide it when it is back
	}
	return o.state, errors.Join(o.err, reused(o.state))
}

// unpublished is the answer when Kafka has not confirmed a command. One that was decided before, under the same id, needs no Kafka.
func (c Caller) unpublished(ctx context.Context, command events.Outgoing, reason error) (events.OperationState, error) {
	state, err := c.Before(ctx, command.ID(), command.Fingerprint())
	switch {
	case state.Decided():
		return state, err
	case err != nil:
		return state, errors.Join(reason, err)
	}
	return state, reason
}

func (c Caller) ask(ctx context.Context, command events.Outgoing, wait time.Duration, toEnd bool) outcome {
	state, err := Ask(ctx, c.Asker, events.AwaitOperation, events.OperationQuestion{
		Source: c.Asker.self.Source(), ID: command.ID(), Fingerprint: command.Fingerprint(), WaitMillis: int(wait / time.Millisecond), Settle: toEnd,
	})
	if state.Subject == "" {
		state.ID, state.Noun, state.Subject = command.ID(), command.Of().Declaration().Noun, command.Subject
	}
	return outcome{state, err}
}

func reused(s events.OperationState) error {
	if s.Other {
		return ErrIDReused
	}
	return nil
}

func pending(command events.Outgoing) events.OperationState {
	return events.OperationState{ID: command.ID(), Status: events.OperationPending, Noun: command.Of().Declaration().Noun, Subject: command.Subject}
}
