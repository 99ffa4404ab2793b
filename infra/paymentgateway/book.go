package paymentgateway

import (
	"cmp"
	"hash/maphash"
	"iter"
	"maps"
	"net/http"
	"slices"
	"time"
)

// answersKept is how long an idempotency key is remembered, as at Stripe.
const answersKept = 24 * time.Hour

// book is where in the ledger to find what its entries add up to: a purchase costs some hundred bytes of memory, however large its entries
// are. It changes by apply only, live and on replay alike.
type book struct {
	read    func(at int64) (entry, error)
	intents index
	refunds index
	tagged  map[uint64][]uint64 // names of intents, in the order they were made, by one of their metadata
	answers map[uint64]kept     // by the name of the idempotency key
	pending map[string]event    // events not yet taken by the webhook's receiver
	pruned  time.Time
}

// index is where the entry is that shows something as it is now, by its name, and the names in the order in which they came.
type index struct {
	at    map[uint64]int64
	order []uint64
}

// kept is where an answer is, and since when.
type kept struct{ at, since int64 }

// answer is what a call got, kept under its idempotency key.
type answer struct {
	Key         string    `json:"key"`
	Fingerprint string    `json:"fingerprint"` // of method, path and parameters
	Request     string    `json:"request"`
	At          time.Time `json:"at"`
	Reply       reply     `json:"reply"`
}

// seed makes names; they are this process's own.
var seed = maphash.MakeSeed()

// name stands for an id, a key, or a pair of metadata. What is read by it is held against what it was asked for.
func name(of ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, part := range of {
		_, _ = h.WriteString(part) // it never fails
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

func newBook() *book {
	return &book{
		intents: index{at: map[uint64]int64{}}, refunds: index{at: map[uint64]int64{}}, tagged: map[uint64][]uint64{},
		answers: map[uint64]kept{}, pending: map[string]event{},
	}
}

// put notes where something is shown, and tells whether it is new.
func (i *index) put(name uint64, at int64) (fresh bool) {
	if _, known := i.at[name]; !known {
		i.order, fresh = append(i.order, name), true
	}
	i.at[name] = at
	return fresh
}

// apply takes an entry that begins there.
func (b *book) apply(e entry, at int64) {
	if e.Intent != nil {
		id := name(e.Intent.Shown.ID)
		if b.intents.put(id, at) {
			for key, value := range e.Intent.Shown.Metadata {
				b.tagged[name(key, value)] = append(b.tagged[name(key, value)], id)
			}
		}
	}
	if e.Refund != nil {
		b.refunds.put(name(e.Refund.ID), at)
	}
	if e.Answer != nil {
		b.answers[name(e.Answer.Key)] = kept{at, e.Answer.At.UnixNano()}
	}
	for _, ev := range e.Events {
		b.pending[ev.ID] = ev
	}
	delete(b.pending, e.Delivered)
	if e.At.Sub(b.pruned) > time.Hour {
		b.forgetAnswersBefore(e.At.Add(-answersKept))
		b.pruned = e.At
	}
}

func (b *book) forgetAnswersBefore(t time.Time) {
	maps.DeleteFunc(b.answers, func(_ uint64, a kept) bool { return a.since < t.UnixNano() })
}

// intent returns a copy that may be changed freely.
func (b *book) intent(id string) (intent, *apiError) {
	in, err := b.intentNamed(name(id))
	if err != nil {
		return intent{}, err
	}
	if in.Shown.ID != id {
		return intent{}, missing(http.StatusNotFound, "intent", "payment_intent", id)
	}
	return in, nil
}

// intentNamed is the intent of that name; the empty one when there is none.
func (b *book) intentNamed(n uint64) (intent, *apiError) {
	at, known := b.intents.at[n]
	if !known {
		return intent{}, nil
	}
	e, err := b.read(at)
	if err != nil {
		return intent{}, failed()
	}
	in := *e.Intent
	in.Shown.Metadata = maps.Clone(in.Shown.Metadata)
	return in, nil
}

// refund is the refund of that name; the empty one when there is none.
func (b *book) refund(n uint64) (refund, *apiError) {
	at, known := b.refunds.at[n]
	if !known {
		return refund{}, nil
	}
	e, err := b.read(at)
	if err != nil {
		return refund{}, failed()
	}
	return *e.Refund, nil
}

// answered is what a key has got since then; nil when it has got nothing.
func (b *book) answered(key string, since time.Time) (*answer, *apiError) {
	a, known := b.answers[name(key)]
	if !known || a.since < since.UnixNano() {
		return nil, nil
	}
	e, err := b.read(a.at)
	if err != nil {
		return nil, failed()
	}
	if e.Answer.Key != key {
		return nil, nil
	}
	return e.Answer, nil
}

// shown is the intents of these names that are wanted, the newest first.
func (b *book) shown(names []uint64, wanted func(paymentIntent) bool) iter.Seq2[paymentIntent, *apiError] {
	return func(yield func(paymentIntent, *apiError) bool) {
		for _, n := range slices.Backward(names) {
			in, err := b.intentNamed(n)
			if (err != nil || wanted(in.Shown)) && !yield(in.Shown, err) {
				return
			}
		}
	}
}

// undelivered lists the pending events, oldest first.
func (b *book) undelivered() []event {
	var evs []event
	for _, ev := range b.pending {
		evs = append(evs, ev)
	}
	slices.SortFunc(evs, func(x, y event) int { return cmp.Or(cmp.Compare(x.Created, y.Created), cmp.Compare(x.ID, y.ID)) })
	return evs
}
