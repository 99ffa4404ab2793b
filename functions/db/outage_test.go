package db

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
)

func TestApply_SurvivesTheLossOfItsConnections(t *testing.T) {
	t.Parallel()
	b := setup(t)
	admin, err := pgx.Connect(t.Context(), pgtest.AdminDSN(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close(t.Context()) }()

	const brands = 300
	var all sync.WaitGroup
	var done, failed atomic.Int64
	gate := make(chan struct{}, 16)
	for i := range brands {
		e := b.command(events.CreateBrand.New(events.NewID(), brandNamed(fmt.Sprintf("brand-%d", i))))
		all.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			for range 50 {
				if b.store.Apply(t.Context(), e) == nil {
					done.Add(1)
					return
				}
				failed.Add(1)
			}
		})
	}
	for n := range 5 {
		b.eventually("some more are done", func() bool { return done.Load() >= int64(n*brands/6) })
		if _, err := admin.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`, b.database.Name); err != nil {
			t.Fatal(err)
		}
	}
	all.Wait()
	t.Logf("%d deliveries had to come again", failed.Load())

	b.store.Reads.Reset() // its idle connections are gone too
	outcomes := map[string]bool{}
	for _, e := range b.kafka.records {
		outcomes[e.ID] = true
	}
	want := []int{brands, brands, brands}
	got := []int{b.count(`select count(*) from brand`), b.count(`select count(*) from inbox`), len(outcomes)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
