package payment

import (
	"log/slog"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/onlinemart/mart/infra/paymentgateway"
)

// BenchmarkCharge authorises and captures through HTTP and the gateway's synced ledger, 32 buyers at a time.
func BenchmarkCharge(b *testing.B) {
	g, err := paymentgateway.Open(paymentgateway.Config{DataDir: b.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(g)
	b.Cleanup(func() {
		server.Close()
		if err := g.Close(); err != nil {
			b.Error(err)
		}
	})
	s, err := NewStripe(ProviderConfig{URL: server.URL, Key: "sk_test_mart", WebhookSecret: webhookSecret})
	if err != nil {
		b.Fatal(err)
	}
	var payments atomic.Int64
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			id := "p" + strconv.FormatInt(payments.Add(1), 10)
			o, err := s.Authorize(b.Context(), Authorization{PaymentID: id, OrderID: "o", Amount: 1250, Currency: "EUR", Method: "pm_card_visa"})
			if err == nil {
				_, err = s.Capture(b.Context(), Step{PaymentID: id, Ref: o.Ref, Amount: 1250, Currency: "EUR"})
			}
			if err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "charges/s")
}
