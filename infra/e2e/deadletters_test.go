package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/deadletters"
	"github.com/onlinemart/mart/infra/laptop"
)

// broken stands before some functions' ports and refuses every delivery of one type, until it is mended.
type broken struct {
	t      *testing.T
	kind   string
	mended atomic.Bool
	made   atomic.Int64 // refusals

	mu     sync.Mutex
	at     []events.Function
	passed map[string]int // deliveries of that type to each function
}

func newBroken(t *testing.T, kind string, at ...events.Function) *broken {
	t.Helper()
	return &broken{t: t, kind: kind, at: at, passed: map[string]int{}}
}

const brokenSays = "a proxy in between is set up wrongly"

func (b *broken) deliver(f events.Function, to string) string {
	return before(b.t, to, func(w http.ResponseWriter, r *http.Request, through http.Handler) {
		if r.Header.Get("Ce-Type") == b.kind && r.URL.Path != bus.LetterPath {
			if b.refuses(f) {
				b.made.Add(1)
				http.Error(w, brokenSays, http.StatusForbidden)
				return
			}
			b.pass(f, r)
		}
		through.ServeHTTP(w, r)
	})
}

func (b *broken) refuses(f events.Function) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.mended.Load() && slices.Contains(b.at, f)
}

// only has it refuse at those functions from now on.
func (b *broken) only(at ...events.Function) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at = at
}

func (b *broken) pass(f events.Function, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.passed[string(f)+" "+r.Header.Get("Ce-Id")]++
}

// What could not be delivered is shown with its reason, and is carried out, once, when it is sent again.
func TestStormDeadLettersAreSentAgain(t *testing.T) {
	const count = 5
	b := newBroken(t, events.CreateBrand.Type(), events.DB)
	s := newStorm(t, 0, func(c *laptop.Config) { c.Deliver = b.deliver })
	var operations []string
	for range count {
		a := send(s.ctx, t, s.owner, http.MethodPost, "/brands", map[string]string{"name": unique("Late")}, client.Prefer("respond-async"))
		if a.Status != http.StatusAccepted {
			t.Fatalf("got %d %s", a.Status, a.Body)
		}
		operations = append(operations, a.Header.Get("Location"))
	}
	access, filter := bus.KafkaConfig{Brokers: s.own.Kafka}, deadletters.Filter{Type: events.CreateBrand.Type(), Since: time.Hour}
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
	b.mended.Store(true)
	letters = append(letters, deadletters.Letter{Place: "0:0", Type: "dev.knative.kafka.event"}) // junk, which has nowhere to go
	if sent := s.replay(t, letters); sent != count {
		t.Fatalf("sent %d again", sent)
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

// Events that two functions read, refused by both, and then by one of them: a replay of everything, however often, reaches each once for
// each of its failures and not the other, and what is carried out at last is carried out once.
func TestStormReplayMultipliesNothing(t *testing.T) {
	const count = 3
	b := newBroken(t, events.OrderPaid.Type(), events.Notification, events.Inventory)
	s := newStorm(t, count, func(c *laptop.Config) { c.Deliver = b.deliver })
	for i := range count {
		if err := s.purchase(s.ctx, s.buyers[i], s.products[i].ID, "pm_card_visa"); err != nil {
			t.Fatal(err)
		}
	}
	total := 0
	for round, failures := range []int{2 * count, count, count} {
		total += failures
		all, open := s.letters(t)
		if len(open) != failures || len(all) != total {
			t.Fatalf("round %d: %d letters, %d of them not sent again yet, want %d and %d", round, len(all), len(open), total, failures)
		}
		b.only(events.Notification) // where every one of them fails again
		if sent := s.replay(t, all); sent != failures {
			t.Fatalf("round %d: %d were sent again, want %d", round, sent, failures)
		}
	}
	all, _ := s.letters(t)
	b.mended.Store(true)
	for i, want := range []int{count, 0, 0} {
		if sent := s.replay(t, all); sent != want {
			t.Errorf("mended, replay %d: %d were sent again, want %d", i, sent, want)
		}
		var open []deadletters.Letter
		if all, open = s.letters(t); len(open) != 0 || len(all) != total+count {
			t.Errorf("mended, replay %d: %d letters, %d of them not sent again", i, len(all), len(open))
		}
	}
	for _, v := range s.violations(restPatience) { // one mail about each order, each product taken off the shelf once
		if !strings.HasPrefix(v, "a dead letter") {
			t.Error(v)
		}
	}
	b.mustHavePassedOnce(t, count)
}

// mustHavePassedOnce: each reader got each event once, whether it had failed or not.
func (b *broken) mustHavePassedOnce(t *testing.T, count int) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	readers := map[string]int{}
	for to, times := range b.passed {
		if f, _, _ := strings.Cut(to, " "); times == 1 {
			readers[f]++
		} else {
			t.Errorf("%s was delivered %d times", to, times)
		}
	}
	for f, n := range readers {
		if n != count {
			t.Errorf("%d of %d events were delivered to %s", n, count, f)
		}
	}
	if len(readers) != 2 {
		t.Errorf("%v read the topic: this test wants two readers", readers)
	}
}

// letters waits until everything has been delivered or given up, and gives the dead letters, and those that were not sent again.
func (s *storm) letters(t *testing.T) (all, open []deadletters.Letter) {
	t.Helper()
	s.delivered(t)
	there, err := deadletters.Read(s.ctx, bus.KafkaConfig{Brokers: s.own.Kafka}, deadletters.Filter{Since: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range there {
		var partition int32
		var offset int64
		if _, err := fmt.Sscanf(l.Place, "%d:%d", &partition, &offset); err != nil {
			t.Fatal(err)
		}
		if offset < s.startAt[events.DeadLetterTopic][partition].EpochOffset().Offset {
			continue // another mart's
		}
		if all = append(all, l); l.Replayed == nil {
			open = append(open, l)
		}
	}
	return all, open
}

// replay sends letters again as the command does, and tells how many it sent. A second time it must send none.
func (s *storm) replay(t *testing.T, letters []deadletters.Letter) (sent int) {
	t.Helper()
	for i := range 2 {
		steps, err := deadletters.Replay(s.ctx, bus.KafkaConfig{Brokers: s.own.Kafka}, letters, "a storm")
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps {
			if step.Sent && i == 0 {
				sent++
			} else if step.Sent {
				t.Errorf("sent twice: %s, a letter of %s", step.Place, step.ID)
			}
		}
	}
	return sent
}
