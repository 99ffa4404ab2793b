package auth

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// A log-in asks again what became of its session while db says that it is not decided, as long as the settings let it.
func TestToken_WaitsForItsSession(t *testing.T) {
	t.Parallel()
	s := setup(t, "SESSION_WAIT", "25s")
	pass := s.laggard(3)
	s.tokens(s.password("storefront", buyerEmail, secret))
	if asked := pass(); asked < 4 {
		t.Errorf("db was asked %d times", asked)
	}
}

func TestToken_DoesNotWaitForever(t *testing.T) {
	t.Parallel()
	s := setup(t, "SESSION_WAIT", "1ms")
	s.laggard(1 << 30)
	got := s.password("storefront", buyerEmail, secret)
	if diff := cmp.Diff(failure{http.StatusServiceUnavailable, unavailable}, failed(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// laggard stands before db and calls what is asked about a session undecided, so many times. What it gives tells how often it was asked.
func (s *theater) laggard(times int) (asked func() int) {
	s.t.Helper()
	db, err := url.Parse(s.URL())
	if err != nil {
		s.t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(db)
	var mu sync.Mutex
	count := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Ce-Type") != events.AwaitOperation.Type() {
			pass.ServeHTTP(w, r)
			return
		}
		mu.Lock()
		count++
		late := count <= times
		mu.Unlock()
		if !late {
			pass.ServeHTTP(w, r)
			return
		}
		raw, err := s.Keys.Encode(events.OperationState{Status: events.OperationPending})
		if err != nil {
			s.t.Error(err)
		}
		_, _ = w.Write(raw)
	}))
	s.t.Cleanup(server.Close)
	asker := bus.NewAsker(events.Auth, s.Keys, server.URL)
	s.t.Cleanup(asker.Close)
	s.runtime.Asker = asker
	return func() int { mu.Lock(); defer mu.Unlock(); return count }
}
