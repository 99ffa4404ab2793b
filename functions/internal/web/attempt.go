package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/onlinemart/mart/events"
)

// A refusal that says when the same may be done is no outcome to remember under an Idempotency-Key: whoever waits as long as it says, and repeats the
// request, is to get through. What was decided stays decided, so the repetition is a command of its own, another attempt, whose id follows from the
// first one's and its number. There is a next one only after the one before was refused so: of all that have one key at most one succeeds, whoever
// repeats at the same moment, and each is known again by its own id.

// attempt is the id of the nth attempt after the first.
func attempt(first string, n int) string {
	if n == 0 {
		return first
	}
	return events.DeriveID("attempt", first, strconv.Itoa(n))
}

// asksAgain is how long after it was decided a refused request may be made once more. It reports false for what is decided for good.
func asksAgain(s events.OperationState) (wait time.Duration, ok bool) {
	if p := s.Problem; p != nil && !s.CompletedAt.IsZero() && (p.RetryAfter > 0 || p.Status == http.StatusTooManyRequests) {
		return time.Duration(max(p.RetryAfter, 1)) * time.Second, true
	}
	return 0, false
}

// left is how much of that is left.
func left(s events.OperationState, now time.Time) (time.Duration, bool) {
	wait, ok := asksAgain(s)
	return wait - now.Sub(s.CompletedAt), ok
}

// stands tells whether an outcome is the answer still, and what it says of how long there is to wait.
func stands(s events.OperationState, now time.Time) (events.OperationState, bool) {
	rest, ok := left(s, now)
	if !ok {
		return s, true
	}
	if rest <= 0 {
		return s, false
	}
	if seconds := int((rest + time.Second - 1) / time.Second); seconds < s.Problem.RetryAfter {
		s.Problem = s.Problem.After(seconds)
	}
	return s, true
}

// lastAttempt is the last of a request's attempts that is decided, where the first one was refused long enough ago, and its number. As none is without
// the one before it, db is asked for a few of them alone, however many there are.
func (a *API) lastAttempt(ctx context.Context, first, fingerprint string, outcome events.OperationState) (last events.OperationState, n int, err error) {
	last = outcome
	look := func(at int) (decided bool) {
		var s events.OperationState
		if s, err = a.Caller().Before(ctx, attempt(first, at), fingerprint); err == nil && s.Decided() {
			last, n = s, at
			return true
		}
		return false
	}
	beyond := 1
	for look(beyond) {
		beyond *= 2
	}
	for err == nil && beyond-n > 1 {
		if middle := (n + beyond) / 2; !look(middle) {
			beyond = middle
		}
	}
	return last, n, err
}
