package paymentgateway

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const secret = "whsec_for_tests"

// receiver keeps what the gateway posts; refuse is how many posts it refuses first.
type receiver struct {
	url string

	mu     sync.Mutex
	refuse int
	posts  int
	events []event
}

func newReceiver(t *testing.T, refuse int) *receiver {
	t.Helper()
	rc := &receiver{refuse: refuse}
	server := httptest.NewServer(rc)
	t.Cleanup(server.Close)
	rc.url = server.URL
	return rc
}

func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.posts++
	var ev event
	at, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Stripe-Signature"), "t="), ",")
	seconds, _ := strconv.ParseInt(at, 10, 64)
	signed := r.Header.Get("Stripe-Signature") == sign(body, secret, time.Unix(seconds, 0))
	if rc.posts <= rc.refuse || !signed || json.Unmarshal(body, &ev) != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	rc.events = append(rc.events, ev)
}

func (rc *receiver) types() []string {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	var types []string
	for _, ev := range rc.events {
		types = append(types, ev.Type)
	}
	return types
}

func (rc *receiver) hook(c *Config) { c.WebhookURL, c.WebhookSecret = rc.url, secret }

func (rc *receiver) waitFor(t *testing.T, types ...string) {
	t.Helper()
	eventually(t, "webhooks", func() bool { return len(rc.types()) >= len(types) })
	if d := cmp.Diff(types, rc.types()); d != "" {
		t.Error(d)
	}
}

func TestWebhooksTellEachStep(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, 0)
	b := setup(t, rc.hook)
	b.fault(fault{On: opAny, Mode: webhookFirst, Times: -1}) // in order, for the comparison
	in := b.pay("pm_card_visa", "k").object
	b.must("/v1/payment_intents/"+in.ID+"/capture", "")
	b.must("/v1/refunds", "", "payment_intent", in.ID)
	b.pay("pm_card_chargeDeclined", "")
	b.must("/v1/payment_intents/"+b.pay("pm_card_visa", "").object.ID+"/cancel", "")
	rc.waitFor(t, "payment_intent.amount_capturable_updated", "payment_intent.succeeded", "refund.created",
		"payment_intent.payment_failed", "payment_intent.amount_capturable_updated", "payment_intent.canceled")

	var shown paymentIntent
	if err := json.Unmarshal(rc.events[0].Data.Object, &shown); err != nil {
		t.Fatal(err)
	}
	if shown.ID != in.ID || shown.Metadata["payment_id"] != "p1" || rc.events[0].Request.Key != "k" {
		t.Errorf("%+v", rc.events[0])
	}
}

func TestOnlyWantedEventsAreTold(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, 0)
	b := setup(t, rc.hook, func(c *Config) { c.WebhookEvents = []string{"payment_intent.payment_failed"} })
	b.pay("pm_card_visa", "")
	b.pay("pm_card_chargeDeclined", "")
	rc.waitFor(t, "payment_intent.payment_failed")
}

func TestWebhookIsPostedUntilTaken(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, 3)
	b := setup(t, rc.hook)
	b.pay("pm_card_visa", "")
	rc.waitFor(t, "payment_intent.amount_capturable_updated")
}

func TestWebhookSurvivesAKill(t *testing.T) {
	t.Parallel()
	deaf := newReceiver(t, 1<<30)
	b := setup(t, deaf.hook)
	b.pay("pm_card_visa", "")
	eventually(t, "a refused post", func() bool { deaf.mu.Lock(); defer deaf.mu.Unlock(); return deaf.posts > 0 })

	rc := newReceiver(t, 0)
	later := reopen(t, copyOf(t, b, asIs), rc.hook)
	rc.waitFor(t, "payment_intent.amount_capturable_updated")
	eventually(t, "the mark", func() bool { later.mu.Lock(); defer later.mu.Unlock(); return len(later.book.pending) == 0 })
	if err := later.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(reopen(t, later.dir).book.pending); n != 0 {
		t.Errorf("%d events would be posted again", n)
	}
}

func TestWebhookTwice(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, 0)
	b := setup(t, rc.hook)
	b.pay("pm_test_webhookTwice", "")
	rc.waitFor(t, "payment_intent.amount_capturable_updated", "payment_intent.amount_capturable_updated")
	if rc.events[0].ID != rc.events[1].ID {
		t.Error("two events instead of one event twice")
	}
}

func TestWebhookLate(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, 0)
	b := setup(t, rc.hook)
	b.fault(fault{On: opCreate, Mode: webhookLate, DelayMS: 3_600_000})
	in := b.pay("pm_card_visa", "").object
	b.must("/v1/payment_intents/"+in.ID+"/capture", "")
	rc.waitFor(t, "payment_intent.succeeded") // the authorisation's event is still to come
}
