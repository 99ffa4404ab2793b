package db

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
)

// decision is a command that was decided, with its results.
type decision struct {
	identity
	commandType string
	subject     string
	fingerprint string
	by          events.Principal
	receivedAt  time.Time
	completedAt time.Time
	results     []events.Envelope
}

func decisionOf(j *job) decision {
	return decision{
		identity: identity{j.Source, j.ID}, commandType: j.Type, subject: j.Subject, fingerprint: j.fingerprint, by: j.By,
		receivedAt: j.receivedAt, completedAt: j.completedAt, results: j.results,
	}
}

// readDecisions reads what is known of several commands by their keys.
func readDecisions(ctx context.Context, q querier, keys []identity) (map[identity]decision, error) {
	sources, ids := split(keys)
	rows, err := q.Query(ctx, selectDecided, sources, ids)
	if err != nil {
		return nil, err
	}
	found := make(map[identity]decision, len(keys))
	var d decision
	var completed *time.Time
	var stored []byte
	_, err = pgx.ForEachRow(rows, []any{
		&d.source, &d.id, &d.commandType, &d.subject, &d.fingerprint, &d.by.Type, &d.by.ID, &d.receivedAt, &completed, &stored,
	}, func() error {
		results, err := events.Unpack(stored)
		if err != nil {
			return fmt.Errorf("%s: %w", d.id, err)
		}
		one := d
		one.results, one.receivedAt = results, d.receivedAt.UTC()
		if completed != nil {
			one.completedAt = completed.UTC()
		}
		found[d.identity] = one
		return nil
	})
	return found, err
}

// state is the decision as its asker sees it. A question about another request under the same id learns nothing but that.
func (d decision) state(q events.OperationQuestion) (events.OperationState, error) {
	if q.Fingerprint != "" && !events.SameFingerprint(q.Fingerprint, d.fingerprint) {
		return events.OperationState{ID: q.ID, Status: events.OperationFailed, Other: true, By: d.by}, nil
	}
	s := events.OperationState{
		ID: q.ID, Status: events.OperationSucceeded, Noun: events.NounOf(d.commandType), Subject: d.subject, By: d.by,
		CreatedAt: d.receivedAt, CompletedAt: d.completedAt,
	}
	if len(d.results) == 0 {
		return s, nil
	}
	first := d.results[0]
	s.Type, s.Data = first.Type, first.Data
	if first.Type != events.Rejected(s.Noun).Type() && first.Type != events.Failed(s.Noun).Type() {
		return s, nil
	}
	var rejection events.Rejection
	if err := json.Unmarshal(first.Data, &rejection); err != nil {
		return s, fmt.Errorf("read the refusal of %s: %w", q.ID, err)
	}
	s.Status, s.Problem, s.Data = events.OperationFailed, &rejection.Problem, nil
	return s, nil
}
