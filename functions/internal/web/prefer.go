package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// PreferInput is what a write's headers say: how long it waits for its outcome, and what makes a repetition of it known. Source: RFC 7240.
type PreferInput struct {
	Prefer string `header:"Prefer" doc:"respond-async, or wait=N seconds (at most 10). The default waits 3 s. Any other preference is ignored."`
	Key    string `header:"Idempotency-Key" maxLength:"255" doc:"Sent again with the same body, it gets the same answer; nothing is done twice. A refusal with Retry-After is no answer for good; sent again after so many seconds it is decided anew, under the same key, and before that the refusal says what is left of them. A key is remembered for 14 days (INBOX_HORIZON); after that it is a new one. Another body under the same key is refused (422) where there is an access token; without one it is another request, so that nobody finds a stranger's by guessing its key."`
}

// noteMissingKey notes that there is no Idempotency-Key where one is needed: whoever is told what is wrong with the rest is told that as well.
func noteMissingKey(c huma.Context, next func(huma.Context)) {
	if r := requestFrom(c.Context()); r.key == "" {
		r.secondary = append(r.secondary, ruleFault{Location: "header.Idempotency-Key", Message: "must be there: any text that is new for each thing you want done"})
	}
	next(c)
}

const (
	defaultWait = 3 * time.Second
	maxWait     = 10 * time.Second
)

// wait is how long, and what to say in Preference-Applied. A wish that is not understood counts as none.
func (w PreferInput) wait() (wait time.Duration, applied string) {
	wishes := preferences(w.Prefer)
	seconds, limited := wishes["wait"]
	n, err := strconv.ParseUint(seconds, 10, 32)
	if limited = limited && err == nil; limited {
		wait = min(time.Duration(n)*time.Second, maxWait)
		applied = "wait=" + strconv.Itoa(int(wait/time.Second))
	}
	if value, async := wishes["respond-async"]; async && value == "" {
		return wait, strings.TrimSuffix("respond-async, "+applied, ", ")
	}
	if !limited {
		return defaultWait, ""
	}
	return wait, applied
}

func (w PreferInput) preferInput() PreferInput { return w }

// preferences reads a Prefer header: names in any case, values bare or quoted, parameters left out; of a name that is there twice the
// first counts.
func preferences(header string) map[string]string {
	found := map[string]string{}
	for _, preference := range outsideQuotes(header, ',') {
		name, value, _ := strings.Cut(outsideQuotes(preference, ';')[0], "=")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if _, twice := found[name]; !twice {
			found[name] = strings.TrimSuffix(strings.TrimPrefix(value, `"`), `"`)
		}
	}
	return found
}

// outsideQuotes splits at a separator that is not part of a quoted text. There is one piece at least.
func outsideQuotes(text string, separator byte) []string {
	var pieces []string
	begin, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quoted:
			i++
		case text[i] == '"':
			quoted = !quoted
		case text[i] == separator && !quoted:
			pieces, begin = append(pieces, text[begin:i]), i+1
		}
	}
	return append(pieces, text[begin:])
}

// previousOutcome is what became of the same request when it was made before: nothing where it has no Idempotency-Key, or was refused and may be tried
// again by now. It is for those that may end without a command of their own. Error: the key was used for another request.
func (a *API) previousOutcome(ctx context.Context) (events.OperationState, error) {
	r := requestFrom(ctx)
	first := events.DeriveID(r.keyScope()...)
	state, err := a.Caller().Before(ctx, first, r.fingerprint)
	if err != nil {
		return state, keyReused(err)
	}
	state, answers := stands(state, time.Now())
	if answers {
		return state, nil
	}
	if state, _, err = a.lastAttempt(ctx, first, r.fingerprint, state); err != nil {
		return state, keyReused(err)
	}
	if state, answers = stands(state, time.Now()); !answers {
		return events.OperationState{}, nil
	}
	return state, nil
}

// keyReused is err as it is told to whoever uses an Idempotency-Key again.
func keyReused(err error) error {
	if !errors.Is(err, bus.ErrIDReused) {
		return err
	}
	return &events.Problem{Status: http.StatusUnprocessableEntity, Code: "idempotency_key_reused", Detail: "This Idempotency-Key was used for another request. Use a new one for each thing you want done."}
}
