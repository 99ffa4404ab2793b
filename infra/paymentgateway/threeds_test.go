package paymentgateway

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChallenge(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ token, outcome, status, code, event, back string }{
		"complete": {"pm_card_authenticationRequired", "complete", requiresCapture, "", "payment_intent.amount_capturable_updated", "succeeded"},
		"fail":     {"pm_card_threeDSecure2Required", "fail", requiresMethod, "payment_intent_authentication_failure", "payment_intent.payment_failed", "failed"},
		"complete, then declined": {
			"pm_card_threeDSecureRequiredChargeDeclined", "complete", requiresMethod, "card_declined", "payment_intent.payment_failed", "failed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rc := newReceiver(t, 0)
			b := setup(t, rc.hook, func(cfg *Config) { cfg.WebhookEvents, cfg.Shop = []string{c.event}, "Tea & Co" })
			in := b.pay(c.token, "").object
			page := strings.TrimPrefix(in.NextAction.Redirect.URL, b.url)
			if shown := b.get(page); shown.status != 200 || !containsAll(shown.body, "Confirm your payment", "€12.50", "<dd>Tea &amp; Co</dd>", tokens[c.token].last+"</dd>", `value="complete"`, `value="fail"`) {
				t.Errorf("%d %s", shown.status, shown.body)
			}
			if odd := b.must(page, "", "outcome", "other"); odd.status != 400 {
				t.Errorf("%d", odd.status)
			}
			if back := b.must(page, "", "outcome", c.outcome); back.status != http.StatusSeeOther ||
				!strings.HasPrefix(back.location, "https://shop.example/back?") || !strings.Contains(back.location, "redirect_status="+c.back) {
				t.Errorf("%d to %q: %s", back.status, back.location, back.body)
			}
			after := b.get("/v1/payment_intents/" + in.ID).object
			code := ""
			if after.Last != nil {
				code = after.Last.Code
			}
			if d := cmp.Diff([]string{c.status, c.code}, []string{after.Status, code}); d != "" {
				t.Error(d)
			}
			rc.waitFor(t, c.event)
			if twice := b.must(page, "", "outcome", "complete"); twice.status != 400 || !containsAll(twice.body, "<h1>The payment ", "https://shop.example/back?", "Back to the shop") {
				t.Errorf("answered twice: %d %s", twice.status, twice.body)
			}
			shown := b.get(page).body
			if strings.Contains(shown, `value="complete"`) || !containsAll(shown, "https://shop.example/back?", "redirect_status="+c.back, "Back to the shop") {
				t.Errorf("the page still asks, or does not lead back: %s", shown)
			}
		})
	}
}

func containsAll(text string, wants ...string) bool {
	for _, want := range wants {
		if !strings.Contains(text, want) {
			return false
		}
	}
	return true
}

// Every card that asks for its holder says which one it is.
func TestChallengedCardsHaveNumbers(t *testing.T) {
	t.Parallel()
	for token, c := range tokens {
		if c.challenge != (len(c.last) == 4) {
			t.Errorf("%s ends in %q", token, c.last)
		}
	}
}

func TestChallengeAbandoned(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in := b.pay("pm_card_threeDSecure2Required", "").object
	b.must("/v1/payment_intents/"+in.ID+"/cancel", "")
	if late := b.must("/3ds/"+in.ID, "", "outcome", "complete"); late.status != 400 || !containsAll(late.body, "The payment was called off", "https://shop.example/back?", "Back to the shop") {
		t.Errorf("%d %s", late.status, late.body)
	}
	if s := b.Ledger().ByPayment["p1"]; s.Authorized != 0 {
		t.Errorf("%+v", s)
	}
	for _, none := range []got{b.get("/3ds/pi_unknown"), b.must("/3ds/pi_unknown", "", "outcome", "complete")} {
		if none.status != 404 || !containsAll(none.body, "There is no such payment", "Test Bank") || strings.Contains(none.body, "<dl>") {
			t.Errorf("%d %s", none.status, none.body)
		}
	}
}

func TestChallengeWithoutReturnURL(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in := b.pay("pm_card_threeDSecure2Required", "", "return_url", "").object
	if in.NextAction.Type != "use_stripe_sdk" {
		t.Errorf("%+v", in.NextAction)
	}
	if done := b.must("/3ds/"+in.ID, "", "outcome", "complete"); done.status != 200 || !strings.Contains(done.body, "The payment is confirmed") {
		t.Errorf("%d %s", done.status, done.body)
	}
}
