package e2e

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/laptop"
)

// readyInARow is how often a function must say that it is ready, each time on a connection of its own: behind one port there may be
// several processes, and a cluster gives no request to one that is still starting.
const readyInARow = 50

// awaitReady waits until every process of every function is ready. Error: ctx ended first.
func awaitReady(ctx context.Context, own *laptop.Mart) error {
	each := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	for _, f := range events.Functions() {
		for ready := 0; ready < readyInARow; {
			if saysReady(ctx, each, own.At(f)) {
				ready++
				continue
			}
			ready = 0
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s does not get ready: %w", f, ctx.Err())
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	return nil
}

func saysReady(ctx context.Context, c *http.Client, url string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/health/readiness", nil)
	if err != nil {
		return false
	}
	res, err := c.Do(r)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

func (s *storm) awaitReady(t *testing.T) {
	t.Helper()
	if err := awaitReady(s.ctx, s.own); err != nil {
		t.Fatal(err)
	}
}
