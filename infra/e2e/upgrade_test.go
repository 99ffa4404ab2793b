package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/laptop"
	"golang.org/x/sync/errgroup"
)

// A release is rolled out while buyers buy, rolled back and rolled out again, in the best and in the worst order; the two releases
// of db also run side by side. Nothing is lost: what only the next release understands waits for it.
func TestStormRollingUpgrade(t *testing.T) {
	needsItsOwnMart(t)
	count := fullOr(1000, 24)
	patience, cancel := context.WithTimeout(t.Context(), stormPatience)
	defer cancel()
	r := buildReleases(patience, t)
	c := newChildren(t, events.Functions()...)
	for _, f := range c.of {
		c.become(f, r.now)
	}
	s := newStorm(t, count, func(cfg *laptop.Config) {
		cfg.Serve = c.serve
		rollOut(cfg)
	})
	s.storedByOneReleaseSaidByAnother(t, c, r.now, r.next, s.brandToBe())
	s.mustBecome(t, c, events.DB, r.now) // on tables of the next release

	first := []events.Function{events.DB, events.Order}
	if !full {
		first = append(first, events.Notification) // else notes wait through a pass and more, and the longer one waits, the longer its source does
	}
	producers := append(slices.Clone(first), slices.DeleteFunc(events.Functions(), func(f events.Function) bool { return slices.Contains(first, f) })...)
	consumers := slices.Clone(producers)
	slices.Reverse(consumers)
	passes := []pass{{r.now, r.next, producers}, {r.next, r.now, consumers}, {r.now, r.next, consumers}}
	var changes errgroup.Group
	changes.Go(func() error {
		for i, p := range passes {
			if err := s.roll(c, p, i*count/len(passes), count/len(passes)); err != nil {
				return fmt.Errorf("pass %d: %w", i+1, err)
			}
			if p.to.path == r.next.path { // however fast the others were, one order has a note
				if err := s.purchase(s.ctx, s.buyers[0], s.products[0].ID, methods[0]); err != nil {
					return fmt.Errorf("after pass %d: %w", i+1, err)
				}
			}
		}
		return nil
	})
	s.purchases(t, count, 8)
	if err := changes.Wait(); err != nil {
		t.Fatal(err)
	}
	s.acknowledged(t)

	s.mustBecome(t, c, events.Order, r.next) // whose first orders have notes
	s.storedByOneReleaseSaidByAnother(t, c, r.next, r.now, s.orderToBe())
	s.mustBecome(t, c, events.DB, r.next)
	notes := s.acknowledged(t)
	s.mustHold(t)
	t.Logf("%d purchases (%d paid, %d declined) through %d changes of release; %d notes, all acknowledged once",
		count, s.paid.Load(), s.declined.Load(), len(passes)*len(c.of), notes)
}

// pass replaces every function's program, one after the other.
type pass struct {
	from, to program
	order    []events.Function
}

// roll spreads a pass over count purchases from the first one on, and ends when all functions are ready.
func (s *storm) roll(c *children, p pass, first, count int) error {
	for i, f := range p.order {
		due := int64(first + i*count/len(p.order))
		if err := s.at(due); err != nil {
			return err
		}
		change := func() error { return c.replace(s.ctx, f, p.to) }
		if f == events.DB {
			change = func() error { return s.sideBySide(c, p, due+int64(count/len(p.order))) }
		}
		if err := change(); err != nil {
			return err
		}
	}
	for _, f := range p.order {
		if err := s.ready(f); err != nil {
			return err
		}
	}
	return nil
}

// sideBySide lets db's new release work beside the old one until so many purchases are done; then the old one ends.
func (s *storm) sideBySide(c *children, p pass, until int64) error {
	return c.beside(s.ctx, events.DB, p.to, func() error {
		if err := s.bothReleases(); err != nil {
			return err
		}
		if err := s.at(until); err != nil {
			return err
		}
		return errors.Join(c.replace(s.ctx, events.DB, p.to), s.ready(events.DB))
	})
}

// bothReleases waits until both releases of db are at work.
func (s *storm) bothReleases() error {
	return s.sees("select count(distinct application_name) = 2 from pg_stat_activity where datname = current_database() and application_name in ('mart-db', '" + nextDB + "')")
}

// sees waits until a query says true: longer than a source waits before it delivers again.
func (s *storm) sees(query string) error {
	conn, err := connect(s.ctx, s.own.Database.Owner)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(s.ctx) }()
	for deadline := time.Now().Add(time.Duration(fullOr(4, 1)) * time.Minute); ; {
		var yes bool
		if err := conn.QueryRow(s.ctx, query).Scan(&yes); err != nil || yes {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("it never became true: %s", query)
		}
		time.Sleep(5 * time.Millisecond) // a poll with a deadline
	}
}

// ready waits until f takes requests.
func (s *storm) ready(f events.Function) error {
	for {
		req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, s.own.At(f)+"/health/readiness", nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-s.ctx.Done():
			return fmt.Errorf("%s does not get ready: %w", f, s.ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (s *storm) mustBecome(t *testing.T, c *children, f events.Function, p program) {
	t.Helper()
	if err := errors.Join(c.replace(s.ctx, f, p), s.ready(f)); err != nil {
		t.Fatal(err)
	}
}

// acknowledged waits until every order with a note is acknowledged, which takes the new event and the new command, and tells how
// many there are. Both kinds of order must be there: those of this release and those of the next.
func (s *storm) acknowledged(t *testing.T) (notes int) {
	t.Helper()
	if err := s.sees(`select not exists (select id from orders where note <> '' except select order_id from order_acknowledgement)`); err != nil {
		s.mustHold(t)
		t.Fatalf("a note is lost: %v", err)
	}
	conn, err := connect(s.ctx, s.own.Database.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(s.ctx) }()
	var plain, twice int
	err = conn.QueryRow(s.ctx, `select count(*) filter (where note <> ''), count(*) filter (where note = '') from orders`).Scan(&notes, &plain)
	err = errors.Join(err, conn.QueryRow(s.ctx, `select count(*) - count(distinct order_id) from order_acknowledgement`).Scan(&twice))
	if err != nil || notes == 0 || plain == 0 || twice != 0 {
		t.Errorf("%d orders with a note, %d without, %d acknowledged twice: %v", notes, plain, twice, err)
	}
	for _, v := range s.notQuiescent(conn, restPatience) {
		t.Error(v)
	}
	return notes
}
