package gateway

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// askWithin bounds the question whether a function is ready.
const askWithin = 3 * time.Second

// readiness is whether the functions behind the gateway have all been ready. Once they have, it is ready for good: that one of them is away
// later is for requests to say, and no reason to answer nobody.
type readiness struct {
	proxy *proxy
	seen  atomic.Bool
}

// Ready asks all functions at once. Error: which one is not ready.
func (r *readiness) Ready(ctx context.Context) error {
	if r.seen.Load() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	asked, ctx := errgroup.WithContext(ctx)
	for name, at := range r.proxy.upstreams {
		asked.Go(func() error {
			if err := r.ask(ctx, at.JoinPath("health/readiness").String()); err != nil {
				return fmt.Errorf("the function %s is not ready: %w", name, err)
			}
			return nil
		})
	}
	err := asked.Wait()
	if err == nil {
		r.seen.Store(true)
	}
	return err
}

func (r *readiness) ask(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := r.proxy.transport.RoundTrip(req)
	if err != nil {
		return err
	}
	if err := res.Body.Close(); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", res.Status)
	}
	return nil
}
