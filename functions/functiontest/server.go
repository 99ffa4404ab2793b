package functiontest

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/web"
	"github.com/twmb/franz-go/pkg/kfake"
)

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

// Decrypt opens a personal value of what db was asked or told.
func (s *Server) Decrypt(p *events.Personal) error { return s.keys.Decrypt(p) }

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

// Pass lets time pass, for what is decided: it was decided so much longer ago.
func (s *Server) Pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, o := range s.outcomes {
		o.CompletedAt = o.CompletedAt.Add(-d)
		s.outcomes[id] = o
	}
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
