package paymentgateway

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// lost are the faults in which the caller gets no answer, and what is charged when it happened.
var lost = map[string]int64{cutBefore: 0, cutAfter: 1250, hangBefore: 0, hangAfter: 1250}

func TestLostAnswerThenOneCharge(t *testing.T) {
	t.Parallel()
	for mode, charged := range lost {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(c *Config) { c.HangFor = time.Millisecond })
			b.get("/v1/payment_intents") // opens a connection: on a used one, Go's client repeats what was cut in silence
			b.fault(fault{On: opCreate, Mode: mode})
			if g, err := b.post("/v1/payment_intents", "k", wish("pm_card_visa")...); err == nil {
				t.Fatalf("an answer: %s", g.body)
			}
			if got := b.Ledger().ByPayment["p1"].Authorized; got != charged {
				t.Errorf("charged %d while the answer was lost, want %d", got, charged)
			}
			again := b.pay("pm_card_visa", "k")
			if again.object.Status != requiresCapture || again.replayed != (charged > 0) {
				t.Errorf("replayed %t: %s", again.replayed, again.body)
			}
			if s := b.Ledger().ByPayment["p1"]; s.Authorized != 1250 || s.Intents != 1 {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestTokensThatLoseTheirAnswerOnce(t *testing.T) {
	t.Parallel()
	for token, c := range tokens {
		if _, loses := lost[c.fault.Mode]; !loses || c.fault.On != opCreate {
			continue
		}
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(c *Config) { c.HangFor = time.Millisecond })
			if _, err := b.post("/v1/payment_intents", "k", wish(token)...); err == nil {
				t.Fatal("an answer")
			}
			if again := b.pay(token, "k"); again.object.Status != requiresCapture {
				t.Error(again.body)
			}
			if s := b.Ledger().ByPayment["p1"]; s.Authorized != 1250 || s.Intents != 1 {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestErrorAfterChargingStaysWithItsKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fault(fault{On: opCreate, Mode: errorAfter})
	first, again := b.pay("pm_card_visa", "k"), b.pay("pm_card_visa", "k")
	if first.status != 500 || again.status != 500 || !again.replayed {
		t.Errorf("%d then %d, replayed %t", first.status, again.status, again.replayed)
	}
	found := b.get("/v1/payment_intents/search?query=metadata%5B'payment_id'%5D:'p1'").object.Data
	if s := b.Ledger().ByPayment["p1"]; len(found) != 1 || s.Authorized != 1250 {
		t.Errorf("found %v, %+v", found, s)
	}
}

func TestSlowChargesThoughTheCallerHasGone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fault(fault{On: opCreate, Mode: slow, DelayMS: 50})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/v1/payment_intents", strings.NewReader(values(wish("pm_card_visa")).Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer sk_test_mart")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Idempotency-Key", "k")
	var dialer net.Dialer
	caller, err := dialer.DialContext(t.Context(), "tcp", r.URL.Host)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Write(caller), caller.Close()); err != nil { // all of it is sent, and nobody waits for the answer
		t.Fatal(err)
	}
	eventually(t, "the charge", func() bool { return b.Ledger().ByPayment["p1"].Authorized == 1250 })
}

func TestOtherAmountIsInTheAnswerOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fault(fault{On: opAny, Mode: otherAmount, Times: 3})
	in := b.pay("pm_card_visa", "").object
	taken := b.must("/v1/payment_intents/"+in.ID+"/capture", "").object
	back := b.must("/v1/refunds", "", "payment_intent", in.ID).object
	if in.Amount != 1251 || taken.Received != 1251 || back.Amount != 1251 {
		t.Errorf("answers %d, %d, %d", in.Amount, taken.Received, back.Amount)
	}
	want := Sums{Currency: "eur", Intents: 1, Authorized: 1250, Captured: 1250, Refunded: 1250}
	if s := b.Ledger().ByIntent[in.ID]; s != want {
		t.Errorf("%+v", s)
	}
}

func TestFaultsAreCounted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fault(fault{On: opCreate, Mode: errorAfter, Times: 2, Every: 3})
	var statuses []int
	for range 10 {
		statuses = append(statuses, b.pay("pm_card_visa", "").status)
	}
	for i, s := range statuses {
		if want := map[bool]int{true: 500, false: 200}[i == 2 || i == 5]; s != want {
			t.Errorf("call %d: %d, want %d", i+1, s, want)
		}
	}
	if shown := b.get("/test/faults").body; !strings.Contains(shown, `"fired":2`) {
		t.Error(shown)
	}
	if bad := b.must("/test/faults", "", "on", "create"); bad.status != 400 {
		t.Errorf("%d %s", bad.status, bad.body)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, b.url+"/test/faults", nil)
	if err != nil {
		t.Fatal(err)
	}
	if g, err := b.do(r); err != nil || g.status != http.StatusNoContent {
		t.Fatal(g, err)
	}
	if shown := b.get("/test/faults").body; strings.Contains(shown, "fired") {
		t.Error(shown)
	}
}
