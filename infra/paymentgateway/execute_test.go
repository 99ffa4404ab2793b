package paymentgateway

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSameKeySameAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, token := range []string{"pm_card_visa", "pm_card_chargeDeclined", "pm_card_threeDSecure2Required"} {
		first := b.pay(token, "key of "+token)
		again := b.pay(token, "key of "+token)
		if d := cmp.Diff([]any{first.status, first.body, false, true}, []any{again.status, again.body, first.replayed, again.replayed}); d != "" {
			t.Errorf("%s: %s", token, d)
		}
	}
	if s := b.Ledger().ByPayment["p1"]; s.Authorized != 1250 {
		t.Errorf("charged %d", s.Authorized)
	}
}

func TestSameKeyOtherRequest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in := b.pay("pm_card_visa", "k").object
	for name, other := range map[string]got{
		"other amount": b.pay("pm_card_visa", "k", "amount", "1251"),
		"other path":   b.must("/v1/payment_intents/"+in.ID+"/capture", "k"),
	} {
		if other.status != 400 || other.object.Error.Type != "idempotency_error" || other.replayed {
			t.Errorf("%s: %d %s", name, other.status, other.body)
		}
	}
}

func TestSameKeyAtTheSameMoment(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fault(fault{On: opCreate, Mode: slow, DelayMS: 60_000})
	first := make(chan error, 1)
	go func() {
		_, err := b.post("/v1/payment_intents", "k", wish("pm_card_visa")...)
		first <- err
	}()
	eventually(t, "the first to run", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.inFlight["k"]
	})
	second := b.pay("pm_card_visa", "k")
	if second.status != 409 || second.object.Error.Code != "idempotency_key_in_use" {
		t.Errorf("%d %s", second.status, second.body)
	}
	b.end() // wakes the slow one
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	if third := b.pay("pm_card_visa", "k"); third.status != 200 || !third.replayed {
		t.Errorf("%d %s", third.status, third.body)
	}
}

func TestManyAtOnceChargeOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	answers := make([]got, 32)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i], _ = b.post("/v1/payment_intents", "k", wish("pm_card_visa")...) })
	}
	all.Wait()
	for _, a := range answers {
		if !slices.Contains([]int{200, 409}, a.status) {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if s := b.Ledger().ByPayment["p1"]; s.Intents != 1 || s.Authorized != 1250 {
		t.Errorf("%+v", s)
	}
}

func TestWithoutKeyEachIsItsOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if one, two := b.pay("pm_card_visa", ""), b.pay("pm_card_visa", ""); one.object.ID == two.object.ID {
		t.Errorf("both are %s", one.object.ID)
	}
}
