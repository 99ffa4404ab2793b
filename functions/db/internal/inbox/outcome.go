package inbox

import (
	"fmt"
	"strconv"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/db/journal"
)

// stamp makes a command's results what they will be for ever: sealed, with ids that follow from the command's.
func (t *transaction) stamp(j *job, messages []events.Outgoing) error {
	for i, m := range messages {
		if m.ID() == "" {
			messages[i] = m.WithID(events.DeriveID(j.Source, j.key, strconv.Itoa(i)), "")
		}
	}
	cause := events.Cause{Correlation: j.Correlation, Causation: j.ID, Traceparent: j.Traceparent, Traced: t.store.Tracer != nil, By: j.By}
	stamped, err := bus.Stamp(t.store.Keys, events.DB, cause, t.tx.Now, messages...)
	if err != nil {
		return err
	}
	for _, e := range stamped {
		if err := bus.Publishable(e); err != nil {
			return fmt.Errorf("a result could never be published: %w", err)
		}
	}
	entry := j.entry()
	entry.Results = stamped
	packed, err := journal.Pack(entry)
	if err != nil {
		return err
	}
	j.results, j.packed = stamped, packed
	return nil
}

// recordOutcome makes a refusal or a failure the command's outcome.
func (t *transaction) recordOutcome(j *job, as events.Message[events.Rejection], problem *events.Problem) error {
	j.code = problem.Code
	return t.stamp(j, []events.Outgoing{as.New(j.Subject, events.Rejection{CommandID: j.ID, CommandType: j.Type, Problem: *problem})})
}

func failure(j *job) *events.Problem {
	return &events.Problem{Status: 500, Code: "internal", Detail: "The mart could not carry this out, through no fault of yours. Quote " + j.Correlation + " when you report it."}
}
