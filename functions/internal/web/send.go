package web

import (
	"context"
	"errors"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// answerWithin is how much longer than asked db may take to say that an outcome is pending.
const answerWithin = time.Second

// outcome is db's answer to the question what became of a command.
type outcome struct {
	state events.OperationState
	err   error
}

// send puts the one question of a command while the command is still on its way to Kafka: by the time db has it, somebody waits. What
// was decided before under the same id is answered at once, and so is that the id was used for another request; that the command is on
// Kafka once more changes nothing then.
func (a *API) send(ctx context.Context, command events.Outgoing, wait time.Duration, settle bool) (events.OperationState, error) {
	asking, cancel := context.WithCancel(ctx)
	defer cancel()
	answered, published := make(chan outcome, 1), make(chan error, 1)
	silence := time.NewTimer(wait + answerWithin)
	defer silence.Stop()
	go func() { answered <- a.outcome(asking, command, wait, settle) }()
	go func() { published <- a.runtime.Publisher.Send(ctx, command) }()
	select {
	case got := <-answered:
		if got.err == nil && decided(got.state) {
			return got.state, otherRequest(got.state) // whatever Kafka says of a command that is decided
		}
		if err := <-published; err != nil {
			return a.unpublished(ctx, err)
		}
		return got.of(command)
	case err := <-published:
		if err != nil {
			cancel()
			return a.unpublished(ctx, err)
		}
	}
	select {
	case got := <-answered:
		return got.of(command)
	case <-silence.C:
		return pending(command), nil // db has the question and does not answer: the command is on Kafka all the same
	}
}

// Await asks what became of a command that is on Kafka, as Run does after it has sent one.
func (a *API) Await(ctx context.Context, command events.Outgoing, wait time.Duration) (events.OperationState, error) {
	return a.outcome(ctx, command, wait, false).of(command)
}

// of is the outcome of a command that is on Kafka.
func (o outcome) of(command events.Outgoing) (events.OperationState, error) {
	if errors.Is(o.err, bus.ErrUnavailable) {
		return pending(command), nil // db will decide it when it is back
	}
	return o.state, errors.Join(o.err, otherRequest(o.state))
}

// unpublished is the answer when Kafka has not confirmed a command. One that was decided before, under the same key, needs no Kafka.
func (a *API) unpublished(ctx context.Context, reason error) (events.OperationState, error) {
	state, err := a.before(ctx)
	switch {
	case decided(state):
		return state, err
	case err != nil:
		return state, errors.Join(reason, err)
	}
	return state, reason
}

func (a *API) outcome(ctx context.Context, command events.Outgoing, wait time.Duration, settle bool) outcome {
	state, err := bus.Ask(ctx, a.runtime.Asker, events.AwaitOperation, events.OperationQuestion{
		Source: a.runtime.Name.Source(), ID: command.ID(), Fingerprint: of(ctx).fingerprint, WaitMillis: int(wait / time.Millisecond), Settle: settle,
	})
	if state.Subject == "" {
		state.ID, state.Noun, state.Subject = command.ID(), command.Of().Declaration().Noun, command.Subject
	}
	return outcome{state, err}
}
