package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/deadletters"
	"github.com/onlinemart/mart/infra/laptop"
)

// broken stands before the port of db and refuses every command to make a brand, while it is broken.
type broken struct {
	t    *testing.T
	off  atomic.Bool
	made atomic.Int64 // refusals
}

const brokenSays = "a proxy in between is set up wrongly"

func (b *broken) deliver(f events.Function, to string) string {
	if f != events.DB {
		return to
	}
	target, err := url.Parse(to)
	if err != nil {
		b.t.Fatal(err)
	}
	through := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !b.off.Load() && r.Header.Get("Ce-Type") == events.CreateBrand.Type() {
			b.made.Add(1)
			http.Error(w, brokenSays, http.StatusForbidden)
			return
		}
		through.ServeHTTP(w, r)
	}))
	b.t.Cleanup(server.Close)
	return server.URL
}

// What could not be delivered is shown with its reason, and is carried out, once, when it is sent again.
func TestStormDeadLettersAreSentAgain(t *testing.T) {
	const count = 5
	b := &broken{t: t}
	s := newStorm(t, 0, func(c *laptop.Config) { c.Deliver = b.deliver })
	var operations []string
	for range count {
		a := send(s.ctx, t, s.owner, http.MethodPost, "/brands", map[string]string{"name": unique("Late")}, client.Prefer("respond-async"))
		if a.Status != http.StatusAccepted {
			t.Fatalf("got %d %s", a.Status, a.Body)
		}
		operations = append(operations, a.Header.Get("Location"))
	}
	access, filter := events.KafkaConfig{Brokers: s.own.Kafka}, deadletters.Filter{Type: events.CreateBrand.Type(), Since: time.Hour}
	for id := range s.awaitDeadLetters(t, count) {
		filter.IDs = append(filter.IDs, id)
	}
	letters, err := deadletters.Read(s.ctx, access, filter)
	if err != nil || len(letters) != count {
		t.Fatalf("read %d letters, want %d: %v", len(letters), count, err)
	}
	for _, l := range letters {
		if l.Code != "403" || !strings.Contains(l.Reason, brokenSays) || l.Topic != events.CreateBrand.Topic() {
			t.Errorf("%+v", l)
		}
	}
	b.off.Store(true)
	letters = append(letters, deadletters.Letter{Place: "0:0", Type: "dev.knative.kafka.event"}) // junk, which has nowhere to go
	for range 2 {                                                                                // the second time changes nothing
		if sent, err := deadletters.Replay(s.ctx, access, letters); err != nil || sent != count {
			t.Fatalf("sent %d again: %v", sent, err)
		}
	}
	for _, o := range operations {
		if _, err := client.Until(s.ctx, s.owner, o, func(o client.Operation) bool { return o.Status == "succeeded" }); err != nil {
			t.Error(err)
		}
	}
	for _, v := range s.violations(patience) {
		if !strings.HasPrefix(v, "a dead letter") {
			t.Error(v)
		}
	}
	if got := b.made.Load(); got != count {
		t.Errorf("%d refusals, want %d: a 403 is final", got, count)
	}
}
