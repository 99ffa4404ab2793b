package payment

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestARefundIsFoundOnALaterPage: the provider has more refunds of the payment than one page shows.
func TestARefundIsFoundOnALaterPage(t *testing.T) {
	t.Parallel()
	var asked []string
	pages := map[string]string{
		"":     `{"has_more": true, "data": [{"id": "re_9", "metadata": {"refund_id": "r9"}}, {"id": "re_8", "metadata": {"refund_id": "r8"}}]}`,
		"re_8": `{"has_more": true, "data": [{"id": "re_1", "status": "succeeded", "amount": 300, "currency": "eur", "metadata": {"refund_id": "r1"}}]}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.RequestURI())
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"error": {"type": "api_error"}}`)
			return
		}
		_, _ = io.WriteString(w, pages[r.URL.Query().Get("starting_after")])
	}))
	t.Cleanup(server.Close)
	s := client(t, ProviderConfig{URL: server.URL, Key: "sk_test_mart", WebhookSecret: webhookSecret})
	o, err := s.Refund(t.Context(), Refund{"r1", "p1", "pi_1", 300, "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(Outcome{Status: Refunded, Ref: "re_1", Amount: 300, Currency: "EUR"}, o); d != "" {
		t.Error(d)
	}
	want := []string{"POST /v1/refunds", "GET /v1/refunds?limit=100&payment_intent=pi_1", "GET /v1/refunds?limit=100&starting_after=re_8&payment_intent=pi_1"}
	if d := cmp.Diff(want, asked); d != "" {
		t.Error(d)
	}
}

// A payment is looked for by the search, which lags, and then in the list of the last hour; where there is no search, in the list since it
// began.
func TestLookingForAPayment(t *testing.T) {
	t.Parallel()
	began := time.Now().Add(-48 * time.Hour)
	const refused = `{"error": {"type": "invalid_request_error", "message": "no search in this country"}}`
	for name, c := range map[string]struct {
		search, list string
		status       int
		since        time.Time // of the list; zero: it is not asked
		want         Outcome
		err          error
	}{
		"the search has it": {search: `{"data": [` + ourIntent + `]}`, want: Outcome{Status: Authorized, Ref: "pi_1", Amount: 1250, Currency: "EUR"}},
		"only the list has it": {
			search: `{"data": []}`, list: `{"data": [{"id": "pi_2", "metadata": {"payment_id": "p2"}}, ` + ourIntent + `]}`, since: time.Now().Add(-indexLag),
			want: Outcome{Status: Authorized, Ref: "pi_1", Amount: 1250, Currency: "EUR"},
		},
		"nobody has it":                     {search: `{"data": []}`, list: `{"data": []}`, since: time.Now().Add(-indexLag), err: ErrNotThere},
		"there is no search":                {status: 400, search: refused, list: `{"data": []}`, since: began.Add(-clockSlack), err: ErrNotThere},
		"the search is down":                {status: 503, search: `{"error": {"type": "api_error"}}`, err: ErrUnknown},
		"neither may be asked":              {status: 400, search: refused, list: refused, since: began.Add(-clockSlack), err: ErrUnknown},
		"it has another amount":             {search: `{"data": [` + strings.Replace(ourIntent, "1250", "1251", 2) + `]}`, err: ErrAmountMismatch, want: Outcome{Status: Authorized, Ref: "pi_1", Amount: 1251, Currency: "EUR"}},
		"nobody knows yet what comes of it": {search: `{"data": [{"id": "pi_1", "status": "processing"}]}`, err: ErrUnknown, want: Outcome{Ref: "pi_1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var since []time.Time
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, status := c.search, c.status
				if r.URL.Path == "/v1/payment_intents" {
					seconds, err := strconv.ParseInt(r.URL.Query().Get("created[gte]"), 10, 64)
					if err != nil || r.URL.Query().Has("created[lte]") {
						t.Errorf("%s: %v", r.URL, err)
					}
					since, body = append(since, time.Unix(seconds, 0)), c.list
					if body != refused {
						status = 0
					}
				}
				w.WriteHeader(max(status, 200))
				_, _ = io.WriteString(w, body)
			}))
			t.Cleanup(server.Close)
			s := client(t, ProviderConfig{URL: server.URL, Key: "sk_test_mart", WebhookSecret: webhookSecret})
			a := Authorization{PaymentID: "p1", Amount: 1250, Currency: "EUR", Began: began}
			o, err := s.FindAuthorization(t.Context(), a)
			if !errors.Is(err, c.err) || errors.Is(err, ErrProviderRequest) {
				t.Errorf("got %v, want %v", err, c.err)
			}
			if d := cmp.Diff(c.want, o); d != "" {
				t.Error(d)
			}
			if asked := len(since) > 0; asked != !c.since.IsZero() || asked && since[0].Sub(c.since).Abs() > time.Minute {
				t.Errorf("listed since %v, want %v", since, c.since)
			}
		})
	}
}

const ourIntent = `{"id": "pi_1", "status": "requires_capture", "amount": 1250, "amount_capturable": 1250, "currency": "eur", "metadata": {"payment_id": "p1"}}`
