package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/laptop"
)

// budget is what one purchase costs, from the order that is placed to the mail that is sent. It is written down here and nowhere else:
// what makes a purchase dearer has to say so, and what makes it cheaper, too.
var budget = count{
	"deliveries to db":           7, // order.place, payment.start, payment.record twice, inventory.commit, notification.claim and .record
	"deliveries to inventory":    1, // order.paid
	"deliveries to notification": 1, // order.paid
	"deliveries to payment":      2, // payment.started, payment.authorized
}

// count is how often each thing happened, by its name.
type count map[string]int

// meter counts what happens while it runs.
type meter struct {
	mu   sync.Mutex
	seen count
}

func (m *meter) add(what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen[what]++
}

// reset forgets what was before.
func (m *meter) reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen = count{}
}

func (m *meter) read() count {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.seen)
}

// delivered is what a delivery of a type to a function is counted as.
func delivered(f events.Function, kind string) string {
	return fmt.Sprintf("deliveries to %s: %s", f, kind)
}

// deliver stands before each function's port and counts what is posted there. What the provider tells by its webhook is not counted: it comes
// when it comes, and db hears of it only when it is first.
func (m *meter) deliver(t *testing.T) func(events.Function, string) string {
	return func(f events.Function, to string) string {
		return before(t, to, func(w http.ResponseWriter, r *http.Request, through http.Handler) {
			kind := r.Header.Get("Ce-Type")
			if kind != events.RecordPayment.Type() || r.Header.Get("Ce-Causationid") != "" {
				m.add(delivered(f, kind))
			}
			through.ServeHTTP(w, r)
		})
	}
}

// sums leaves out what follows a colon.
func (c count) sums() count {
	all := count{}
	for what, times := range c {
		of, _, _ := strings.Cut(what, ":")
		all[of] += times
	}
	return all
}

// mustWake fails for each delivery that its function has no use for.
func (c count) mustWake(t *testing.T) {
	t.Helper()
	for _, f := range events.Functions() {
		for _, d := range events.All() {
			if n := c[delivered(f, d.Type())]; n > 0 && !slices.Contains(d.Declaration().For, f) {
				t.Errorf("%d %s, which has no reaction to it", n, delivered(f, d.Type()))
			}
		}
	}
}

// One purchase, and nothing else, costs what is written down: nobody is woken for nothing.
func TestStormAPurchaseKeepsToItsBudget(t *testing.T) {
	m := &meter{seen: count{}}
	s := newStorm(t, 1, func(c *laptop.Config) { c.Deliver = m.deliver(t) })
	s.awaitDelivered(t)
	m.reset()
	if err := s.purchase(s.ctx, s.buyers[0], s.products[0].ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	s.awaitDelivered(t)
	got := m.read()
	got.mustWake(t)
	if d := cmp.Diff(budget, got.sums()); d != "" {
		t.Errorf("a purchase costs (-budget +got):\n%s\nin all: %v", d, got)
	}
	s.mustHold(t)
}
