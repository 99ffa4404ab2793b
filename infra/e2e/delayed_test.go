package e2e

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
)

// delayed stands in front of the functions' ports and lets deliveries of what payment tells db wait: they are late, and nothing is lost.
// Four of ten wait, and all that tell of an authorisation and did not come by webhook: the webhook overtakes them, the purchase comes
// to its end, and they arrive after it.
type delayed struct {
	t      *testing.T
	by     time.Duration
	mu     sync.Mutex
	random *rand.Rand
	made   atomic.Int64
}

func newDelayed(t *testing.T, by time.Duration) *delayed {
	t.Helper()
	return &delayed{t: t, by: by, random: rand.New(rand.NewPCG(5, 6))}
}

// deliver gives the address at which the function's events are to be posted.
func (d *delayed) deliver(_ events.Function, to string) string {
	return before(d.t, to, func(w http.ResponseWriter, r *http.Request, through http.Handler) {
		body, err := io.ReadAll(r.Body)
		if err = errors.Join(err, r.Body.Close()); err != nil {
			http.Error(w, "cut", http.StatusBadGateway)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if d.strikes(r.Header, body) {
			d.made.Add(1)
			select {
			case <-time.After(d.by): // this is the delay, not a wait for something
			case <-r.Context().Done():
			}
		}
		through.ServeHTTP(w, r)
	})
}

func (d *delayed) strikes(header http.Header, body []byte) bool {
	if header.Get("Ce-Type") != events.RecordPayment.Type() {
		return false
	}
	if header.Get("Ce-Causationid") != "" && bytes.Contains(body, []byte(`"step":"`+string(events.AuthorizeStep)+`"`)) {
		return true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.random.IntN(10) < 4
}
