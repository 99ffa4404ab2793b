package inbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/db/journal"
)

// decision is the record of a command that was decided, with its results, as inbox and journal have it.
type decision struct {
	identity
	commandType string
	subject     string
	fingerprint string
	by          events.Principal
	position
	completedAt time.Time
	results     []events.Envelope
	forgotten   bool            // something personal of them is gone
	refused     *events.Problem // it was left out, and this is why: nothing else is said of it
}

func decisionOf(j *job) decision {
	return decision{
		identity: identity{j.Source, j.ID}, commandType: j.Type, subject: j.Subject, fingerprint: j.fingerprint, by: j.By,
		position: j.position, completedAt: j.completedAt, results: j.results, forgotten: j.forgotten,
	}
}

// selectDecided looks each command up by its key, and its entry of the journal, which is partitioned by months (journal.At ends the statement):
// it reads as much as it is asked for, however much else there is: limit 1 has Postgres look up each key by itself, instead of all that is there.
const selectDecided = `
	select entry.*, o.fingerprint, k.position
	from unnest($1::uuid[], $2::text[]) with ordinality as k (id, source, position)
		cross join lateral (select * from inbox where inbox.id = k.id and inbox.source = k.source limit 1) o
		cross join ` + journal.At

// readDecisions reads what is known of several commands by their keys.
func readDecisions(ctx context.Context, q pg.Querier, keys []identity) (map[identity]decision, error) {
	stored := make([]identity, len(keys))
	for i, k := range keys {
		if strings.ContainsRune(k.id, 0) {
			return nil, ErrUnreadable
		}
		stored[i] = k.stored()
	}
	sources, ids := split(stored)
	rows, err := q.Query(ctx, selectDecided, ids, sources)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[identity]decision, len(keys))
	for rows.Next() {
		var fingerprint string
		var place int // of the key, from 1 on
		e, err := journal.Scan(rows, &fingerprint, &place)
		if err != nil {
			return nil, err
		}
		d := decisionIn(e)
		d.fingerprint, d.identity = fingerprint, keys[place-1]
		found[d.identity] = d
	}
	return found, rows.Err()
}

// decisionIn is what an entry says.
func decisionIn(e journal.Entry) decision {
	return decision{
		identity: identity{e.Source, e.ID}, commandType: e.Type, subject: e.Subject, by: e.By,
		position: position{e.Number, e.ReceivedAt}, completedAt: e.DecidedAt, results: e.Results, forgotten: e.Forgotten,
	}
}

// errErased is what a request that comes again is answered once its person is erased: what it was answered the first time is theirs.
var errErased = events.Refuse("erased", "The account that this was done for has been erased, and what was answered with it.")

// Erased is what became of a command once what was answered may not be answered again: whoever only asks how it went is told that still.
func Erased(s events.OperationState, q events.OperationQuestion) events.OperationState {
	s.Data = nil
	if q.Since.IsZero() { // the request comes again
		s.Status, s.Problem = events.OperationFailed, errErased
	}
	return s
}

// state is the decision as its asker sees it. A question about another request under the same id learns nothing but that.
func (d decision) state(q events.OperationQuestion) (events.OperationState, error) {
	if d.refused != nil {
		return events.OperationState{ID: q.ID, Status: events.OperationFailed, Problem: d.refused}, nil
	}
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
		if d.forgotten && bytes.Contains(first.Data, []byte(journal.Hidden)) {
			return Erased(s, q), nil
		}
		return s, nil
	}
	var rejection events.Rejection
	if err := json.Unmarshal(first.Data, &rejection); err != nil {
		return s, fmt.Errorf("read the refusal of %s: %w", q.ID, err)
	}
	s.Status, s.Problem, s.Data = events.OperationFailed, &rejection.Problem, nil
	return s, nil
}
