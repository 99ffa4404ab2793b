package inbox

import (
	"context"
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

// WriteConnections is how many connections a store writes on: one per queue, and four for the sweep, the outbox, deadlines and the replicas.
const WriteConnections = queueCount + 4

// Options is what a store works with.
type Options struct {
	Nouns       []Noun // in the order in which their tables' locks are taken
	Accounts    Accounts
	Limits      domain.Limits
	Writes      *pgxpool.Pool // of WriteConnections; the store closes both
	Reads       *pgxpool.Pool
	Publisher   Publisher
	Keys        *events.Keys
	PersonTable bus.PersonSource // the keys of persons; nil: there are none, and the ring encrypts all
	PersonKeys  bool             // what is written is encrypted with them
	Tracer      *bus.Tracer      // nil: nothing is traced
	Log         *slog.Logger
	Metrics     prometheus.Registerer
	Horizon     time.Duration           // older commands are refused
	Background  []func(context.Context) // what else goes on from the start until db drains
	Faults      Faults

	// What a test may want otherwise; zero is as ever.
	UnpublishedAfter time.Duration    // how long a result may stay unpublished before the sweep takes it
	DecideWithin     time.Duration    // bounds how long deciding a batch may take
	ReadWithin       time.Duration    // bounds a read
	ErrandPause      time.Duration    // before what is decided about a dead letter is tried a second time
	FirstPoll        time.Duration    // from when somebody begins to wait until the first look for what another replica decides
	Now              func() time.Time // when a batch is decided
	Unswept          bool             // only commands change anything: the sweep goes by the clock on the wall, whatever Now says
	FailAt           FailAt
}

// Store is the database behind db's port.
type Store struct {
	Options

	Persons   *bus.PersonKeys // nil without a table of them
	metrics   *metrics
	tallies   []tallied
	tables    []Table
	mutations map[string]Mutation
	refusals  map[string]*events.Problem
	deadlines map[string]Due
	progress  map[string]Progress

	queues    []*queue
	retry     retrypolicy.RetryPolicy[any]
	waiters   *waiters
	changes   *changes
	replicas  *replicas
	published *publishedMarker

	sweeping                   sync.Mutex
	swept, purged, addedMonths time.Time

	applying   gate
	working    sync.WaitGroup // queues
	deliveries sync.WaitGroup // publications under way
	marking    sync.WaitGroup
	background sync.WaitGroup // the sweep, the poller, and what listens to the replicas and notifies them
	closing    chan struct{}
	stop       context.CancelFunc
	drained    sync.Once
}

// New is a store that does not work yet. Error: one line that says which noun or setting is wrong.
func New(ctx context.Context, o Options) (*Store, error) {
	s := &Store{Options: o.withDefaults(), retry: newRetry(), changes: newChanges(), closing: make(chan struct{})}
	if s.PersonTable != nil {
		s.Persons = bus.NewPersonKeys(s.PersonTable, s.Keys, s.Log)
	}
	s.waiters = newWaiters(s.FirstPoll)
	s.replicas = newReplicas(s)
	s.published = &publishedMarker{store: s, numbers: make(chan []int64, 256)}
	var err error
	if err = s.index(); err != nil {
		return nil, err
	}
	if s.FailAt == nil {
		if s.FailAt, err = killAt(s.Faults.KillAt); err != nil {
			return nil, err
		}
	}
	if s.metrics, err = newMetrics(s.Metrics); err != nil {
		return nil, err
	}
	if err = s.countFrom(s.Metrics); err != nil {
		return nil, err
	}
	s.makeMonths(ctx)
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.UnpublishedAfter == 0 {
		o.UnpublishedAfter = unpublishedAfter
	}
	if o.DecideWithin == 0 {
		o.DecideWithin = transactionLimit
	}
	if o.ReadWithin == 0 {
		o.ReadWithin = readWithin
	}
	if o.FirstPoll == 0 {
		o.FirstPoll = firstPoll
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// index makes of what each noun says the tables by which it is found.
func (s *Store) index() (err error) {
	s.tables = TablesOf(s.Nouns)
	if s.mutations, err = MutationsOf(s.Nouns); err != nil {
		return err
	}
	if s.refusals, err = keyed(s.Nouns, func(n Noun) map[string]*events.Problem { return n.Refusals }); err != nil {
		return err
	}
	if s.deadlines, err = keyed(s.Nouns, func(n Noun) map[string]Due { return n.Deadlines }); err != nil {
		return err
	}
	s.progress, err = keyed(s.Nouns, func(n Noun) map[string]Progress { return n.Progress })
	return err
}

// Start begins to work.
func (s *Store) Start() {
	for range queueCount {
		q := &queue{store: s, jobs: make(chan *job, queueDepth)}
		s.queues = append(s.queues, q)
		s.working.Go(q.work)
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.marking.Go(s.published.work)
	if !s.Unswept {
		s.background.Go(func() { s.sweepAlways(ctx) })
	}
	s.background.Go(func() { s.pollLoop(ctx) })
	s.background.Go(func() { s.replicas.listen(ctx) })
	s.background.Go(func() { s.replicas.notifyLoop(ctx) })
	for _, work := range s.Background {
		s.background.Go(func() { work(ctx) })
	}
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
	s.background.Wait()
	s.deliveries.Wait()
	close(s.published.numbers)
	s.marking.Wait()
}

// Close drains, if that was not done, and disconnects. The producer must still be open, or Drain have returned.
func (s *Store) Close(ctx context.Context) error {
	err := s.Drain(ctx)
	s.Writes.Close()
	s.Reads.Close()
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
