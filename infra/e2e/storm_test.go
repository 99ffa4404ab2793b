package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
	"golang.org/x/sync/errgroup"
)

// full tells whether the storms blow at full length.
var full = os.Getenv("MART_E2E_FULL") == "1"

// fullOr is n in full length, and few otherwise.
func fullOr(n, few int) int {
	if full {
		return n
	}
	return few
}

// storm is a mart of its own under load.
type storm struct {
	mart
	own      *laptop.Mart
	cfg      laptop.Config
	ahead    time.Duration // how far the provider's time is
	ctx      context.Context
	products []client.Product
	buyers   []buyer
	guests   []string         // the addresses of those who have no account
	guested  atomic.Int64     // orders of theirs
	done     atomic.Int64     // purchases that have come to their end
	startAt  startOffsets     // where its records begin
	retries  retries          // deliveries that have failed and are repeated
	received map[string]int64 // how much of each product came in
	paid     atomic.Int64
	declined atomic.Int64

	toTheDoor bool // what is paid for is sent, and some of it comes back
	mu        sync.Mutex
	trips     []*trip
}

const (
	stormProducts = 4
	stormBuyers   = 8
	stormGuests   = 4
)

// stormPatience is how long a storm may take, no measure of anything.
var stormPatience = time.Duration(fullOr(60, 10)) * time.Minute

// needsItsOwnMart leaves a storm out where the suite runs against a mart that is there already.
func needsItsOwnMart(t *testing.T) {
	t.Helper()
	if os.Getenv("MART_E2E_URL") != "" {
		t.Skip("a storm needs a mart of its own: unset MART_E2E_URL")
	}
}

// newStorm starts a mart, with stock for so many purchases of one piece.
func newStorm(t *testing.T, purchases int, change func(*laptop.Config)) *storm {
	t.Helper()
	needsItsOwnMart(t)
	ctx, cancel := context.WithTimeout(t.Context(), stormPatience)
	t.Cleanup(cancel)
	c := config()
	c.Env["ORDER_OPEN_LIMIT"] = "0"   // few buyers buy a lot
	c.Env["ORDER_UNPAID_LIMIT"] = "0" // and pay for some of it alone
	c.Env["ORDER_HOLD_LIMIT"] = "0"
	c.Env["ORDER_HOLD_TOTAL"] = "0"
	c.Env["MAIL_UNPROVEN_LIMIT"] = "0"    // and none of their mails is one too many
	c.Env["PAYMENT_DECLINED_LIMIT"] = "0" // and pay with all kinds of cards
	c.Env["ORDER_REMIND_AFTER"] = "0"     // and are not reminded, however long the storm keeps them
	maps.Copy(c.Env, cheapPasswords)
	c.Data = pgtest.Folder(t) // which outlives a stop of the mart
	s := &storm{ctx: ctx, received: map[string]int64{}, guests: newGuests(stormGuests)}
	c.Sources = s.retries.watch
	change(&c)
	from, own, err := start(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	s.own, s.cfg, s.startAt = own, c, from
	t.Cleanup(func() {
		if err := end(s.own); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	s.awaitReady(t)
	if s.mart, err = seen(ctx, own); err != nil {
		t.Fatal(err)
	}
	for range stormProducts {
		p := s.product(ctx, t, int64(purchases))
		s.products, s.received[p.ID] = append(s.products, p), int64(purchases)
	}
	for range stormBuyers {
		s.buyers = append(s.buyers, s.buyer(ctx, t))
	}
	return s
}

// methods is what buyers pay with: most with a good card, some with a bad one, some while the provider loses its answer.
var methods = []string{
	"pm_card_visa", "pm_card_visa", "pm_card_visa", "pm_card_visa", "pm_card_mastercard", "pm_card_visa",
	"pm_card_chargeDeclined", "pm_test_cutAfterCharge", "pm_card_visa", "pm_test_errorAfterCapture",
}

// purchases lets the buyers buy, at most so many at once, and fails when a purchase does not come to its end.
func (s *storm) purchases(t *testing.T, count, atOnce int) {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 4))
	work, ctx := errgroup.WithContext(s.ctx)
	work.SetLimit(atOnce)
	for i := range count {
		product, method := s.products[random.IntN(len(s.products))], methods[random.IntN(len(methods))]
		pieces, course, place := int64(1), courses[0], way(withAccount)
		if s.toTheDoor {
			pieces, course, place = 1+random.Int64N(most), courses[random.IntN(len(courses))], ways[random.IntN(len(ways))]
		}
		work.Go(func() error {
			defer s.done.Add(1)
			if err := s.buys(ctx, s.buyers[i%len(s.buyers)], client.Line{ProductID: product.ID, Quantity: pieces}, place, method, course); err != nil {
				return fmt.Errorf("purchase %d with %s: %w", i, method, err)
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		t.Error(err)
	}
}

// most is how many pieces a buyer buys at once at most.
const most = 3

// purchase is of one piece, up to where it is paid for.
func (s *storm) purchase(ctx context.Context, b buyer, product, method string) error {
	return s.buys(ctx, b, client.Line{ProductID: product, Quantity: 1}, withAccount, method, courses[0])
}

// buys is one buyer who does not give up: whatever goes wrong, the same request with the same key is sent again. What is paid for takes its
// course then.
func (s *storm) buys(ctx context.Context, b buyer, line client.Line, place way, method string, course func(context.Context, *trip) error) error {
	b, order, err := place(ctx, s, b, line)
	if err != nil {
		return err
	}
	payment, err := insist[client.Payment](ctx, b.Client, "/payments", map[string]string{"orderId": order.ID, "paymentMethod": method})
	if err != nil {
		return err
	}
	payment, err = client.Until(ctx, b.Client, "/payments/"+payment.ID, func(p client.Payment) bool {
		return p.Status == "captured" || p.Status == "declined"
	})
	if err != nil {
		return err
	}
	if payment.Status == "declined" {
		s.declined.Add(1)
		return nil
	}
	s.paid.Add(1)
	order, err = client.Until(ctx, b.Client, "/orders/"+order.ID, func(o client.Order) bool { return o.Status == "paid" })
	if err != nil {
		return err
	}
	paid := &trip{storm: s, b: b, order: order, payment: payment.ID, product: line.ProductID, gone: line.Quantity, kept: order.Total.Amount, mails: map[string]int{}}
	s.mu.Lock()
	s.trips = append(s.trips, paid)
	s.mu.Unlock()
	return course(ctx, paid)
}

// tryPurchases is purchases of which nothing is expected.
func (s *storm) tryPurchases(count, atOnce int) {
	ctx, cancel := context.WithTimeout(s.ctx, 30*time.Second)
	defer cancel()
	var work errgroup.Group
	work.SetLimit(atOnce)
	for i := range count {
		work.Go(func() error {
			_ = s.purchase(ctx, s.buyers[i%len(s.buyers)], s.products[i%len(s.products)].ID, methods[i%len(methods)])
			return nil
		})
	}
	_ = work.Wait()
}

// insist posts until the thing is there or done, if not yet at its end: an operation that is still pending is no outcome. Error: a refusal, or
// ctx ended.
func insist[T any](ctx context.Context, c client.Client, path string, body any, headers ...client.Header) (T, error) {
	return insistOn[T](ctx, c, http.MethodPost, path, body, headers...)
}

// insistOn is insist by whatever method.
func insistOn[T any](ctx context.Context, c client.Client, method, path string, body any, headers ...client.Header) (T, error) {
	headers = append(headers, client.NewKey())
	for {
		out, a, err := client.Do[T](ctx, c, method, path, body, headers...)
		if err == nil && (a.Status == http.StatusCreated || a.Status == http.StatusOK || strings.HasPrefix(a.Header.Get("Location"), "/payments/")) {
			return out, nil
		}
		if p, ok := errors.AsType[*client.Problem](err); ok && p.Status < http.StatusInternalServerError && p.Status != http.StatusTooManyRequests {
			return out, err
		}
		select {
		case <-ctx.Done():
			return out, fmt.Errorf("insist on %s %s: %w; the last answer: %w", method, path, ctx.Err(), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// at waits until so many purchases have come to their end, so that a fault strikes at the same stage whatever the machine does.
func (s *storm) at(done int64) error {
	for s.done.Load() < done {
		select {
		case <-s.ctx.Done():
			return fmt.Errorf("the storm stands still at %d of %d: %w", s.done.Load(), done, s.ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}
