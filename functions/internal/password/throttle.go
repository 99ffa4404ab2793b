package password

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/onlinemart/mart/events"
)

// Throttle bounds how often somebody may guess: each key has a bucket of tries that fills again by the minute. It counts in this
// process only: n instances together allow n times as many.
type Throttle struct {
	burst float64
	now   func() time.Time

	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	tries float64
	at    time.Time
}

// maxBuckets bounds memory: about 10 MB.
const maxBuckets = 100_000

// NewThrottle allows perMinute tries a minute for each key, and as many at once.
func NewThrottle(perMinute int, now func() time.Time) *Throttle {
	return &Throttle{burst: float64(perMinute), now: now, buckets: map[string]bucket{}}
}

// Take takes a try. Error: 429, and when to come back.
func (t *Throttle) Take(key string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.filled(key)
	if b.tries < 1 {
		seconds := math.Ceil((1 - b.tries) * 60 / t.burst)
		return &TooMany{After: strconv.Itoa(int(seconds))}
	}
	b.tries--
	t.makeRoom()
	t.buckets[key] = b
	return nil
}

// GiveBack returns a try that was no guess: the password was right, or was never looked at.
func (t *Throttle) GiveBack(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.filled(key)
	if b.tries = min(b.tries+1, t.burst); b.tries == t.burst {
		delete(t.buckets, key)
		return
	}
	t.buckets[key] = b
}

func (t *Throttle) filled(key string) bucket {
	now := t.now()
	b, known := t.buckets[key]
	if !known {
		return bucket{tries: t.burst, at: now}
	}
	return bucket{tries: min(t.burst, b.tries+now.Sub(b.at).Minutes()*t.burst), at: now}
}

// makeRoom forgets those that would be full by now, then anybody.
func (t *Throttle) makeRoom() {
	if len(t.buckets) < maxBuckets {
		return
	}
	for key := range t.buckets {
		if t.filled(key).tries == t.burst {
			delete(t.buckets, key)
		}
	}
	for key := range t.buckets {
		if len(t.buckets) < maxBuckets*9/10 {
			return
		}
		delete(t.buckets, key)
	}
}

// TooMany means that somebody has tried too often.
type TooMany struct {
	After string // seconds
}

func (e *TooMany) Error() string { return "too many attempts" }

// RetryAfter is when to come back, in seconds.
func (e *TooMany) RetryAfter() string { return e.After }

// Unwrap is the problem the client sees.
func (e *TooMany) Unwrap() error {
	return &events.Problem{Status: http.StatusTooManyRequests, Code: "too_many_attempts", Detail: "Too many attempts. Try again in " + e.After + " s."}
}
