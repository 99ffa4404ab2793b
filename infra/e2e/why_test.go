package e2e

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/deadletters"
	"github.com/onlinemart/mart/infra/journal"
	"github.com/onlinemart/mart/infra/laptop"
)

// stories are what mart why says, as somebody has read it: a file for each.
const stories = "testdata/why/"

// tells waits until what happened is told as its file has it.
func (m mart) tells(ctx context.Context, t *testing.T, id, name string) {
	t.Helper()
	file, err := os.ReadFile(stories + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	want, got := string(file), ""
	for end := time.Now().Add(patience / 4); got != want && time.Now().Before(end); time.Sleep(50 * time.Millisecond) { // a poll with a deadline
		told, _, err := journal.ReadFlow(ctx, m.owner, id)
		if err != nil {
			t.Fatal(err)
		}
		for i := range told.Story { // as it led to each other: which function reacts first is up to them
			told.Story[i].At = time.Time{}
		}
		got = timeless(journal.Story(told))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s of %s (-want +got):\n%s\nIf it is meant so, the file is:\n%s", name, id, diff, got)
	}
}

var (
	moments   = regexp.MustCompile(`\d{4}-\d\d-\d\d\s+\d\d:\d\d:\d\d(\.\d+)?`)
	ids       = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	theirs    = regexp.MustCompile(`(SKU|Thing)-[0-9a-f]{8}-[0-9a-f]{4}`)
	theNumber = regexp.MustCompile(`M-\d{6}`)
	letterAt  = regexp.MustCompile(`\b\d+:\d+\b`)
)

// timeless is a story without what is another one each time: ids are numbered as they come.
func timeless(story string) string {
	known := map[string]string{}
	story = ids.ReplaceAllStringFunc(story, func(id string) string {
		if known[id] == "" {
			known[id] = "ID" + strconv.Itoa(len(known)+1)
		}
		return known[id]
	})
	story = theirs.ReplaceAllString(story, "$1")
	story = letterAt.ReplaceAllString(moments.ReplaceAllString(story, "TIME"), "PLACE")
	return theNumber.ReplaceAllString(story, "NUMBER")
}

// What happened to an order is told by its number, its id, its payment, its mail, and the trace of whichever answer.
func TestWhyTellsAPaidOrder(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	b := m.buyer(ctx, t)
	body := map[string]any{"lines": []client.Line{{ProductID: m.product(ctx, t, 2).ID, Quantity: 2}}, "shippingAddress": client.Address("Ada Buyer")}
	order, placed, err := client.Do[client.Order](ctx, b.Client, http.MethodPost, "/orders", body, client.NewKey(), client.Prefer("wait=10"))
	if err != nil {
		t.Fatal(err)
	}
	payment, err := b.Pay(ctx, order.ID, "pm_card_visa")
	if err != nil {
		t.Fatal(err)
	}
	m.oneMail(ctx, t, b, b.status(ctx, t, order.ID, "paid"))
	m.tells(ctx, t, order.Number, "paid")
	m.tells(ctx, t, order.ID, "paid")
	m.tells(ctx, t, placed.Header.Get("Traceparent"), "placed")
	m.tells(ctx, t, payment.ID, "payment")
	mails, err := client.Get[client.Page[struct{ ID string }]](ctx, m.owner, "/notifications?orderId="+order.ID)
	if err != nil || len(mails.Items) != 1 {
		t.Fatalf("%+v, %v", mails, err)
	}
	if told, raw, err := journal.ReadFlow(ctx, m.owner, mails.Items[0].ID); err != nil || told.Title != "Mail "+mails.Items[0].ID+" is sent" || strings.Contains(string(raw), b.email) {
		t.Errorf("the mail: %v %s", err, raw)
	}
	if _, _, err := journal.ReadFlow(ctx, b.Client, order.ID); err == nil {
		t.Error("a customer is told")
	}
}

// A refusal is told by the trace that its answer names.
func TestWhyTellsARefusedOrder(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	b := m.buyer(ctx, t)
	body := map[string]any{"lines": []client.Line{{ProductID: m.product(ctx, t, 1).ID, Quantity: 2}}, "shippingAddress": client.Address("Ada Buyer")}
	answer := send(ctx, t, b.Client, http.MethodPost, "/orders", body, client.NewKey(), client.Prefer("wait=10"))
	refused(t, answer, nil, http.StatusConflict, "out_of_stock")
	var problem struct{ TraceID string }
	if err := json.Unmarshal(answer.Body, &problem); err != nil {
		t.Fatal(err)
	}
	m.tells(ctx, t, problem.TraceID, "refused")
}

// An order that waits says for what, and until when; a guest's whose card was declined, too.
func TestWhyTellsAWaitingOrder(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	product := m.product(ctx, t, 3).ID
	m.tells(ctx, t, m.buyer(ctx, t).order(ctx, t, product, 2).Number, "waiting")
	guest, order, err := m.api.OrderAsGuest(ctx, guestCalled("Gil Guest"), client.Line{ProductID: product, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := guest.Pay(ctx, order.ID, "pm_card_chargeDeclined"); err != nil {
		t.Fatal(err)
	}
	m.tells(ctx, t, order.Number, "guest")
}

// What could not be delivered is told with how it is sent again, and when that was done, as if nothing had been.
func TestStormWhyTellsExpiredOrdersAndDeadLetters(t *testing.T) {
	d := newBroken(t, events.OrderExpired.Type(), events.Notification)
	s := newStorm(t, 2, func(c *laptop.Config) {
		c.Settings = map[events.Function]map[string]string{events.DB: {"ORDER_TTL": "1s"}}
		c.Deliver = d.deliver
	})
	order := s.buyers[0].order(s.ctx, t, s.products[0].ID, 2)
	letters := s.awaitDeadLetters(t, 1)
	s.tells(s.ctx, t, order.Number, "poisoned")
	told, _, err := journal.ReadFlow(s.ctx, s.owner, order.ID)
	if err != nil {
		t.Fatal(err)
	}
	there, err := deadletters.Read(s.ctx, bus.KafkaConfig{Brokers: s.own.Kafka}, deadletters.Filter{IDs: slices.Collect(maps.Keys(letters))})
	if err != nil || len(there) != 1 {
		t.Fatalf("%d letters: %v", len(there), err)
	}
	if do := []string{"mart dead-letters show " + there[0].Place, "mart dead-letters replay --place " + there[0].Place}; len(told.Waits) != 1 || !cmp.Equal(told.Waits[0].Do, do) {
		t.Errorf("%s is the letter's place, and it waits for %+v", there[0].Place, told.Waits)
	}
	d.mended.Store(true)
	if sent := s.replay(t, there); sent != 1 {
		t.Fatalf("%d letters were sent again", sent)
	}
	s.tells(s.ctx, t, order.Number, "expired")
}
