// Package db is the only function with a database. It owns every table, receives every command and every query, and emits every
// result event.
//
// A command is one transaction: inbox row, mutation and journal entry together (queue.go, apply.go, inbox.go, entries.go). What waits at the
// same time shares one: it is loaded, decided in memory by the rules in domain, and saved, table by table (batch.go, table.go, tables.go).
// Results are published after the commit (results.go) and, should that fail, by the sweep (sweep.go), as the outbox says. Replicas tell
// each other what they have decided (neighbours.go). Tables say what is done: mutations.go, queries.go.
package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Config is db's settings.
type Config struct {
	URL        string        `env:"DATABASE_URL, required" secret:"true" doc:"The database, postgres://user:password@host:5432/mart, as the role that reads and writes rows and nothing else."`
	OwnerURL   string        `env:"DATABASE_OWNER_URL" secret:"true" doc:"The same as the role that owns the tables, which migrates at the start; none: somebody else does."`
	Reads      int           `env:"DATABASE_READ_CONNECTIONS, default=8" doc:"Connections for reading; there are 7 more for writing."`
	Horizon    time.Duration `env:"INBOX_HORIZON, default=336h" doc:"Older commands are refused; it must be longer than anything is replayed."`
	OrderTTL   time.Duration `env:"ORDER_TTL, default=15m" doc:"How long stock is reserved for an order that nobody pays."`
	OrderLimit int           `env:"ORDER_OPEN_LIMIT, default=20" doc:"Orders that one customer may leave unpaid at a time; 0: any number."`
	PerPlace   int           `env:"LOGIN_PER_PLACE, default=10" doc:"Wrong passwords at one account from one network or device: at once, and again each hour."`
	Strangers  int           `env:"LOGIN_BY_STRANGERS, default=30" doc:"The same from all places together from which nobody has logged in before."`

	faults Faults // none in production
}

// Check looks at the addresses; it connects to nobody.
func (c Config) Check() error {
	_, app := pgxpool.ParseConfig(c.URL)
	_, owner := pgxpool.ParseConfig(c.OwnerURL)
	var faults []error
	for setting, broken := range map[string]error{"DATABASE_URL": app, "DATABASE_OWNER_URL": owner} {
		if broken != nil { // and may quote a password
			faults = append(faults, fmt.Errorf("%s is not a Postgres address; want postgres://user:password@host:5432/database", setting))
		}
	}
	return errors.Join(faults...)
}

// Store is the database behind db's port.
type Store struct {
	publisher publisher
	keys      *events.Keys
	log       *slog.Logger
	metrics   *metrics
	tracer    *bus.Tracer   // nil: nothing is traced
	writes    *pgxpool.Pool // one connection per queue, and four for the sweep, the marks, deadlines and the neighbours
	reads     *pgxpool.Pool

	mutations  map[string]mutation
	deadlines  map[string]due
	accounts   accounts
	queues     []*queue
	retry      retrypolicy.RetryPolicy[any]
	waiters    *waiters
	news       *news
	neighbours *neighbours
	published  *marker
	limits     domain.Limits
	horizon    time.Duration
	patience   time.Duration // with unpublished results
	decided    time.Duration // the longest that deciding a batch may take
	readWithin time.Duration
	now        func() time.Time
	noInbox    bool
	failAt     failAt

	sweeping                   sync.Mutex
	swept, forgot, addedMonths time.Time

	applying   gate
	working    sync.WaitGroup // queues
	deliveries sync.WaitGroup // publications under way
	marking    sync.WaitGroup
	around     sync.WaitGroup // the sweep, the poller, and who hears and tells the neighbours
	closing    chan struct{}
	stop       context.CancelFunc
	drained    sync.Once
}

// Open migrates, connects and begins to work. Error: one line that says which setting or server is wrong.
func Open(ctx context.Context, c Config, p *bus.Publisher, k *events.Keys, log *slog.Logger, r prometheus.Registerer) (*Store, error) {
	s, err := newStore(ctx, c, p, k, log, r)
	if err != nil {
		return nil, err
	}
	s.tracer = p.Tracer()
	s.start()
	return s, nil
}

func newStore(ctx context.Context, c Config, p publisher, k *events.Keys, log *slog.Logger, r prometheus.Registerer) (*Store, error) {
	s := &Store{
		publisher: p, keys: k, log: log, deadlines: deadlines, accounts: theAccounts, retry: newRetry(), waiters: newWaiters(), news: newNews(),
		limits: limitsOf(c), horizon: c.Horizon, patience: unpublished, decided: transaction, readWithin: readWithin, now: time.Now, noInbox: c.faults.NoInbox, closing: make(chan struct{}),
	}
	s.neighbours = newNeighbours(s)
	s.published = &marker{store: s, numbers: make(chan []int64, 256)}
	var err error
	if s.mutations, err = tableOf(mutations); err != nil {
		return nil, err
	}
	if s.failAt, err = killAt(c.faults.KillAt); err != nil {
		return nil, err
	}
	if s.metrics, err = newMetrics(r); err != nil {
		return nil, err
	}
	return s, s.connect(ctx, c)
}

func (s *Store) connect(ctx context.Context, c Config) (err error) {
	if c.OwnerURL != "" {
		err = Migrate(ctx, c.OwnerURL, s.log)
	} else {
		err = checkSchema(ctx, c.URL, s.log)
	}
	if err != nil {
		return err
	}
	if s.writes, err = openPool(ctx, c.URL, queueCount+4, writing); err != nil {
		return err
	}
	if s.reads, err = openPool(ctx, c.URL, int32(max(c.Reads, 2)), reading); err != nil {
		s.writes.Close()
		return err
	}
	if err = s.Ready(ctx); err == nil {
		err = s.checkKeys(ctx)
	}
	if err == nil {
		s.thisMonth(ctx)
	}
	if err != nil {
		s.writes.Close()
		s.reads.Close()
	}
	return err
}

func (s *Store) start() {
	for range queueCount {
		q := &queue{store: s, jobs: make(chan *job, queueDepth)}
		s.queues = append(s.queues, q)
		s.working.Go(q.work)
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.marking.Go(s.published.work)
	s.around.Go(func() { s.sweepAlways(ctx) })
	s.around.Go(func() { s.lookAround(ctx) })
	s.around.Go(func() { s.neighbours.listen(ctx) })
	s.around.Go(func() { s.neighbours.speak(ctx) })
}

// Ready tells whether Postgres answers.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.reads.Ping(ctx); err != nil {
		return fmt.Errorf("reach Postgres (DATABASE_URL): %w", err)
	}
	return nil
}

// Drain takes no more commands, and returns when those that were taken are decided, published and marked so. Afterwards the
// producer may be closed, and then the store. Error: ctx ended first; what was left is delivered again or swept.
func (s *Store) Drain(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.drained.Do(s.drain)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("drain db: %w", ctx.Err())
	}
}

func (s *Store) drain() {
	s.applying.shut()
	close(s.closing) // nobody awaits any longer
	for _, q := range s.queues {
		close(q.jobs)
	}
	s.working.Wait()
	s.stop()
	s.around.Wait()
	s.deliveries.Wait()
	close(s.published.numbers)
	s.marking.Wait()
}

// Close drains, if that was not done, and disconnects. The producer must still be open, or Drain have returned.
func (s *Store) Close(ctx context.Context) error {
	err := s.Drain(ctx)
	s.writes.Close()
	s.reads.Close()
	return err
}

// gate counts who is inside and can be shut.
type gate struct {
	mu     sync.Mutex
	closed bool
	inside sync.WaitGroup
}

func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.inside.Add(1)
	}
	return !g.closed
}

func (g *gate) leave() { g.inside.Done() }

// shut lets nobody in any more and waits until everybody has left.
func (g *gate) shut() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.inside.Wait()
}
