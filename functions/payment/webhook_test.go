package payment

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/recent"
	"github.com/onlinemart/mart/functions/internal/web"
)

// says is a provider whose every webhook tells this.
type says struct {
	Provider
	event WebhookEvent
}

func (s says) ParseWebhook(http.Header, []byte, time.Time) (WebhookEvent, error) { return s.event, nil }

// What db has told of a payment already, it is not asked again when the provider tells it, too.
func TestAWebhookTellsWhatDBHasTold(t *testing.T) {
	t.Parallel()
	type outcome struct{ questions, commands int64 }
	for name, c := range map[string]struct {
		heard  bool
		said   Status
		stored events.PaymentState
		want   outcome
	}{
		"authorised, as was heard":         {true, Authorized, events.PaymentState{}, outcome{0, 0}},
		"authorised, as db knows":          {false, Authorized, events.PaymentState{Authorized: 1250}, outcome{1, 0}},
		"authorised, which is new":         {false, Authorized, events.PaymentState{}, outcome{1, 1}},
		"declined after it was authorised": {true, Declined, events.PaymentState{Authorized: 1250}, outcome{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.stored.ID, c.stored.Version, c.stored.Amount = paymentID, 2, events.Money{Amount: 1250, Currency: "EUR"}
			heard, asked := recent.New[string, bool](2), atomic.Int64{}
			reaction := providerClient{authorized: heard}
			if c.heard {
				told := events.PaymentState{Meta: events.Meta{ID: paymentID}, Status: events.PaymentAuthStatus, Authorized: 1250, Step: events.VoidStep}
				if _, err := reaction.captureOnAuthorized(t.Context(), events.Received[events.PaymentState]{Data: told}, false); err != nil {
					t.Fatal(err)
				}
			}
			event := WebhookEvent{ID: "evt_1", PaymentID: paymentID, Relevant: true, Outcome: Outcome{Status: c.said, Amount: 1250, Currency: "EUR"}}
			s := functiontest.Start(t, events.Payment, func(api *web.API) { Routes(api, Ways{Provider: says{event: event}, Heard: heard}) }, functiontest.Script{
				Answers: map[string]func(functiontest.Query) (any, error){
					events.GetPayment.Type(): func(functiontest.Query) (any, error) { asked.Add(1); return &c.stored, nil },
				},
				Results: map[string]func(functiontest.Command) (events.Declared, any, error){
					events.RecordPayment.Type(): func(functiontest.Command) (events.Declared, any, error) {
						return events.PaymentUnchanged, &c.stored, nil
					},
				},
			})
			if a := s.Do(t, "", http.MethodPost, "/payments/webhooks/stripe", `{}`); a.StatusCode != http.StatusNoContent {
				t.Fatalf("%s %s", a.Status, a.Text)
			}
			s.Await(t, int(c.want.commands))
			if d := gocmp.Diff(c.want, outcome{asked.Load(), int64(len(s.Commands()))}, gocmp.AllowUnexported(outcome{})); d != "" {
				t.Error(d)
			}
		})
	}
}

// A provider's object may be large: the function takes what the document says, all of it.
func TestAWebhookMayBeLarge(t *testing.T) {
	t.Parallel()
	s := functiontest.Start(t, events.Payment, func(api *web.API) { Routes(api, Ways{Provider: says{}, Heard: recent.New[string, bool](1)}) }, functiontest.Script{})
	for size, want := range map[int]int{300 << 10: http.StatusNoContent, 1 << 20: http.StatusNoContent, 1<<20 + 1: http.StatusRequestEntityTooLarge} {
		if a := s.Do(t, "", http.MethodPost, "/payments/webhooks/stripe", `"`+strings.Repeat("x", size-2)+`"`); a.StatusCode != want {
			t.Errorf("%d bytes: %s %s", size, a.Status, a.Text)
		}
	}
	for size, want := range map[int]int{256 << 10: http.StatusUnprocessableEntity, 256<<10 + 1: http.StatusRequestEntityTooLarge} {
		a := s.Do(t, functiontest.Shopper, http.MethodPost, "/payments", `"`+strings.Repeat("x", size-2)+`"`, "Idempotency-Key", "1")
		if a.StatusCode != want {
			t.Errorf("any other of %d bytes: %s %s", size, a.Status, a.Text)
		}
	}
}
