package e2e

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/deadletters"
	"github.com/onlinemart/mart/infra/laptop"
)

// letterDone is who has done something about a letter.
type letterDone struct {
	By events.Principal `json:"by"`
}

// letter is a dead letter as staff see it.
type letter struct {
	ID, Place, EventID, Type, Code, Reason, Flow string
	Function                                     events.Function
	Status                                       events.LetterStatus
	Kept                                         bool
	Replayed, Discarded                          *letterDone
}

// letterEvents is a page of the list.
type letterEvents struct {
	Items []struct {
		ID      string
		Open    int `json:"openLetters"`
		Letters []letter
	}
}

// lettersAbout waits until so many letters of one event's type stand so, and gives them, by the function that failed.
func (s *storm) lettersAbout(t *testing.T, eventType string, status events.LetterStatus, want int) map[events.Function]letter {
	t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	found := map[events.Function]letter{}
	_, err := client.Until(ctx, s.owner, "/dead-letters?state="+string(status)+"&type="+eventType, func(page letterEvents) bool {
		clear(found)
		for _, e := range page.Items {
			for _, l := range e.Letters {
				if l.Status == status {
					found[l.Function] = l
				}
			}
		}
		return len(found) == want
	})
	if err != nil {
		t.Fatalf("%v: there are %+v", err, found)
	}
	return found
}

// Staff see who could not take what, send it again to that function alone, once, and discard the rest; and whatever is done by the API the command
// line sees, and the other way round. The journal says who it was.
func TestStormStaffHandleDeadLetters(t *testing.T) {
	b := newBroken(t, events.OrderPaid.Type(), events.Notification, events.Inventory)
	s := newStorm(t, 1, func(c *laptop.Config) { c.Deliver = b.deliver })
	if err := s.purchase(s.ctx, s.buyers[0], s.products[0].ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	letters := s.lettersAbout(t, events.OrderPaid.Type(), events.LetterOpen, 2)
	mails, stock := letters[events.Notification], letters[events.Inventory]
	for _, l := range letters {
		if l.Code != "403" || !strings.Contains(l.Reason, brokenSays) || !l.Kept || l.EventID != mails.EventID {
			t.Errorf("%+v", l)
		}
	}
	s.mustAnswer(t, http.MethodGet, mails.Flow, nil, http.StatusOK, `"name":"order.paid"`)
	b.mended.Store(true)

	replay := "/dead-letters/" + mails.ID + "/replay"
	s.mustAnswer(t, http.MethodPost, replay, map[string]bool{"dryRun": true}, http.StatusOK, `"sent":false`)
	s.mustAnswer(t, http.MethodPost, replay, map[string]bool{}, http.StatusOK, `"sent":true`)
	s.mustAnswer(t, http.MethodPost, replay, map[string]bool{}, http.StatusConflict, "letter_replayed")
	there := s.lettersOnKafka(t, deadletters.Filter{Place: []string{mails.Place, stock.Place}}, func(l deadletters.Letter) bool { return l.Replayed != nil })
	if len(there) != 2 {
		t.Fatalf("the command line sees %d letters", len(there))
	}
	s.delivered(t)
	b.mu.Lock()
	if got := fmt.Sprint(b.passed); got != fmt.Sprintf("map[notification %s:1]", mails.EventID) {
		t.Errorf("it was delivered to %s, want notification alone and once", got)
	}
	b.mu.Unlock()

	access := bus.KafkaConfig{Brokers: s.own.Kafka}
	by := s.whoDid(t, events.ReplayDeadLetter.Type(), mails.ID)
	for _, l := range there {
		if sent := l.Place == mails.Place; sent != (l.Replayed != nil) || sent && l.ReplayedBy != by.ID {
			t.Errorf("the command line sees %+v, which the API says %+v has sent", l, by)
		}
	}
	if steps, err := deadletters.Replay(s.ctx, access, there, "ada@laptop"); err != nil || slices.ContainsFunc(steps, func(step deadletters.Step) bool {
		return step.Sent != (step.Place == stock.Place)
	}) {
		t.Errorf("the command line sends what the API has sent, or not the rest: %+v, %v", steps, err)
	}
	if sent := s.lettersAbout(t, events.OrderPaid.Type(), events.LetterReplayed, 2); sent[events.Inventory].Replayed.By.ID != "ada@laptop" || sent[events.Notification].Replayed.By != by {
		t.Errorf("%+v", sent)
	}
	if who := s.whoDid(t, events.MarkDeadLetter.Type(), stock.ID); who.ID != "ada@laptop" {
		t.Errorf("the journal says that %+v did it", who)
	}
	s.mustAnswer(t, http.MethodPost, "/dead-letters/"+stock.ID+"/discard", map[string]string{}, http.StatusConflict, "letter_replayed")
	for _, v := range s.violations(restPatience) { // one mail, and the goods taken off the shelf once
		if !strings.HasPrefix(v, "a dead letter") {
			t.Error(v)
		}
	}
	b.mustHavePassedOnce(t, 1)
}

// What can never succeed is seen as such, and left out unless somebody says so; a discarded letter is open no more, for the command line neither.
func TestStormHopelessLettersAreDiscarded(t *testing.T) {
	s := newStorm(t, 0, func(*laptop.Config) {})
	place := leaveLetter(s.ctx, t, s.own.Kafka, map[string]string{"knativeerrorcode": "401"})
	path := "/dead-letters/" + events.DeadLetterID(place)
	hopeless := s.lettersAbout(t, events.OrderPaid.Type(), events.LetterHopeless, 1)[events.Notification]
	if hopeless.Place != place {
		t.Fatalf("%+v", hopeless)
	}
	s.mustAnswer(t, http.MethodPost, path+"/replay", map[string]bool{"again": true}, http.StatusConflict, "letter_hopeless")
	s.mustAnswer(t, http.MethodPost, path+"/replay", map[string]bool{"hopeless": true, "dryRun": true}, http.StatusOK, `"sent":false`)
	s.mustAnswer(t, http.MethodPost, path+"/discard", map[string]string{"reason": "nobody knows who sent it"}, http.StatusOK, `"discarded"`)
	s.mustAnswer(t, http.MethodGet, path, nil, http.StatusOK, `"reason":"nobody knows who sent it"`)
	s.mustAnswer(t, http.MethodPost, path+"/discard", map[string]string{}, http.StatusConflict, "letter_discarded")
	there := s.lettersOnKafka(t, deadletters.Filter{Place: []string{place}, Discarded: true}, func(l deadletters.Letter) bool { return l.Discarded != nil })
	if len(there) != 1 || there[0].DiscardedBy != s.whoDid(t, events.DiscardDeadLetter.Type(), events.DeadLetterID(place)).ID {
		t.Errorf("the command line sees %+v", there)
	}
}

// lettersOnKafka are the letters as the command line sees them, once one of them is as it is to be: a mark follows what the API has answered.
func (s *storm) lettersOnKafka(t *testing.T, f deadletters.Filter, is func(deadletters.Letter) bool) []deadletters.Letter {
	t.Helper()
	for {
		there, err := deadletters.Read(s.ctx, bus.KafkaConfig{Brokers: s.own.Kafka}, f)
		if err != nil {
			t.Fatalf("none of the letters is so: %+v: %v", there, err)
		}
		if slices.ContainsFunc(there, is) {
			return there
		}
		<-time.After(100 * time.Millisecond)
	}
}

// mustAnswer asks as the owner.
func (s *storm) mustAnswer(t *testing.T, method, path string, body any, status int, has string) {
	t.Helper()
	if a := send(s.ctx, t, s.owner, method, path, body); a.Status != status || !strings.Contains(string(a.Body), has) {
		t.Errorf("%s %s: %d %s, want %d with %s", method, path, a.Status, a.Body, status, has)
	}
}

// whoDid is who has done something about a letter, as the journal has it.
func (s *storm) whoDid(t *testing.T, command, letter string) events.Principal {
	t.Helper()
	page, err := client.Get[struct {
		Items []struct {
			By      events.Principal
			Outcome string
		}
	}](s.ctx, s.owner, "/journal?subject="+letter+"&type="+command)
	if err != nil {
		t.Fatal(err)
	}
	var done []events.Principal
	for _, e := range page.Items {
		if e.Outcome == "succeeded" {
			done = append(done, e.By)
		}
	}
	if len(done) == 0 {
		t.Fatalf("the journal has no %s about %s", command, letter)
	}
	return done[0]
}

// leaveLetter leaves a letter about a paid order that notification did not take, and gives its place.
func leaveLetter(ctx context.Context, t *testing.T, brokers []string, change map[string]string) (place string) {
	t.Helper()
	attributes := map[string]string{
		"specversion": "1.0", "id": unique("letter"), "source": events.DB.Source(), "type": events.OrderPaid.Type(), "subject": events.NewID(),
		"time": time.Now().UTC().Format(time.RFC3339Nano), "receiver": string(events.Notification), "knativeerrordest": "http://notification", "knativeerrorcode": "403",
		"knativeerrordata": base64.StdEncoding.EncodeToString([]byte(brokenSays)),
	}
	for name, value := range change {
		attributes[name] = value
	}
	r := &kgo.Record{Topic: events.DeadLetterTopic, Value: []byte(`{}`), Headers: []kgo.RecordHeader{{Key: "content-type", Value: []byte("application/json")}}}
	for name, value := range attributes {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: "ce_" + name, Value: []byte(value)})
	}
	producer, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	if err := producer.ProduceSync(ctx, r).FirstErr(); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d:%d", r.Partition, r.Offset)
}

// notedLetter leaves one, and waits until staff see it.
func notedLetter(ctx context.Context, t *testing.T, owner client.Client, brokers []string) (id string) {
	t.Helper()
	id = events.DeadLetterID(leaveLetter(ctx, t, brokers, nil))
	if _, err := client.Until(ctx, owner, "/dead-letters/"+id, func(l letter) bool { return l.ID == id }); err != nil {
		t.Fatal(err)
	}
	return id
}
