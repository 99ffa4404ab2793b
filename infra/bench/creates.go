package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/infra/client"
)

// creates lets so many clients create brands, each waiting for its result, and gives how long each took, sorted.
func (r *run) creates(ctx context.Context, clients int) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, r.For+30*time.Second)
	defer cancel()
	until := time.Now().Add(r.For)
	var failures atomic.Int64
	var last atomic.Pointer[error]
	took := make([][]time.Duration, clients)
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for time.Now().Before(until) {
				begin := time.Now()
				_, a, err := client.Do[client.Brand](ctx, r.owner, http.MethodPost, "/brands", map[string]string{"name": "Bench " + uuid.NewString()})
				if err == nil && a.Status != http.StatusCreated {
					err = fmt.Errorf("answered %d", a.Status)
				}
				if err != nil {
					failures.Add(1)
					last.Store(&err)
					continue
				}
				took[c] = append(took[c], time.Since(begin))
			}
		})
	}
	all.Wait()
	r.result.Failures += failures.Load()
	sorted := slices.Concat(took...)
	slices.Sort(sorted)
	if len(sorted) == 0 {
		err := errors.New("nothing was created")
		if p := last.Load(); p != nil {
			err = fmt.Errorf("nothing was created: %w", *p)
		}
		return nil, err
	}
	return sorted, nil
}

// alone measures one client's creates.
func (r *run) alone(ctx context.Context) error {
	took, err := r.creates(ctx, 1)
	r.result.CreateP50Ms, r.result.CreateP99Ms = percentile(took, 0.5), percentile(took, 0.99)
	return err
}

// many measures how many creates a second so many clients get done.
func (r *run) many(clients int, into *float64) func(context.Context) error {
	return func(ctx context.Context) error {
		begin := time.Now()
		took, err := r.creates(ctx, clients)
		*into = float64(len(took)) / time.Since(begin).Seconds()
		return err
	}
}
