package payment

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

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
	want := []string{"POST /v1/refunds", "GET /v1/refunds?payment_intent=pi_1", "GET /v1/refunds?starting_after=re_8&payment_intent=pi_1"}
	if d := cmp.Diff(want, asked); d != "" {
		t.Error(d)
	}
}
