package db

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
)

// valve stands between db and Postgres and can hold everything back, as a server does that stands still: connections stay, and new ones
// are taken.
type valve struct {
	listener net.Listener
	network  string
	address  string
	mu       sync.Mutex
	open     chan struct{} // closed while it is open
	both     sync.WaitGroup
}

func newValve(t *testing.T, server *pgx.ConnConfig) *valve {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	v := &valve{listener: listener, open: make(chan struct{})}
	v.network, v.address = pgconn.NetworkAddress(server.Host, server.Port)
	close(v.open)
	v.both.Go(v.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		v.both.Wait()
	})
	return v
}

func (v *valve) accept() {
	for {
		near, err := v.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial(v.network, v.address)
		if err != nil {
			_ = near.Close()
			continue
		}
		v.both.Go(func() { v.pass(near, far) })
		v.both.Go(func() { v.pass(far, near) })
	}
}

func (v *valve) pass(to, from net.Conn) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		v.mu.Lock()
		open := v.open
		v.mu.Unlock()
		<-open
		if _, failed := to.Write(buffer[:n]); failed != nil || err != nil {
			return
		}
	}
}

func (v *valve) hold() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.open = make(chan struct{})
}

func (v *valve) release() {
	v.mu.Lock()
	defer v.mu.Unlock()
	close(v.open)
}

// A Postgres that stands still makes a read fail soon, which is answered 503, and does no harm once it goes on.
func TestAPostgresThatStandsStill(t *testing.T) {
	t.Parallel()
	b := setup(t)
	brand := events.NewID()
	b.do(events.CreateBrand.New(brand, brandNamed("still")))
	server, err := pgx.ParseConfig(b.database.App)
	if err != nil {
		t.Fatal(err)
	}
	v := newValve(t, server)
	through := url.URL{Scheme: "postgres", User: url.UserPassword(server.User, server.Password), Host: v.listener.Addr().String(), Path: server.Database, RawQuery: "sslmode=disable"}
	o, err := connect(t.Context(), Config{URL: through.String(), Reads: 2, Horizon: time.Hour}, b.kafka, b.keys, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	patient(t, &o)
	s, err := open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	questions := map[string]json.RawMessage{
		"get": json.RawMessage(`{"id": "` + brand + `"}`), "list": json.RawMessage(`{}`),
		"await": json.RawMessage(`{"source": "/mart/brand", "id": "unknown"}`),
	}
	ask := func(verb string) error {
		for _, h := range s.Answers() {
			if d := h.Message.Declaration(); d.Verb == verb && (d.Noun == "brand" || d.Noun == "operation") {
				_, err := h.Reply(t.Context(), b.keys, events.Envelope{Type: h.Message.Type(), Data: questions[verb]})
				return err
			}
		}
		return errors.New("there is no such question")
	}
	for verb := range questions {
		if err := ask(verb); err != nil {
			t.Errorf("%s before: %v", verb, err)
		}
	}
	s.ReadWithin = 200 * time.Millisecond
	v.hold()
	for range 3 { // more than there are connections
		for verb := range questions {
			if err := ask(verb); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s while it stands still: %v", verb, err)
			}
		}
	}
	v.release()
	s.ReadWithin = hanging
	for verb := range questions {
		b.eventually(verb+" is answered again", func() bool { return ask(verb) == nil })
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
