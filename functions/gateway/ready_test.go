package gateway_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/onlinemart/mart/functions/gateway"
)

// The gateway is ready when every function has been ready once, and stays so when one is away later.
func TestReadyWhenTheFunctionsAre(t *testing.T) {
	t.Parallel()
	var orders atomic.Int32 // the status that order answers with
	orders.Store(http.StatusServiceUnavailable)
	others := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/health/readiness" {
			t.Errorf("it is asked for %s", r.URL.Path)
		}
	}))
	t.Cleanup(others.Close)
	order := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(orders.Load())) }))
	t.Cleanup(order.Close)
	f := gateway.New()
	if err := f.Start(t.Context(), map[string]string{"GATEWAY_UPSTREAM": others.URL, "ORDER_URL": order.URL, "LOG_LEVEL": "error"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
	ready := func() (bool, error) { return f.Ready(t.Context()) }
	if ok, err := ready(); ok || err == nil || !strings.Contains(err.Error(), "order is not ready") {
		t.Errorf("while order starts: %v, %v", ok, err)
	}
	orders.Store(http.StatusOK)
	if ok, err := ready(); !ok || err != nil {
		t.Errorf("when all are there: %v, %v", ok, err)
	}
	order.Close()
	if ok, err := ready(); !ok || err != nil {
		t.Errorf("when one has gone since: %v, %v", ok, err)
	}
}
