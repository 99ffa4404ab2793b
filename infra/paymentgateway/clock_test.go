package paymentgateway

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// advance moves the gateway's time on, as a test does that has only its address.
func (b bench) advance(by string, want int) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"/test/clock", strings.NewReader(fmt.Sprintf(`{"advance": %q}`, by)))
	if err != nil {
		b.t.Fatal(err)
	}
	if g, err := b.do(r); err != nil || g.status != want {
		b.t.Fatalf("%s: %d %s, %v", by, g.status, g.body, err)
	}
}

func TestKeysAreForgottenByTheGatewaysOwnTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.pay("pm_card_visa", "k").object.ID
	b.advance("23h59m", http.StatusNoContent)
	if again := b.pay("pm_card_visa", "k"); !again.replayed || again.object.ID != first {
		t.Errorf("within the day: %+v", again)
	}
	b.advance("2m", http.StatusNoContent)
	second := b.pay("pm_card_visa", "k")
	if second.replayed || second.object.ID == first {
		t.Errorf("after the day: %+v", second)
	}
	if s := b.Ledger().ByPayment["p1"]; s.Intents != 2 || s.Authorized != 2500 {
		t.Errorf("a key that is forgotten charges again, as at Stripe; got %+v", s)
	}
	for _, bad := range []string{"", "yesterday", "-1h", "0s"} {
		b.advance(bad, http.StatusBadRequest)
	}
}

func TestListsByTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	old := b.pay("pm_card_visa", "k1").object.ID
	at := time.Now().Unix()
	b.advance("2h", http.StatusNoContent)
	young := b.pay("pm_card_visa", "k2").object.ID
	for query, want := range map[string][]string{
		"":                                       {young, old},
		fmt.Sprintf("?created[gte]=%d", at+3600): {young},
		fmt.Sprintf("?created[lt]=%d", at+3600):  {old},
		fmt.Sprintf("?created[gt]=%d", at+3*3600):     nil,
		fmt.Sprintf("?created[lte]=%d&limit=1", at+9): {old},
	} {
		got := b.get("/v1/payment_intents" + query)
		var ids []string
		for _, o := range got.object.Data {
			ids = append(ids, o.ID)
		}
		if got.status != 200 || strings.Join(ids, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %d %v, want %v", query, got.status, ids, want)
		}
	}
	if got := b.get("/v1/payment_intents?created[gte]=noon"); got.status != 400 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestTheSearchLags(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.IndexLag = time.Minute })
	b.pay("pm_card_visa", "k1")
	const ours = "/v1/payment_intents/search?query=metadata['payment_id']:'p1'"
	if got := b.get(ours); got.status != 200 || len(got.object.Data) != 0 {
		t.Errorf("at once: %d %s", got.status, got.body)
	}
	if got := b.get("/v1/payment_intents"); len(got.object.Data) != 1 {
		t.Errorf("the list lags: %s", got.body)
	}
	b.advance("2m", http.StatusNoContent)
	if got := b.get(ours); len(got.object.Data) != 1 {
		t.Errorf("two minutes later: %d %s", got.status, got.body)
	}
}
