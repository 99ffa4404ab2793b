package functiontest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Query is what db was asked.
type Query struct {
	Type string
	Data json.RawMessage
}

// Command is what db was told to do.
type Command struct {
	Type    string
	Subject string
	Data    json.RawMessage
}

// decided is what became of a command, and of which request.
type decided struct {
	events.OperationState
	fingerprint string
}

// Script is what db says in a test: the answers to queries and the results of commands, each by type. A *events.Problem refuses.
type Script struct {
	Answers map[string]func(Query) (any, error)
	Results map[string]func(Command) (events.Declared, any, error)
}

// consume decides the commands that reach Kafka.
func (s *Server) consume(t testing.TB, brokers []string) {
	t.Helper()
	// A fetch that finds nothing is short: a topic whose offsets come later than others' waits for it, longer than a request waits for us.
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(events.TopicsFor(events.DB)...), kgo.FetchMaxWait(100*time.Millisecond))
	check(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			client.PollFetches(ctx).EachRecord(s.decide)
		}
	}()
	t.Cleanup(func() { stop(); <-ended; client.Close() })
}

func (s *Server) decide(r *kgo.Record) {
	h := map[string]string{}
	for _, header := range r.Headers {
		h[header.Key] = string(header.Value)
	}
	c := Command{Type: h["ce_type"], Subject: h["ce_subject"], Data: r.Value}
	state := events.OperationState{
		ID: h["ce_id"], Status: events.OperationSucceeded, Subject: c.Subject, Noun: strings.Split(c.Type, ".")[2],
		By:        events.Principal{Type: events.AuthType(h["ce_authtype"]), ID: h["ce_authid"]},
		CreatedAt: time.Now(), CompletedAt: time.Now(),
	}
	if s.knows(state.ID) {
		return // as db does: a command that comes again is not carried out again
	}
	result, data, err := s.db.Results[c.Type](c)
	if err != nil {
		state.Status, state.Problem = events.OperationFailed, events.Refuse("test", "%v", err)
		errors.As(err, &state.Problem)
	} else {
		state.Type = result.Type()
		state.Data, _ = s.keys.Encode(data) // what a test makes up can be written
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, c)
	s.outcomes[state.ID] = decided{state, h["ce_fingerprint"]}
	s.decided.Broadcast()
}

func (s *Server) knows(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.outcomes[id]
	return known
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // a short body is no JSON
	q := Query{Type: r.Header.Get("Ce-Type"), Data: body}
	var answer any
	var err error
	if made, ok := s.db.Answers[q.Type]; ok {
		answer, err = made(q)
	} else if q.Type == events.AwaitOperation.Type() {
		answer, err = s.await(q)
	} else {
		http.Error(w, "the test has no answer to "+q.Type, http.StatusServiceUnavailable)
		return
	}
	if problem, ok := errors.AsType[*events.Problem](err); ok {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(problem.Status)
		answer = problem
	}
	raw, _ := s.keys.Encode(answer) // what a test makes up can be written
	_, _ = w.Write(raw)
}

// await waits for an outcome that was asked for with a wait; a test ends it by its own time-out.
func (s *Server) await(q Query) (any, error) {
	var question events.OperationQuestion
	if err := json.Unmarshal(q.Data, &question); err != nil {
		return nil, events.Refuse("malformed", "%v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		known, ok := s.outcomes[question.ID]
		switch {
		case ok && question.Fingerprint != "" && question.Fingerprint != known.fingerprint:
			return &events.OperationState{ID: question.ID, Status: events.OperationFailed, Other: true, By: known.By}, nil
		case ok:
			return &known.OperationState, nil
		}
		if question.WaitMillis == 0 {
			return &events.OperationState{ID: question.ID, Status: events.OperationPending}, nil
		}
		s.decided.Wait()
	}
}
