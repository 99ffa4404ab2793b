package e2e

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/laptop"
	"golang.org/x/sync/errgroup"
)

// replicas are several processes of db that take requests from one port, each whatever comes first to it.
type replicas []*children

func newReplicas(t *testing.T, count int) (all replicas) {
	t.Helper()
	for range count {
		all = append(all, newChildren(t, events.DB))
	}
	return all
}

func (r replicas) serve(ctx context.Context, f events.Function, listener net.Listener, env map[string]string) error {
	if f != events.DB {
		return laptop.InProcess(ctx, f, listener, env)
	}
	var running errgroup.Group
	for _, one := range r {
		running.Go(func() error { return one.serve(ctx, f, listener, env) })
	}
	return running.Wait()
}

// Ten processes of db on one database and one set of topics, killed in turn while buyers buy; and many buyers at all ten for one unit.
func TestStormTenReplicas(t *testing.T) {
	const count = 10
	purchases, kills, rounds := fullOr(2000, 60), fullOr(50, 3), fullOr(50, 2)
	r := newReplicas(t, count)
	s := newStorm(t, most*purchases, func(c *laptop.Config) {
		c.Serve, c.Postgre = r.serve, map[string]string{"max_connections": "300"}
	})
	s.toTheDoor = true
	scarce := s.product(s.ctx, t, 0).ID
	for round := range rounds {
		s.oneUnit(t, scarce, round, fullOr(200, 40))
	}
	var faults errgroup.Group
	faults.Go(func() error {
		for i := range kills {
			if err := errors.Join(s.at(int64((i+1)*purchases/(kills+1))), r[i%count].signal(s.ctx, events.DB, os.Kill)); err != nil {
				return err
			}
		}
		return nil
	})
	s.purchases(t, purchases, 16)
	if err := faults.Wait(); err != nil {
		t.Error(err)
	}
	s.mustHold(t)
	t.Logf("%d purchases (%d paid, %d declined) and %d rounds for one unit at %d replicas of db, %d of which were killed",
		purchases, s.paid.Load(), s.declined.Load(), rounds, count, kills)
}
