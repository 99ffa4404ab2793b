package paymentgateway

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryTokenBehavesAsItsNameSays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	type seen struct {
		HTTP                  int
		Status, Code, Decline string
	}
	want := map[string]seen{}
	for token, c := range tokens {
		switch {
		case c.fault.Mode != "":
			continue // faults_test.go
		case c.challenge:
			want[token] = seen{200, requiresAction, "", ""}
		case c.decline != nil:
			want[token] = seen{402, requiresMethod, c.decline.code, c.decline.reason}
		default:
			want[token] = seen{200, requiresCapture, "", ""}
		}
	}
	// The published meaning, spelled out for those that the mart's own tests and docs name.
	for token, s := range map[string]seen{
		"pm_card_visa":                            {200, requiresCapture, "", ""},
		"pm_card_mastercard":                      {200, requiresCapture, "", ""},
		"pm_card_chargeDeclined":                  {402, requiresMethod, "card_declined", "generic_decline"},
		"pm_card_chargeDeclinedInsufficientFunds": {402, requiresMethod, "card_declined", "insufficient_funds"},
		"pm_card_chargeDeclinedLostCard":          {402, requiresMethod, "card_declined", "lost_card"},
		"pm_card_chargeDeclinedStolenCard":        {402, requiresMethod, "card_declined", "stolen_card"},
		"pm_card_chargeDeclinedExpiredCard":       {402, requiresMethod, "expired_card", ""},
		"pm_card_chargeDeclinedIncorrectCvc":      {402, requiresMethod, "incorrect_cvc", ""},
		"pm_card_chargeDeclinedProcessingError":   {402, requiresMethod, "processing_error", ""},
		"pm_card_authenticationRequired":          {200, requiresAction, "", ""},
		"pm_card_threeDSecure2Required":           {200, requiresAction, "", ""},
	} {
		want[token] = s
	}
	have := map[string]seen{}
	for token := range want {
		g := b.pay(token, "")
		s := seen{HTTP: g.status, Status: g.object.Status}
		if e := g.object.Error; e != nil {
			s = seen{g.status, e.Intent.Status, e.Code, e.DeclineCode}
		}
		have[token] = s
	}
	if d := cmp.Diff(want, have); d != "" {
		t.Error(d)
	}
}

func TestLifeOfAnIntent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in := b.pay("pm_card_visa", "k1").object
	part := b.must("/v1/payment_intents/"+in.ID+"/capture", "k2", "amount_to_capture", "1000")
	back := b.must("/v1/refunds", "k3", "payment_intent", in.ID, "amount", "300", "metadata[refund_id]", "r1")
	tooMuch := b.must("/v1/refunds", "k4", "payment_intent", in.ID, "amount", "701")
	again := b.must("/v1/payment_intents/"+in.ID+"/capture", "k5")
	late := b.must("/v1/payment_intents/"+in.ID+"/cancel", "k6")
	given := b.pay("pm_card_visa", "k7").object
	gone := b.must("/v1/payment_intents/"+given.ID+"/cancel", "k8", "cancellation_reason", "abandoned")

	have := []any{
		part.object.Status, part.object.Received, back.object.Status, back.object.Amount, tooMuch.status, tooMuch.object.Error.Param,
		again.status, again.object.Error.Code, again.object.Error.Intent.Status, late.object.Error.Code, gone.object.Status,
	}
	want := []any{
		succeeded, int64(1000), succeeded, int64(300), 400, "amount",
		400, "payment_intent_unexpected_state", succeeded, "payment_intent_unexpected_state", canceled,
	}
	if d := cmp.Diff(want, have); d != "" {
		t.Error(d)
	}
	l := b.Ledger()
	wantSums := map[string]Sums{
		in.ID:    {Currency: "eur", Intents: 1, Authorized: 1250, Captured: 1000, Refunded: 300},
		given.ID: {Currency: "eur", Intents: 1, Authorized: 1250, Released: 1250},
	}
	if d := cmp.Diff(wantSums, l.ByIntent); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(Sums{Currency: "eur", Intents: 2, Authorized: 2500, Captured: 1000, Released: 1250, Refunded: 300}, l.ByPayment["p1"]); d != "" {
		t.Error(d)
	}
}

func TestCreateThenConfirm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in := b.must("/v1/payment_intents", "", "amount", "100", "currency", "USD", "capture_method", "manual").object
	bare := b.must("/v1/payment_intents/"+in.ID+"/confirm", "")
	declined := b.must("/v1/payment_intents/"+in.ID+"/confirm", "", "payment_method", "pm_card_chargeDeclined")
	paid := b.must("/v1/payment_intents/"+in.ID+"/confirm", "", "payment_method", "pm_card_visa")
	have := []any{in.Status, bare.status, declined.status, paid.object.Status, b.get("/v1/payment_intents/" + in.ID).object.Status}
	if d := cmp.Diff([]any{requiresMethod, 400, 402, requiresCapture, requiresCapture}, have); d != "" {
		t.Error(d)
	}
	if g := b.must("/v1/payment_intents", "", "amount", "100", "currency", "usd", "payment_method", "pm_card_visa", "confirm", "true"); g.object.Received != 100 {
		t.Errorf("automatic capture: %s", g.body)
	}
	off := b.pay("pm_card_authenticationRequired", "", "off_session", "true")
	if off.status != 402 || off.object.Error.Code != "authentication_required" {
		t.Errorf("off session: %s", off.body)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, c := range map[string]struct {
		path, param, code string
		status            int
		form              []string
	}{
		"unknown token":     {"/v1/payment_intents", "payment_method", "resource_missing", 400, wish("pm_card_nothing")},
		"no amount":         {"/v1/payment_intents", "amount", "parameter_missing", 400, []string{"currency", "eur"}},
		"amount of zero":    {"/v1/payment_intents", "amount", "parameter_invalid_integer", 400, wish("pm_card_visa", "amount", "0")},
		"amount in words":   {"/v1/payment_intents", "amount", "parameter_invalid_integer", 400, wish("pm_card_visa", "amount", "ten")},
		"amount too large":  {"/v1/payment_intents", "amount", "amount_too_large", 400, wish("pm_card_visa", "amount", "100000000")},
		"odd currency":      {"/v1/payment_intents", "currency", "", 400, wish("pm_card_visa", "currency", "euro")},
		"unknown parameter": {"/v1/payment_intents", "price", "parameter_unknown", 400, wish("pm_card_visa", "price", "1")},
		"unknown intent":    {"/v1/payment_intents/pi_x/capture", "intent", "resource_missing", 404, nil},
		"refund of nothing": {"/v1/refunds", "payment_intent", "resource_missing", 400, []string{"payment_intent", "pi_x"}},
		"a card number":     {"/v1/payment_intents", "payment_method", "", 400, wish("4242424242424242")},
		"in the metadata":   {"/v1/payment_intents", "metadata", "", 400, wish("pm_card_visa", "metadata[note]", "card 4242 4242 4242 4242, thanks")},
		"card with dashes":  {"/v1/payment_intents", "metadata", "", 400, wish("pm_card_visa", "metadata[note]", "3782-822463-10005")},
		"as a name":         {"/v1/payment_intents", "metadata", "", 400, wish("pm_card_visa", "metadata[5555555555554444]", "x")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, err := b.post(c.path, "key of "+name, c.form...)
			if err != nil {
				t.Fatal(err)
			}
			e := g.object.Error
			if d := cmp.Diff([]any{c.status, "invalid_request_error", c.param, c.code}, []any{g.status, e.Type, e.Param, e.Code}); d != "" {
				t.Error(d, g.body)
			}
			if strings.Contains(g.body, "4242") {
				t.Errorf("the card number comes back: %s", g.body)
			}
			if again, err := b.post(c.path, "key of "+name, c.form...); err != nil || again.replayed {
				t.Errorf("a refused request is no execution to replay: %v %v", again, err)
			}
		})
	}
}

func TestWhatIsNoCardNumber(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"4242424242424241", "01931d6e-4242-4242-8242-424242424242", "424242424242", "42424242424242424242", "pm_card_visa", "1732370000",
	} {
		if carriesCardNumber(s) {
			t.Errorf("%s is taken for a card number", s)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.Key = "sk_test_ours" })
	for key, want := range map[string]int{"": 401, "sk_test_mart": 401, "sk_live_ours": 401, "sk_test_ours": 404} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/v1/payment_intents/pi_x", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth(key, "")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("key %q: %d, want %d", key, res.StatusCode, want)
		}
	}
}

func TestFinding(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one := b.pay("pm_card_visa", "").object
	two := b.pay("pm_card_visa", "", "metadata[payment_id]", "p2").object
	b.must("/v1/payment_intents/"+two.ID+"/capture", "")
	back := b.must("/v1/refunds", "", "payment_intent", two.ID).object

	have := []any{
		b.get("/v1/payment_intents/search?query=" + "metadata%5B'payment_id'%5D:'p2'").object.Data,
		len(b.get("/v1/payment_intents?limit=1").object.Data),
		len(b.get("/v1/payment_intents").object.Data),
		b.get("/v1/refunds?payment_intent=" + two.ID).object.Data,
		len(b.get("/v1/refunds?payment_intent=" + one.ID).object.Data),
		b.get("/v1/refunds/" + back.ID).object.ID,
		b.get("/v1/nothing").status,
	}
	want := []any{[]apiObject{{two.ID}}, 1, 2, []apiObject{{back.ID}}, 0, back.ID, 404}
	if d := cmp.Diff(want, have); d != "" {
		t.Error(d)
	}
}
