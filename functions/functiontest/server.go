package functiontest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/web"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Tokens that Server knows. Any other is invalid.
const (
	Catalog = "catalog" // a member of staff with catalog:write
	Viewer  = "viewer"  // a member of staff without
	Shopper = "shopper" // a customer
	Orders  = "orders"  // a member of staff with orders:write and payments:write
	Stock   = "stock"   // a member of staff with stock:write
	Expired = "expired" // was valid once
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

// Server is a function's API at URL.
type Server struct {
	URL  string
	db   Script
	keys *events.Keys

	mu       sync.Mutex
	decided  *sync.Cond
	commands []Command
	outcomes map[string]decided
}

// Start serves the function's routes until the test ends: with a Kafka, a db that answers as it says, and the tokens above.
func Start(t testing.TB, f events.Function, routes func(*web.API), db Script) *Server {
	t.Helper()
	keys, err := events.NewKeys(events.GenerateRing("s"), events.GenerateRing("p"))
	check(t, err)
	s := &Server{db: db, keys: keys, outcomes: map[string]decided{}}
	s.decided = sync.NewCond(&s.mu)
	kafka, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, events.Topics()...))
	check(t, err)
	t.Cleanup(kafka.Close)
	publisher, err := bus.NewPublisher(f, keys, bus.KafkaConfig{Brokers: kafka.ListenAddrs()})
	check(t, err)
	t.Cleanup(func() { check(t, publisher.Close()) })
	s.consume(t, kafka.ListenAddrs())
	answers := httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(answers.Close)
	asker := bus.NewAsker(f, keys, answers.URL)
	t.Cleanup(asker.Close)
	api := web.NewAPI(&boot.Runtime{
		Name: f, Keys: keys, Publisher: publisher, Asker: asker, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}, tokens{})
	routes(api)
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Commands is what has been sent so far.
func (s *Server) Commands() []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Command(nil), s.commands...)
}

// Await waits until so many commands are decided.
func (s *Server) Await(t testing.TB, count int) {
	t.Helper()
	stop := context.AfterFunc(t.Context(), s.decided.Broadcast)
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.commands) < count && t.Context().Err() == nil {
		s.decided.Wait()
	}
}

// consume decides the commands that reach Kafka.
func (s *Server) consume(t testing.TB, brokers []string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(events.TopicsFor(events.DB)...))
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
		By: events.Principal{Type: events.AuthType(h["ce_authtype"]), ID: h["ce_authid"]},
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

type tokens struct{}

func (tokens) Verify(_ context.Context, token string) (web.Identity, error) {
	if token == Expired {
		return web.Identity{}, web.ErrExpired
	}
	identity, ok := map[string]web.Identity{
		Catalog: {Principal: events.Principal{Type: events.Staff, ID: "u1"}, Scopes: []events.Permission{events.CatalogWrite}},
		Stock:   {Principal: events.Principal{Type: events.Staff, ID: "u4"}, Scopes: []events.Permission{events.StockRead, events.StockWrite}},
		Viewer:  {Principal: events.Principal{Type: events.Staff, ID: "u2"}, Scopes: []events.Permission{events.OrdersRead}},
		Orders:  {Principal: events.Principal{Type: events.Staff, ID: "u3"}, Scopes: []events.Permission{events.OrdersWrite, events.PaymentsWrite}},
		Shopper: {Principal: events.Principal{Type: events.Shopper, ID: "c1"}, Scopes: []events.Permission{events.Shop}},
	}[token]
	if !ok {
		return identity, events.Forbidden("no such token")
	}
	return identity, nil
}

// Reply is an answer with its body.
type Reply struct {
	*http.Response
	Text string
}

// JSON reads the body into v.
func (r Reply) JSON(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.Text), v); err != nil {
		t.Fatalf("%v: %s", err, r.Text)
	}
}

// Do sends a request; token is "" for nobody's, headers are names and values by turns.
func (s *Server) Do(t testing.TB, token, method, path, body string, headers ...string) Reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	check(t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	for name, usual := range map[string]string{"Authorization": "Bearer " + token, "Content-Type": "application/json"} {
		if req.Header.Get(name) == "" && (name == "Authorization" && token != "" || name == "Content-Type" && body != "") {
			req.Header.Set(name, usual)
		}
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	check(t, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	check(t, err)
	return Reply{res, string(text)}
}
