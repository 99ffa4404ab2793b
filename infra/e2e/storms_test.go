package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/onlinemart/mart/infra/postgres"
	"golang.org/x/sync/errgroup"
)

// Many buyers, one unit, round after round: one of them gets it.
func TestStormOneUnit(t *testing.T) {
	rounds, buyers := fullOr(50, 3), fullOr(200, 40)
	s := newStorm(t, 0, func(*laptop.Config) {})
	product := s.products[0].ID
	for round := range rounds {
		s.oneUnit(t, product, round, buyers)
	}
	s.stock(s.ctx, t, product, int64(rounds), int64(rounds))
	s.mustHold(t)
}

// oneUnit brings one unit of a product in that had none, and lets so many buyers order it at the same moment.
func (s *storm) oneUnit(t *testing.T, product string, round, buyers int) {
	t.Helper()
	if _, err := s.owner.Adjust(s.ctx, product, 1, "received"); err != nil {
		t.Fatal(err)
	}
	s.received[product]++
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

// Every delivery twice at the same moment, all of them shuffled.
func TestStormTwiceAndShuffled(t *testing.T) {
	count := fullOr(500, 40)
	d := newTwice(t, 30*time.Millisecond)
	s := newStorm(t, most*count, func(c *laptop.Config) { c.Deliver = d.deliver })
	s.toTheDoor = true
	s.staffWork(t)
	s.purchases(t, count, 16)
	s.mustHold(t)
	s.mustHoldLate(t)
	t.Logf("%d purchases, %d deliveries made twice, %d answered 5xx", count, d.delivered.Load(), d.faults.Load())
}

// The database function killed, its Postgres stopped as a crash would, the broker's answers cut.
func TestStormKills(t *testing.T) {
	count := fullOr(2000, 40)
	c := newChildren(t, events.DB)
	s := newStorm(t, most*count, func(cfg *laptop.Config) { cfg.Serve = c.serve })
	s.toTheDoor = true
	s.pendingWhileDBStandsStill(t, c)
	s.stormed(t, c, count)
	s.mustHold(t)
	s.mustHoldLate(t)
}

// pendingWhileDBStandsStill: what is accepted while db does nothing is pending, and done when db is back.
func (s *storm) pendingWhileDBStandsStill(t *testing.T, c *children) {
	t.Helper()
	db := c.now(events.DB)
	if err := freeze(s.ctx, db); err != nil { // until then it may still decide
		t.Fatal(err)
	}
	a, err := s.owner.Send(s.ctx, http.MethodPost, "/brands", map[string]string{"name": unique("Brand")}, client.Prefer("wait=1"))
	if err := errors.Join(err, db.Signal(syscall.SIGCONT)); err != nil {
		t.Fatal(err)
	}
	if a.Status != http.StatusAccepted || !strings.HasPrefix(a.Header.Get("Location"), "/operations/") {
		t.Fatalf("want 202 and an operation, got %d %v %s", a.Status, a.Header, a.Body)
	}
	if _, err := client.Until(s.ctx, s.owner, a.Header.Get("Location"), func(o client.Operation) bool { return o.Status == "succeeded" }); err != nil {
		t.Error(err)
	}
}

// The same deliveries without the inbox do harm that people feel, and the checks find it: goods are for sale that nobody has, and
// whoever asked for a change is told that it failed although it was made.
func TestStormWithoutInboxIsFound(t *testing.T) {
	d := newTwice(t, 10*time.Millisecond)
	s := newStorm(t, 10, func(cfg *laptop.Config) {
		cfg.Deliver = d.deliver
		cfg.Serve = func(ctx context.Context, f events.Function, listener net.Listener, env map[string]string) error {
			if f == events.DB {
				return db.NewFaulty(db.Faults{NoInbox: true}).Serve(ctx, listener, env)
			}
			return laptop.InProcess(ctx, f, listener, env)
		}
	})
	s.staffWork(t)
	s.tryPurchases(fullOr(300, 10), 16)
	found := s.violations(10 * time.Second)
	for _, harm := range []string{countedTwice, carriedOutAndRefused} {
		if n := naming(found, harm); n == 0 {
			t.Errorf("commands were carried out twice and no check noticed that %s", harm)
		} else {
			t.Logf("found, as it must be, %d times: %s", n, harm)
		}
	}
	t.Logf("%d violations in all", len(found))
}

// staffWork is what only the inbox keeps from being done twice: no unique name or number stands in the way of a second time.
func (s *storm) staffWork(t *testing.T) {
	t.Helper()
	product := s.products[0].ID
	_, err := s.owner.Adjust(s.ctx, product, 10, "received")
	s.received[product] += 10
	if err != nil {
		t.Fatal(err)
	}
	a := send(s.ctx, t, s.owner, http.MethodPost, "/brands", map[string]string{"name": unique("Brand")})
	send(s.ctx, t, s.owner, http.MethodPatch, a.Header.Get("Location"), map[string]string{"description": "changed"}, client.IfMatch(`"1"`))
}

func naming(found []string, harm string) (n int) {
	for _, f := range found {
		if strings.HasPrefix(f, harm) {
			n++
		}
	}
	return n
}

// Every function told to stop, one after the other, while buyers buy: nothing is lost. All of them log all they can, and neither
// their logs nor the topics say who bought or with which card.
func TestStormRollingRestart(t *testing.T) {
	count, all := fullOr(300, 30), events.Functions()
	c := newChildren(t, all...)
	s := newStorm(t, most*count, func(cfg *laptop.Config) { cfg.Serve, cfg.LogLevel = c.serve, "debug" })
	s.toTheDoor = true
	s.cardNumberIsRefused(t)
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
	s.awaitReady(t)
	s.mustHold(t)
	s.mustHoldLate(t)
	s.noSecrets(t, c.log.Name())
}

// cardNumberIsRefused: a card's number is refused wherever it is sent.
func (s *storm) cardNumberIsRefused(t *testing.T) {
	t.Helper()
	b := s.buyers[0]
	order := b.order(s.ctx, t, s.products[0].ID, 1)
	a := send(s.ctx, t, b.Client, http.MethodPost, "/payments", map[string]string{"orderId": order.ID, "paymentMethod": "4242424242424242"}, client.NewKey())
	refused(t, a, nil, http.StatusUnprocessableEntity, "")
	answered(t, send(s.ctx, t, b.Client, http.MethodPost, "/orders/"+order.ID+"/cancellation", map[string]any{}, client.NewKey()), http.StatusOK)
}

// stormed lets buyers buy while things break, each at a fixed stage.
func (s *storm) stormed(t *testing.T, c *children, count int) {
	t.Helper()
	kills, stops, cuts := fullOr(50, 3), fullOr(5, 1), s.cuts(t)
	var faults errgroup.Group
	each := func(times int, strike func(context.Context) error) { // spread evenly, none at the very beginning or end
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
	each(cuts, s.cutBroker)
	s.purchases(t, count, 16)
	if err := faults.Wait(); err != nil {
		t.Error(err)
	}
	t.Logf("%d purchases (%d paid, %d declined) through %d kills of db, %d crashes of Postgres, %d failures of the broker",
		count, s.paid.Load(), s.declined.Load(), kills, stops, cuts)
}

// crashPostgres ends the server at once and starts it again. Where it is not ours, one of its processes is killed: it throws everybody
// out and recovers, as after a crash of its own.
func (s *storm) crashPostgres(ctx context.Context) error {
	if s.own.Postgres != nil {
		return errors.Join(s.own.Postgres.Stop(ctx, postgres.Immediate), s.own.Postgres.Restart(ctx))
	}
	conn, err := connect(ctx, os.Getenv("MART_E2E_POSTGRES"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `copy (select 1) to program 'kill -9 $PPID'`)
	if refusal, refused := errors.AsType[*pgconn.PgError](err); refused && refusal.Code != "57P02" {
		return fmt.Errorf("crash Postgres: MART_E2E_POSTGRES must be a superuser's: %w", err)
	}
	_ = conn.Close(ctx) // it has gone with the server
	if conn, err = connect(ctx, os.Getenv("MART_E2E_POSTGRES")); err != nil {
		return err
	}
	return conn.Close(ctx)
}

// connect connects to a Postgres that may still be recovering.
func connect(ctx context.Context, dsn string) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, dsn)
		if err == nil || ctx.Err() != nil {
			return conn, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// cutBroker breaks all connections to the broker, with requests under way; one that is not ours is killed and started again.
func (s *storm) cutBroker(ctx context.Context) error {
	if s.own.Broker != nil {
		s.own.Broker.Cut()
		return nil
	}
	for _, do := range []string{"kill", "start"} {
		if out, err := exec.CommandContext(ctx, "../kafka/real.sh", do, os.Getenv("MART_E2E_KAFKA_DIR")).CombinedOutput(); err != nil {
			return fmt.Errorf("%s Kafka: %w: %s", do, err, out)
		}
	}
	return nil
}

// cuts is how often the broker fails in a storm: killing a real one takes its time.
func (s *storm) cuts(t *testing.T) int {
	t.Helper()
	switch {
	case s.own.Broker != nil:
		return fullOr(25, 2)
	case os.Getenv("MART_E2E_KAFKA_DIR") == "":
		t.Log("MART_E2E_KAFKA_DIR is not set: this storm leaves the broker alone")
		return 0
	}
	return fullOr(3, 1)
}
