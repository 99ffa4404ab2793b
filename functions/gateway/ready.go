package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// askWithin bounds the question whether a function is ready.
const askWithin = 3 * time.Second

// readiness is whether the functions behind the gateway have all been ready. Once they have, it is ready for good: that one of them is away
// later is for requests to say, and no reason to answer nobody.
type readiness struct {
	proxy *proxy
	seen  atomic.Bool
}

// Ready asks all functions at once. Error: which are not ready.
func (r *readiness) Ready(ctx context.Context) error {
	if r.seen.Load() {
		return nil
	}
	away := r.proxy.away(ctx)
	if len(away) == 0 {
		r.seen.Store(true)
	}
	return errors.Join(away...)
}

// away asks all functions at once whether they are ready, and says which are not, and why.
func (p *proxy) away(ctx context.Context) (all []error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	answers := make(chan error, len(p.upstreams))
	for name, at := range p.upstreams {
		go func() {
			err := p.askReady(ctx, at.JoinPath("health/readiness").String())
			if err != nil {
				err = fmt.Errorf("the function %s is not ready: %w", name, err)
			}
			answers <- err
		}()
	}
	for range p.upstreams {
		if err := <-answers; err != nil {
			all = append(all, err)
		}
	}
	return all
}

func (p *proxy) askReady(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := p.transport.RoundTrip(req)
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
