package e2e

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/infra/client"
	"golang.org/x/sync/errgroup"
)

// What is asked of the engine holds in the containers: no root, no capability to get or to have, and no file to write but in a volume.
func TestContainersAreConfined(t *testing.T) {
	t.Parallel()
	e, ctx := theEngine(t)
	want := map[string]string{
		"Uid:": "65532 65532 65532 65532", "Gid:": "65532 65532 65532 65532", "NoNewPrivs:": "1", "/": "ro",
		"CapInh:": "0000000000000000", "CapPrm:": "0000000000000000", "CapEff:": "0000000000000000", "CapBnd:": "0000000000000000", "CapAmb:": "0000000000000000",
	}
	outside := e.outside(ctx, t)
	for name, c := range e.containers(ctx, t) {
		if !c.ours() || c.onceOnly() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			process := fmt.Sprintf("/proc/%d/", c.State.Pid)
			said := e.docker(ctx, t, "exec", outside, "cat", process+"status", process+"mountinfo")
			if d := cmp.Diff(want, confinement(said)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// confinement is what the kernel says of a process: its lines about users and capabilities, and how its root is mounted.
func confinement(said string) map[string]string {
	got := map[string]string{}
	for line := range strings.Lines(said) {
		fields := strings.Fields(line)
		switch {
		case len(fields) > 5 && fields[4] == "/": // 36 35 98:0 /from / ro,noatime
			got["/"], _, _ = strings.Cut(fields[5], ",")
		case len(fields) > 1 && (strings.HasPrefix(line, "Cap") || slices.Contains([]string{"Uid:", "Gid:", "NoNewPrivs:"}, fields[0])):
			got[fields[0]] = strings.Join(fields[1:], " ")
		}
	}
	return got
}

// A container of each function, and then of each thing that they stand on, crashes in the middle of purchases: the engine starts it
// again, and each order is paid, charged and mailed once. Only the inbox is left alone, for it forgets its mails.
func TestContainersCrash(t *testing.T) {
	t.Parallel()
	e, ctx := theEngine(t)
	all, outside := e.containers(ctx, t), e.outside(ctx, t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name].onceOnly() || name == "mail" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			e, ctx := theEngine(t)
			const stock = 10_000
			p := e.product(ctx, t, stock)
			bought := e.during(ctx, t, p, func() { e.crash(ctx, t, outside, name) })
			for _, b := range bought {
				paid := b.by.status(ctx, t, b.order, "paid")
				e.oneMail(ctx, t, b.by, paid)
				e.charged(ctx, t, b.payment, 3998)
			}
			e.stock(ctx, t, p.ID, stock-2*int64(len(bought)), 0)
			t.Logf("%d purchases, before, while and after %s was gone", len(bought), name)
		})
	}
}

// bought is a purchase that is paid for, if not yet at its end.
type bought struct {
	by             buyer
	order, payment string
}

// during lets three buyers buy two of p, again and again, while something happens: it happens when each is at the second purchase.
func (e engine) during(ctx context.Context, t *testing.T, p client.Product, happens func()) []bought {
	t.Helper()
	const buyers = 3
	var first, over atomic.Int32
	var all [buyers][]bought
	work, working := errgroup.WithContext(ctx)
	begun := make(chan struct{})
	for i := range buyers {
		b := e.buyer(ctx, t)
		work.Go(func() error {
			for over.Load() == 0 {
				one, err := b.buy(working, p.ID)
				if err != nil {
					return fmt.Errorf("purchase %d of buyer %d: %w", len(all[i])+1, i+1, err)
				}
				if all[i] = append(all[i], one); len(all[i]) == 1 && first.Add(1) == buyers {
					close(begun)
				}
			}
			return nil
		})
	}
	select {
	case <-begun:
		happens()
	case <-working.Done():
	}
	over.Store(1)
	if err := work.Wait(); err != nil {
		t.Fatal(err)
	}
	return slices.Concat(all[:]...)
}

// buy orders two and pays for them, and does not give up: what was not answered is sent again with the same key.
func (b buyer) buy(ctx context.Context, product string) (bought, error) {
	order, err := insist[client.Order](ctx, b.Client, "/orders", twoOf(product))
	if err != nil {
		return bought{}, err
	}
	payment, err := insist[client.Payment](ctx, b.Client, "/payments", map[string]string{"orderId": order.ID, "paymentMethod": "pm_card_visa"})
	return bought{b, order.ID, payment.ID}, err
}

func twoOf(product string) map[string]any {
	return map[string]any{"lines": []client.Line{{ProductID: product, Quantity: 2}}, "shippingAddress": client.Address("Ada Buyer")}
}

// A second `up` leaves everything running that runs.
func TestContainersUpTwice(t *testing.T) {
	t.Parallel()
	e, ctx := theEngine(t)
	before := e.running(ctx, t)
	e.compose(ctx, t, "up", "--build", "--wait")
	if d := cmp.Diff(before, e.running(ctx, t)); d != "" {
		t.Errorf("up changes what is up (-before +after)\n%s", d)
	}
}

// running is which containers there are and since when they run.
func (e engine) running(ctx context.Context, t *testing.T) map[string]string {
	t.Helper()
	since := map[string]string{}
	for name, c := range e.containers(ctx, t) {
		if since[name] = c.ID + " " + c.State.Status; !c.onceOnly() {
			since[name] += " since " + c.State.StartedAt
		}
	}
	return since
}

// After `stop`, `down` and `up` everything is there: what was bought, who may log in and with which token, and what was on its way
// comes to its end, once.
func TestContainersDownAndUp(t *testing.T) {
	t.Parallel()
	e, ctx := theEngine(t)
	p, b := e.product(ctx, t, 5), e.buyer(ctx, t)
	done, err := b.buy(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	paid := b.status(ctx, t, done.order, "paid")
	e.oneMail(ctx, t, b, paid)
	open := b.order(ctx, t, p.ID, 2)
	a := send(ctx, t, b.Client, http.MethodPost, "/payments", map[string]string{"orderId": open.ID, "paymentMethod": "pm_card_visa"}, client.NewKey(), client.Prefer("respond-async"))
	if a.Status != http.StatusAccepted && a.Status != http.StatusCreated {
		t.Fatalf("pay: %d %s", a.Status, a.Body)
	}

	e.stop(ctx, t)
	e.compose(ctx, t, "down")
	e.compose(ctx, t, "up", "--wait")

	if d := cmp.Diff(paid, b.status(ctx, t, done.order, "paid")); d != "" {
		t.Errorf("the order that was paid (-before +after)\n%s", d)
	}
	b.status(ctx, t, open.ID, "paid")
	e.stock(ctx, t, p.ID, 1, 0)
	for _, order := range []string{done.order, open.ID} {
		e.charged(ctx, t, b.paymentOf(ctx, t, order), 3998)
	}
	if _, err := e.api.Enter(ctx, client.Storefront, b.email, passphrase); err != nil {
		t.Errorf("the buyer cannot log in any more: %v", err)
	}
	if again, err := e.mail.Mails(ctx, b.email); err != nil || slices.ContainsFunc(again, func(m client.Mail) bool { return strings.Contains(m.Subject, paid.Number) }) {
		t.Errorf("the new inbox has a mail about the order that had its mail: %v %v", again, err)
	}
}

// stop stops all containers; each of ours must end by itself, and well.
func (e engine) stop(ctx context.Context, t *testing.T) {
	t.Helper()
	e.compose(ctx, t, "stop")
	for name, c := range e.containers(ctx, t) {
		if c.ours() && (c.State.Status != "exited" || c.State.ExitCode != 0) {
			t.Errorf("%s does not stop cleanly: %s, exit code %d", name, c.State.Status, c.State.ExitCode)
		}
	}
}

// paymentOf is the one payment of an order.
func (b buyer) paymentOf(ctx context.Context, t *testing.T, order string) string {
	t.Helper()
	page, err := client.Get[struct{ Items []client.Payment }](ctx, b.Client, "/payments?orderId="+order)
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != 1 {
		t.Fatalf("order %s has the payments %+v, want one", order, page.Items)
	}
	return page.Items[0].ID
}
