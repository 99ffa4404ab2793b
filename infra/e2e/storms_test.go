package e2e

import (
	"context"
	"errors"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/onlinemart/mart/infra/postgres"
	"golang.org/x/sync/errgroup"
)

// Many buyers, one unit, round after round: one of them gets it.
func TestStormOneUnit(t *testing.T) {
	rounds, buyers := long(50, 3), long(200, 40)
	s := newStorm(t, 0, func(*laptop.Config) {})
	product := s.products[0].ID
	for round := range rounds {
		if _, err := s.owner.Adjust(s.ctx, product, 1, "received"); err != nil {
			t.Fatal(err)
		}
		won := make(chan bool, buyers)
		for i := range buyers {
			b := s.buyers[i%len(s.buyers)]
			go func() {
				_, err := insist[client.Order](s.ctx, b.Client, "/orders", map[string]any{
					"lines": []client.Line{{ProductID: product, Quantity: 1}}, "shippingAddress": client.Address("Ada"),
				})
				if p, ok := errors.AsType[*client.Problem](err); err != nil && (!ok || p.Status != http.StatusConflict || p.Code != "out_of_stock") {
					t.Errorf("want an order or out_of_stock: %v", err)
				}
				won <- err == nil
			}()
		}
		winners := 0
		for range buyers {
			if <-won {
				winners++
			}
		}
		if winners != 1 {
			t.Fatalf("round %d: %d of %d buyers got the one unit", round, winners, buyers)
		}
	}
	s.stock(s.ctx, t, product, int64(rounds), int64(rounds))
	s.mustHold(t)
}

// Every delivery twice at the same moment, all of them shuffled.
func TestStormTwiceAndShuffled(t *testing.T) {
	count := long(500, 40)
	d := newTwice(t, 30*time.Millisecond)
	s := newStorm(t, count, func(c *laptop.Config) { c.Deliver = d.deliver })
	s.purchases(t, count, 16)
	s.mustHold(t)
	t.Logf("%d purchases, %d deliveries made twice, %d answered 5xx", count, d.delivered.Load(), d.faults.Load())
}

// The database function killed, its Postgres stopped as a crash would, the broker's answers cut.
func TestStormKills(t *testing.T) {
	count := long(2000, 60)
	c := newChildren(t, events.DB)
	s := newStorm(t, count, func(cfg *laptop.Config) { cfg.Serve = c.serve })
	s.stormed(t, c, count)
	s.mustHold(t)
	s.noSecrets(t, c.log.Name())
}

// The same storm without the inbox: if the checks find nothing then, they are worth nothing.
func TestStormWithoutInboxIsFound(t *testing.T) {
	count := long(300, 40)
	d := newTwice(t, 10*time.Millisecond)
	s := newStorm(t, count, func(cfg *laptop.Config) {
		cfg.Deliver = d.deliver
		cfg.Settings = map[events.Function]map[string]string{events.DB: {"MART_UNSAFE_NO_INBOX": "true"}}
	})
	s.tryPurchases(count, 16)
	found := s.violations(10 * time.Second)
	if len(found) == 0 {
		t.Fatal("commands were carried out twice and no check noticed")
	}
	t.Logf("found, as it must be: %d violations, the first: %s", len(found), found[0])
}

// Every function told to stop, one after the other, while buyers buy.
func TestStormRollingRestart(t *testing.T) {
	count := long(300, 40)
	all := []events.Function{events.DB, events.Order, events.Payment, events.Inventory, events.Notification, events.Gateway}
	c := newChildren(t, all...)
	s := newStorm(t, count, func(cfg *laptop.Config) { cfg.Serve = c.serve })
	var restarts errgroup.Group
	restarts.Go(func() error {
		for i, f := range all {
			if err := errors.Join(s.at(int64(i*count/len(all))), c.signal(s.ctx, f, syscall.SIGTERM)); err != nil {
				return err
			}
		}
		return nil
	})
	s.purchases(t, count, 8)
	if err := restarts.Wait(); err != nil {
		t.Error(err)
	}
	s.mustHold(t)
}

// stormed lets buyers buy while things break, each at a fixed stage.
func (s *storm) stormed(t *testing.T, c *children, count int) {
	t.Helper()
	kills, stops, cuts := long(50, 5), long(5, 1), long(25, 3)
	var faults errgroup.Group
	each := func(times int, strike func(context.Context) error) {
		faults.Go(func() error {
			for i := range times {
				if err := errors.Join(s.at(int64((2*i+1)*count/(2*times+1))), strike(s.ctx)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	each(kills, func(ctx context.Context) error { return c.signal(ctx, events.DB, os.Kill) })
	each(stops, s.crashPostgres)
	each(cuts, func(context.Context) error {
		if s.own.Broker != nil {
			s.own.Broker.Cut()
		}
		return nil
	})
	s.purchases(t, count, 16)
	if err := faults.Wait(); err != nil {
		t.Error(err)
	}
	t.Logf("%d purchases (%d paid, %d declined) through %d kills of db, %d crashes of Postgres, %d cuts of all connections to the broker",
		count, s.paid.Load(), s.declined.Load(), kills, stops, cuts)
}

// crashPostgres ends the server at once and starts it again; where it is not ours, it throws everybody out.
func (s *storm) crashPostgres(ctx context.Context) error {
	if s.own.Postgres != nil {
		return errors.Join(s.own.Postgres.Stop(ctx, postgres.Immediate), s.own.Postgres.Restart(ctx))
	}
	conn, err := pgx.Connect(ctx, os.Getenv("MART_E2E_POSTGRES"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "select pg_terminate_backend(pid) from pg_stat_activity where datname like 'mart_e2e_%' and pid <> pg_backend_pid()")
	return errors.Join(err, conn.Close(ctx))
}
