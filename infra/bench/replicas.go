package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/dbtest"
	"github.com/onlinemart/mart/infra/laptop"
	"golang.org/x/sync/errgroup"
)

// Scaling is what several replicas of db get done on one database and one set of topics.
type Scaling struct {
	DatabaseDelayMs   float64 `json:"databaseDelayMs"` // added to each way between db and Postgres
	BaselinePerSecond float64 `json:"baselinePerSecond"`
	BaselineTool      string  `json:"baselineTool"`
	Points            []Point `json:"points"`
	Broker            string  `json:"broker"`
	Processors        int     `json:"processors"`
}

// Point is one number of replicas, each a process of its own behind one address.
type Point struct {
	Replicas            int      `json:"replicas"`
	CreateP50Ms         float64  `json:"createP50Ms"` // one client
	Creates256PerSecond float64  `json:"creates256PerSecond"`
	PurchasesPerSecond  float64  `json:"purchasesPerSecond"`
	LoadedPurchaseP50Ms float64  `json:"loadedPurchaseP50Ms"` // with all buyers at once, from the order until the money is captured
	LoadedPurchaseP99Ms float64  `json:"loadedPurchaseP99Ms"`
	Failures            int64    `json:"failures"`   // requests that did not succeed
	Violations          []string `json:"violations"` // of what must hold in the database
}

// Replicas measures a mart with each of these numbers of replicas of db. Program is as for ColdStarts. Delay is added to each way between db and
// Postgres, as a network would.
func Replicas(ctx context.Context, o Options, program string, delay time.Duration, counts []int) (Scaling, error) {
	r := newRun(o)
	program, clean, err := r.program(ctx, program)
	if err != nil {
		return Scaling{}, err
	}
	defer clean()
	scaling := Scaling{DatabaseDelayMs: float64(delay.Microseconds()) / 1000, Broker: r.result.Broker, Processors: r.result.Processors}
	var baselines []float64
	for _, count := range counts {
		r.say(fmt.Sprintf("replicas of db: %d", count))
		several := &replicas{command: []string{program}, count: count, delay: delay}
		err := r.inMart(ctx, several.serve, func(ctx context.Context) error {
			p, err := r.point(ctx, count)
			scaling.Points = append(scaling.Points, p)
			return errors.Join(err, r.baseline(&baselines)(ctx))
		})
		if err != nil {
			return scaling, fmt.Errorf("%d replicas of db: %w", count, err)
		}
	}
	scaling.BaselinePerSecond, scaling.BaselineTool = median(baselines), r.result.BaselineTool
	return scaling, nil
}

// point measures the mart as it runs.
func (r *run) point(ctx context.Context, count int) (Point, error) {
	r.result.Failures = 0
	if _, err := r.creates(ctx, 64); err != nil { // warms up
		return Point{}, err
	}
	p := Point{Replicas: count}
	if err := errors.Join(r.alone(ctx), r.many(256, &p.Creates256PerSecond)(ctx), r.manyPurchases(ctx)); err != nil {
		return p, err
	}
	p.CreateP50Ms, p.PurchasesPerSecond, p.Failures = r.result.CreateP50Ms, r.result.PurchasesPerSecond, r.result.Failures
	p.LoadedPurchaseP50Ms, p.LoadedPurchaseP99Ms = r.result.LoadedPurchaseP50Ms, r.result.LoadedPurchaseP99Ms
	conn, err := pgx.Connect(ctx, r.at.database.Owner)
	if err != nil {
		return p, fmt.Errorf("check the database: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }() // it has only read
	p.Violations = dbtest.Invariants(ctx, conn)
	return p, nil
}

// replicas runs db as several processes behind one address, which hands each request to the next of them, as a cluster does.
type replicas struct {
	command []string
	count   int
	delay   time.Duration
	running []*function
}

func (s *replicas) serve(ctx context.Context, f events.Function, listener net.Listener, env map[string]string) (err error) {
	if f != events.DB {
		return laptop.InProcess(ctx, f, listener, env)
	}
	env = maps.Clone(env)
	if s.delay > 0 {
		proxy, err := slow(ctx, env["DATABASE_URL"], s.delay)
		if err != nil {
			return err
		}
		defer proxy.close()
		env["DATABASE_URL"] = proxy.dsn
	}
	defer func() {
		var ends errgroup.Group
		for _, p := range s.running {
			ends.Go(func() error { return p.end(ctx, nil) })
		}
		err = errors.Join(err, ends.Wait())
	}()
	for range s.count {
		p, err := launch(ctx, s.command, f, env)
		if err != nil {
			return err
		}
		s.running = append(s.running, p)
		if err := p.awaitReady(ctx); err != nil { // the first migrates
			return err
		}
	}
	return inTurn(ctx, listener, s.running)
}

// inTurn serves the listener until ctx ends.
func inTurn(ctx context.Context, listener net.Listener, all []*function) error {
	var turn atomic.Uint64
	front := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: all[turn.Add(1)%uint64(len(all))].address})
		},
		Transport: &http.Transport{MaxIdleConnsPerHost: 512, IdleConnTimeout: time.Minute},
	}
	server := &http.Server{Handler: front, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		return server.Shutdown(draining)
	}
}

// program is what to start; "" builds it. clean removes what was built.
func (r *run) program(ctx context.Context, given string) (program string, clean func(), err error) {
	if given != "" {
		return given, func() {}, nil
	}
	folder, err := os.MkdirTemp("", "mart-bench-")
	if err != nil {
		return "", nil, fmt.Errorf("build the function: %w", err)
	}
	clean = func() { _ = os.RemoveAll(folder) } // it is in the temporary folder
	r.say("building the function as the image does")
	if program, err = build(ctx, folder); err != nil {
		clean()
	}
	return program, clean, err
}
