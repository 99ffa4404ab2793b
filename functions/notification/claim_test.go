package notification

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// claimers is replicas of the function before a db that gives each mail to its first claimer, and whose events come to whom the test says.
type claimers struct {
	t    *testing.T
	keys *events.Keys
	ears []*claimListener // of the replicas

	mu       sync.Mutex
	taken    *sync.Cond
	asked    []string                         // tokens that db was asked about
	outcomes map[string]events.OperationState // by token
	sent     []string                         // tokens of claims, each as often as it was sent
	decided  func(n events.NotificationState) // what comes of a claim that db has given; nil: its event comes to nobody
	kafka    func() error                     // nil: it takes what it gets
	holders  map[string]string                // tokens by mail
	clock    time.Time
}

func newClaimers(t *testing.T) *claimers {
	t.Helper()
	keys, err := events.NewKeys(events.GenerateRing("s"), events.GenerateRing("p"))
	if err != nil {
		t.Fatal(err)
	}
	c := &claimers{t: t, keys: keys, outcomes: map[string]events.OperationState{}, holders: map[string]string{}, clock: time.Now()}
	c.taken = sync.NewCond(&c.mu)
	return c
}

// replica is one more, which waits so long to hear of a claim.
func (c *claimers) replica(wait time.Duration) dbClient {
	c.t.Helper()
	db := httptest.NewServer(http.HandlerFunc(c.answer))
	asker := bus.NewAsker(events.Notification, c.keys, db.URL)
	c.t.Cleanup(func() { asker.Close(); db.Close() })
	e := &claimListener{wait: wait, now: func() time.Time { return c.clock }, waiting: map[string]chan events.NotificationState{}}
	c.ears = append(c.ears, e)
	return dbClient{db: bus.Caller{Asker: asker, Publisher: bus.NewPublisherTo(events.Notification, c.keys, c.take)}, keys: c.keys, claims: e}
}

// take decides a claim, and a repeated one as the first time.
func (c *claimers) take(_ context.Context, e events.Envelope) error {
	claim, err := events.ClaimNotification.Decode(c.keys, e.Data)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.taken.Broadcast()
	if c.kafka != nil {
		if err := c.kafka(); err != nil {
			return err
		}
	}
	c.sent = append(c.sent, claim.Token)
	if _, known := c.outcomes[claim.Token]; known {
		return nil
	}
	state := events.OperationState{ID: e.ID, Status: events.OperationSucceeded, Subject: e.Subject, Noun: "notification", Type: events.NotificationClaimed.Type()}
	if c.holders[e.Subject] != "" {
		state.Status, state.Problem = events.OperationFailed, events.Refuse("in_progress", "The mail is being sent.")
		c.outcomes[claim.Token] = state
		return nil
	}
	c.holders[e.Subject] = claim.Token
	n := events.NotificationState{Meta: events.Meta{ID: e.Subject, Version: 1}, Kind: claim.Kind, To: events.NewPersonal("bo@example.com"), Token: claim.Token}
	if state.Data, err = c.keys.Encode(&n); err != nil {
		return err
	}
	c.outcomes[claim.Token] = state
	if c.decided != nil {
		c.decided(n)
	}
	return nil
}

// answer says what became of a claim, once it is decided or whoever asks has gone: db waits, too.
func (c *claimers) answer(w http.ResponseWriter, r *http.Request) {
	var q events.OperationQuestion
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	defer context.AfterFunc(r.Context(), func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.taken.Broadcast()
	})()
	c.mu.Lock()
	c.asked = append(c.asked, q.ID)
	state, ok := c.outcomes[q.ID]
	for !ok && q.WaitMillis > 0 && r.Context().Err() == nil {
		c.taken.Wait()
		state, ok = c.outcomes[q.ID]
	}
	c.mu.Unlock()
	if !ok {
		state = events.OperationState{ID: q.ID, Status: events.OperationPending}
	}
	raw, err := json.Marshal(state)
	if err != nil {
		c.t.Error(err)
	}
	_, _ = w.Write(raw) // the asker is the test
}

// heard delivers the event of a claim to a replica.
func (c *claimers) heard(at *claimListener, n events.NotificationState) {
	if sent, err := at.deliverOnClaimed(context.Background(), events.Received[events.NotificationState]{Data: n}); err != nil || len(sent) > 0 {
		c.t.Errorf("%v, %v", sent, err)
	}
}

func claimBy(mail, token string) events.Outgoing {
	return claimOf(letter{id: mail, kind: events.OrderConfirmation, customerID: "c1", orderID: "o1"}, token)
}

// got is who got a mail, or why not.
func got(n events.NotificationState, err error) string {
	if err != nil {
		return err.Error()
	}
	return n.Token + " sends " + n.ID + " to " + n.To.Plaintext()
}

func (c *claimers) is(what, want, got string, asked ...string) {
	c.t.Helper()
	if want != got {
		c.t.Errorf("%s: %s, want %s", what, got, want)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if diff := cmp.Diff(asked, c.asked); diff != "" {
		c.t.Errorf("%s: asked db (-want +got):\n%s", what, diff)
	}
	c.asked = nil
}

func TestAClaimThatIsHeardCostsNoQuestion(t *testing.T) {
	t.Parallel()
	c := newClaimers(t)
	here := c.replica(time.Hour)
	for name, decided := range map[string]func(events.NotificationState){
		"before Kafka has said that it has the claim": func(n events.NotificationState) { c.heard(here.claims, n) },
		"afterwards, and twice":                       func(n events.NotificationState) { go func() { c.heard(here.claims, n); c.heard(here.claims, n) }() },
	} {
		c.decided = decided
		c.is(name, name+" sends "+name+" to bo@example.com", got(here.claimByEvent(t.Context(), claimBy(name, name))))
	}
	if len(here.claims.waiting) != 0 {
		t.Errorf("%d claims are still waited for", len(here.claims.waiting))
	}
}

// Of several replicas that claim one mail at one moment one sends it, whoever hears of it first, and however often.
func TestOneOfManyClaimersSends(t *testing.T) {
	t.Parallel()
	c := newClaimers(t)
	replicas := []dbClient{c.replica(time.Millisecond), c.replica(time.Millisecond)}
	c.decided = func(n events.NotificationState) {
		for _, e := range slices.Concat(c.ears, c.ears) {
			go c.heard(e, n)
		}
	}
	answers := make(chan string)
	for i := range 8 {
		go func() { answers <- got(replicas[i%2].claimByEvent(t.Context(), claimBy("m1", events.NewID()))) }()
	}
	var senders, others int
	for range 8 {
		if answer := <-answers; answer == c.holder("m1")+" sends m1 to bo@example.com" {
			senders++
		} else if answer == "in_progress: The mail is being sent." {
			others++
		} else {
			t.Error(answer)
		}
	}
	if senders != 1 || others != 7 {
		t.Errorf("%d send it, %d leave it to them", senders, others)
	}
}

func (c *claimers) holder(mail string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.holders[mail]
}

// What comes to another replica is asked for; then nothing is waited for any more, for a while.
func TestAClaimThatIsNotHeardIsAskedFor(t *testing.T) {
	t.Parallel()
	c := newClaimers(t)
	here, other := c.replica(time.Millisecond), c.replica(time.Hour)
	c.decided = func(n events.NotificationState) { c.heard(other.claims, n) }
	c.is("the first", "t1 sends m1 to bo@example.com", got(here.claimByEvent(t.Context(), claimBy("m1", "t1"))), "t1")
	here.claims.wait = time.Hour
	c.is("the next", "t2 sends m2 to bo@example.com", got(here.claimByEvent(t.Context(), claimBy("m2", "t2"))), "t2")
	c.is("one that another has", "in_progress: The mail is being sent.", got(here.claimByEvent(t.Context(), claimBy("m1", "t3"))), "t3")
	c.clock = c.clock.Add(pauseFor)
	c.decided = func(n events.NotificationState) { c.heard(here.claims, n) }
	c.is("after a while", "t4 sends m4 to bo@example.com", got(here.claimByEvent(t.Context(), claimBy("m4", "t4"))))
	if diff := cmp.Diff([]string{"t1", "t2", "t3", "t4"}, c.sent); diff != "" {
		t.Errorf("claims that were sent (-want +got):\n%s", diff)
	}
}

// A claim that Kafka does not confirm, or that nobody waits for any more, is nobody's to send.
func TestAClaimThatIsNotConfirmed(t *testing.T) {
	t.Parallel()
	c := newClaimers(t)
	here := c.replica(time.Hour)
	c.kafka = func() error { return errors.New("away") }
	if _, err := here.claimByEvent(t.Context(), claimBy("m1", "t1")); !errors.Is(err, bus.ErrUnknownOutcome) {
		t.Errorf("%v", err)
	}
	c.kafka = nil
	ctx, cancel := context.WithCancel(t.Context())
	c.decided = func(events.NotificationState) { cancel() }
	if _, err := here.claimByEvent(ctx, claimBy("m2", "t2")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if len(here.claims.waiting) != 0 {
		t.Errorf("%d claims are still waited for", len(here.claims.waiting))
	}
}
