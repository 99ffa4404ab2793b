package bus

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// fakePersons is a db with keys.
type fakePersons struct {
	keys  map[string]events.Personal
	gone  map[string]bool
	away  bool
	asked []string
}

var errAway = errors.New("away")

func (f *fakePersons) KeysOf(_ context.Context, persons []string) (all []events.PersonKeyState, err error) {
	f.asked = append(f.asked, "keys")
	if f.away {
		return nil, errAway
	}
	for _, id := range persons {
		if key, known := f.keys[id]; known || f.gone[id] {
			all = append(all, events.PersonKeyState{PersonID: id, Key: key, Gone: f.gone[id]})
		}
	}
	return all, nil
}

func (f *fakePersons) KeyFor(_ context.Context, q events.PersonQuestion) (events.PersonKeyState, error) {
	f.asked = append(f.asked, "keyOf")
	if f.away {
		return events.PersonKeyState{}, errAway
	}
	if key, known := f.keys[q.ID]; known {
		return events.PersonKeyState{PersonID: q.ID, Key: key}, nil
	}
	return events.PersonKeyState{}, nil
}

const nobodysID = "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8f"

// people is functions' keys of persons, with a clock of the test's; brandID is somebody's.
func people(t *testing.T) (p *PersonKeys, db *fakePersons, forward func(time.Duration), log *bytes.Buffer) {
	t.Helper()
	db, log = &fakePersons{keys: map[string]events.Personal{brandID: events.NewPersonKey()}, gone: map[string]bool{}}, &bytes.Buffer{}
	p = NewPersonKeys(db, testKeys(t), slog.New(slog.NewTextHandler(log, nil)))
	now := noon
	p.now = func() time.Time { return now }
	return p, db, func(d time.Duration) { now = now.Add(d) }, log
}

// sendsWords is whose the words of a cancellation are encrypted for on the topic.
func sendsWords(t *testing.T, p *PersonKeys, order string) string {
	t.Helper()
	function := NewPublisherTo(events.Order, p.ring, nil)
	function.CloseWith(p)
	stamped, err := function.Stamp(t.Context(), events.CancelOrder.New(order, events.OrderReason{Reason: events.Said("rang")}).AskedBy(events.Principal{Type: events.Staff, ID: nobodysID}))
	if err != nil {
		t.Fatal(err)
	}
	if err := verifySignature(p.ring, &stamped[0]); err != nil {
		t.Error(err)
	}
	return strings.Join(events.PersonsIn(stamped[0].Data), " ")
}

// A command is encrypted for whomever it is about. Who that is is asked once in a while; and where nobody answers it leaves all the same, under the ring.
func TestPersonKeys_CloseCommands(t *testing.T) {
	t.Parallel()
	p, db, forward, log := people(t)
	type sent struct {
		For   string
		Asked int
	}
	send := func(order string) sent { return sent{sendsWords(t, p, order), len(db.asked)} }
	got := []sent{send(brandID), send(brandID), send(nobodysID), send(nobodysID)}
	forward(nobodyKept)
	got = append(got, send(brandID), send(nobodysID))
	forward(keyKept)
	db.away = true
	got = append(got, send(brandID), send(brandID))
	db.away = false
	got = append(got, send(brandID))
	forward(silenceKept)
	got = append(got, send(brandID))
	p.Forget()
	got = append(got, send(brandID))
	want := []sent{{brandID, 1}, {brandID, 1}, {"", 2}, {"", 2}, {brandID, 2}, {"", 3}, {"", 4}, {"", 4}, {"", 4}, {brandID, 5}, {brandID, 6}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := strings.Count(log.String(), "leaves encrypted with the ring"); n != 1 {
		t.Errorf("it is said %d times: %s", n, log)
	}
}

// Who asks and goes away, or is answered before, says nothing of db: what others send next is encrypted with their keys.
func TestPersonKeys_WhoGoesAwaySilencesNobody(t *testing.T) {
	t.Parallel()
	p, db, _, log := people(t)
	gone, leave := context.WithCancel(t.Context())
	leave()
	db.away = true
	p.closing(gone, events.CancelOrder.New(brandID, events.OrderReason{Reason: events.Said("rang")}), events.Principal{})
	db.away = false
	if got := sendsWords(t, p, brandID); got != brandID || log.Len() > 0 {
		t.Errorf("the next command is encrypted for %q; said: %s", got, log)
	}
}

// No more keys are kept than there is room for.
func TestPersonKeys_AreBounded(t *testing.T) {
	t.Parallel()
	p, _, _, _ := people(t)
	for range 3 * keysKept {
		p.keep(p.persons, events.NewID(), events.PersonKey{})
	}
	if n := len(p.persons); n > keysKept {
		t.Errorf("%d keys are kept", n)
	}
}

// An event is read with the keys of whom it speaks of. That somebody is gone is no fault; that their key was never there is one for good, and that
// nobody answers one for now. Whoever reads nothing personal asks nobody.
func TestReceiver_OpensEvents(t *testing.T) {
	t.Parallel()
	p, db, _, _ := people(t)
	key, err := p.For(t.Context(), events.PersonQuestion{ID: brandID})
	if err != nil {
		t.Fatal(err)
	}
	e := stamped(t, p.ring.For(key), events.DB, paidOrder())
	var read []string
	handler := events.OrderPaid.Then(func(_ context.Context, e events.Received[events.OrderState]) ([]events.Outgoing, error) {
		read = append(read, e.Data.Email.Plaintext())
		return nil, nil
	})
	type outcome struct {
		Read, Buried int
		Fails        bool
		Last         string
	}
	receive := func(h events.Handler) outcome {
		read = nil
		r := &Receiver{ReceiverConfig: ReceiverConfig{Self: events.Notification, Keys: p.ring, Persons: p, Send: func(context.Context, ...events.Outgoing) error { return nil }}, table: map[string]events.Handler{e.Type: h}}
		err := r.handle(t.Context(), events.OrderPaid, e)
		o := outcome{Read: len(read), Fails: err != nil, Last: strings.Join(read, " ")}
		if permanent(err) {
			o.Buried = 1
		}
		return o
	}
	got := []outcome{receive(handler)}
	p.Forget()
	db.away = true
	got = append(got, receive(handler), receive(handler.Unread()))
	db.away, db.keys = false, nil
	got = append(got, receive(handler))
	db.gone[brandID] = true
	got = append(got, receive(handler))
	want := []outcome{{Read: 1, Last: "ada@example.com"}, {Fails: true}, {Read: 1}, {Fails: true, Buried: 1}, {Read: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
