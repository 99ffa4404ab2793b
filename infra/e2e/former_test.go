package e2e

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/twmb/franz-go/pkg/kadm"
	"golang.org/x/sync/errgroup"
)

// formerEdits is what the release before this one has otherwise: all events about a noun on one topic.
var formerEdits = []edit{
	{"events/event.go", "\treturn eventTopic(m.Type())\n", "\treturn topicPrefix + m.Noun + \".events\"\n"},
	{"functions/db/internal/pg/pool.go", `"mart-db",`, `"` + nextDB + `",`},
}

// formerReads is what the sources of that release list.
func formerReads(f events.Function) []string {
	if f == events.DB {
		return events.TopicsFor(f)
	}
	topics := events.FormerFor(f)
	if len(topics) > 0 {
		topics = append(topics, events.ReplayTopic(f))
	}
	return topics
}

// formerTopics is what that release had its topics job make: a topic for the events of each noun.
func formerTopics() (topics []string) {
	for _, d := range events.All() {
		if details := d.Declaration(); details.Kind == events.Event && !slices.Contains(topics, "mart."+details.Noun+".events") {
			topics = append(topics, "mart."+details.Noun+".events")
		}
	}
	return topics
}

// buildFormer builds this release and the one before.
func buildFormer(ctx context.Context, t *testing.T) (former, now program) {
	t.Helper()
	needsItsOwnMart(t)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	overlay, err := writeOverlay(root, folder, formerEdits, "")
	if err != nil {
		t.Fatal(err)
	}
	former, now = program{path: folder + "/former"}, program{path: folder + "/now"}
	build(ctx, t, root, map[string][]string{now.path: nil, former.path: {"-overlay", overlay}})
	return former, now
}

// A mart of the release before is stopped while events of every kind of reaction have not been delivered, and this release is started on its
// Kafka and its database: what was left on the topics per noun is delivered, once, and nothing comes to them any more.
func TestStormWhatTheReleaseBeforeLeftIsDelivered(t *testing.T) {
	const paid, started = 4, 3
	former, now := buildFormer(t.Context(), t)
	c, h := newChildren(t, events.Functions()...), newPaused(t)
	for _, f := range c.of {
		c.become(f, former)
	}
	s := newStorm(t, paid+started+2, func(cfg *laptop.Config) {
		cfg.Serve, cfg.Topics, cfg.Reads, cfg.Deliver = c.serve, formerTopics(), formerReads, h.deliver
	})
	s.awaitDelivered(t)

	after := []events.Function{events.Inventory, events.Notification}
	h.hold(func(a arrival) bool { return slices.Contains(after, a.at) })
	s.purchases(t, paid, 2) // some are declined
	waiting := map[arrival]int{}
	for _, f := range after {
		waiting[arrival{f, events.OrderPaid.Type()}], waiting[arrival{f, events.OrderCancelled.Type()}] = int(s.paid.Load()), 1
	}
	cancelled := s.buyers[0].order(s.ctx, t, s.products[0].ID, 1).ID
	s.cancel(t, s.owner, cancelled)
	h.mustWait(s.ctx, t, waiting)
	h.hold(func(a arrival) bool { return slices.Contains(after, a.at) || a.at == events.Payment })
	var open []string
	for i := range started {
		order := s.buyers[i].order(s.ctx, t, s.products[i].ID, 1)
		body := map[string]string{"orderId": order.ID, "paymentMethod": "pm_card_visa"}
		send(s.ctx, t, s.buyers[i].Client, http.MethodPost, "/payments", body, client.NewKey(), client.Prefer("respond-async"))
		open = append(open, order.ID)
	}
	waiting[arrival{events.Payment, events.PaymentStarted.Type()}] = started
	h.mustWait(s.ctx, t, waiting)

	left := s.endsOf(t, events.Former()...)
	s.stop(t)
	for _, f := range c.of {
		c.become(f, now)
	}
	h.release()
	s.cfg.Reads, s.cfg.Listen = nil, strings.TrimPrefix(s.own.URL, "http://") // where its buyers know it
	s.startAgain(t, s.cfg)
	for i, order := range open {
		s.buyers[i].status(s.ctx, t, order, "paid")
	}
	s.buyers[0].status(s.ctx, t, cancelled, "cancelled")
	if err := s.purchase(s.ctx, s.buyers[0], s.products[0].ID, "pm_card_visa"); err != nil {
		t.Error(err)
	}
	s.mustHold(t)
	if ends := s.endsOf(t, events.Former()...); !slices.Equal(left, ends) {
		t.Errorf("the topics of the release before ended at %v and end at %v: something was sent to them", left, ends)
	}
}

// endsOf is the end of each partition of topics, as lines that can be compared.
func (s *storm) endsOf(t *testing.T, topics ...string) (ends []string) {
	t.Helper()
	err := s.atBrokers(s.own.Kafka, func(ctx context.Context, admin *kadm.Client) error {
		listed, err := admin.ListEndOffsets(ctx, topics...)
		listed.Each(func(o kadm.ListedOffset) {
			ends = append(ends, fmt.Sprintf("%s/%d at %d", o.Topic, o.Partition, o.Offset))
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(ends)
	return ends
}

// The functions of the release before become those of this one while buyers buy, go back and become them again, in the best and in the worst
// order: the topics and the sources of this release are there first, and stay.
func TestStormRollingUpgradeToATopicPerEvent(t *testing.T) {
	count := fullOr(300, 24)
	former, now := buildFormer(t.Context(), t)
	c := newChildren(t, events.Functions()...)
	for _, f := range c.of {
		c.become(f, former)
	}
	s := newStorm(t, count, func(cfg *laptop.Config) { cfg.Serve, cfg.Topics = c.serve, formerTopics() })
	producers := append([]events.Function{events.DB}, slices.DeleteFunc(events.Functions(), func(f events.Function) bool { return f == events.DB })...)
	consumers := slices.Clone(producers)
	slices.Reverse(consumers)
	passes := []pass{{former, now, producers}, {now, former, consumers}, {former, now, consumers}}
	if err := s.purchase(s.ctx, s.buyers[0], s.products[0].ID, "pm_card_visa"); err != nil { // before db changes, which is the first to
		t.Fatal(err)
	}
	var changes errgroup.Group
	changes.Go(func() error {
		for i, p := range passes {
			if err := s.roll(c, p, i*count/len(passes), count/len(passes)); err != nil {
				return fmt.Errorf("pass %d: %w", i+1, err)
			}
			if err := s.purchase(s.ctx, s.buyers[0], s.products[0].ID, "pm_card_visa"); err != nil { // however fast the others were
				return fmt.Errorf("after pass %d: %w", i+1, err)
			}
		}
		return nil
	})
	s.purchases(t, count, 8)
	if err := changes.Wait(); err != nil {
		t.Fatal(err)
	}
	s.mustHold(t)
	records, err := s.recordsOf(s.ctx, events.OrderPaid.Topic(), "mart.order.events")
	if err != nil {
		t.Fatal(err)
	}
	on := map[string]int{}
	for _, r := range records {
		if header(r, "ce_type") == events.OrderPaid.Type() {
			on[r.Topic]++
		}
	}
	if on[events.OrderPaid.Topic()] == 0 || on["mart.order.events"] == 0 {
		t.Errorf("order.paid is on %v: this test wants it on both", on)
	}
	t.Logf("%d purchases (%d paid, %d declined) through %d changes of release", count, s.paid.Load(), s.declined.Load(), len(passes)*len(c.of))
}
