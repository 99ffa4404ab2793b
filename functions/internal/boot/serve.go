package boot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// drainTime is how long a server waits for requests that are being handled when it is told to stop.
const drainTime = 25 * time.Second

// shared is a listener that other processes may take connections from, too.
type shared interface{ Shared() }

// Serve runs the function on a listener until ctx ends, then drains: no new connections, the requests in hand end, the
// service stops, Kafka is left. On a shared listener it takes nothing before it is ready: what it took it could only refuse, while another
// process could have answered. Error: it could not start, or not stop cleanly.
func (f *Function) Serve(ctx context.Context, listener net.Listener, env map[string]string) error {
	server := &http.Server{
		Handler:           f.Server(),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 60 * time.Second,
		MaxHeaderBytes: 64 << 10,
	}
	served := make(chan error, 1)
	serve := func() { served <- server.Serve(listener) }
	_, waits := listener.(shared)
	if !waits {
		go serve()
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	started := context.AfterFunc(ctx, end) // told to stop while it still waits for Kafka or Postgres, it does not go on waiting
	if err := f.start(life, env); err != nil {
		if ctx.Err() != nil {
			err = nil // there is nothing to drain
		}
		return errors.Join(err, server.Close())
	}
	started()
	if waits {
		go serve()
	}
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	return errors.Join(server.Shutdown(drain), f.Stop(drain))
}

// Server answers health probes the way Knative's func middleware does, and hands everything else to the function, as it came: a mux
// would redirect a path that is not clean before the function could refuse it.
func (f *Function) Server() http.Handler {
	probes := map[string]http.HandlerFunc{"/health/readiness": probe(f.Ready), "/health/liveness": probe(f.Alive)}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ours := probes[r.URL.Path]
		if !ours || r.Method != http.MethodGet && r.Method != http.MethodHead {
			answer = f.Handle
		}
		answer(w, r)
	})
}

func probe(check func(context.Context) (bool, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ok, err := check(r.Context())
		switch {
		case err != nil:
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		case !ok:
			http.Error(w, "not ready", http.StatusServiceUnavailable)
		default:
			_, _ = w.Write([]byte("OK")) // a prober that has gone away asks again
		}
	}
}
