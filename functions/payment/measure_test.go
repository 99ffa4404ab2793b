package payment

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

// answering is a provider that has one answer to all.
type answering struct {
	Provider
	o   Outcome
	err error
}

func (s answering) Authorize(context.Context, Authorization) (Outcome, error) { return s.o, s.err }
func (s answering) Capture(context.Context, Step) (Outcome, error)            { return s.o, s.err }
func (s answering) Cancel(context.Context, Step) (Outcome, error)             { return s.o, s.err }
func (s answering) Refund(context.Context, Refund) (Outcome, error)           { return s.o, s.err }
func (s answering) Find(context.Context, string) (Outcome, error)             { return s.o, s.err }
func (s answering) FindAuthorization(context.Context, Authorization) (Outcome, error) {
	return s.o, s.err
}
func (s answering) FindRefund(context.Context, Refund) (Outcome, error) { return s.o, s.err }

// Each call is measured once under its name, by what has come of it, and its answer is handed on as it is.
func TestCallsAreMeasured(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		gives   answering
		outcome string
	}{
		"an answer":            {answering{o: Outcome{Status: Declined, Ref: "pi_1"}}, "declined"},
		"none":                 {answering{err: fmt.Errorf("%w: timeout", ErrUnknown)}, "unknown"},
		"another amount":       {answering{o: Outcome{Status: Captured}, err: ErrAmountMismatch}, "mismatch"},
		"nothing of the kind":  {answering{err: ErrNotThere}, "not_there"},
		"the key":              {answering{err: ErrProviderKey}, "refused"},
		"the request":          {answering{err: ErrProviderRequest}, "refused"},
		"something of our own": {answering{err: errors.New("oops")}, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := prometheus.NewRegistry()
			p, err := measure(c.gives, r)
			if err != nil {
				t.Fatal(err)
			}
			ctx := t.Context()
			want := map[string]uint64{}
			for call, ask := range map[string]func() (Outcome, error){
				"authorize": func() (Outcome, error) { return p.Authorize(ctx, Authorization{}) }, "capture": func() (Outcome, error) { return p.Capture(ctx, Step{}) },
				"cancel": func() (Outcome, error) { return p.Cancel(ctx, Step{}) }, "refund": func() (Outcome, error) { return p.Refund(ctx, Refund{}) },
				"find": func() (Outcome, error) { return p.Find(ctx, "") }, "find_authorization": func() (Outcome, error) { return p.FindAuthorization(ctx, Authorization{}) },
				"find_refund": func() (Outcome, error) { return p.FindRefund(ctx, Refund{}) },
			} {
				if o, err := ask(); !cmp.Equal(o, c.gives.o) || !errors.Is(err, c.gives.err) {
					t.Errorf("%s: %+v, %v", call, o, err)
				}
				want[call+" "+c.outcome] = 1
			}
			if d := cmp.Diff(want, answered(t, r)); d != "" {
				t.Error(d)
			}
		})
	}
}

// answered is how many calls were measured, by call and outcome.
func answered(t *testing.T, r *prometheus.Registry) map[string]uint64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]uint64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if n := m.GetHistogram().GetSampleCount(); n > 0 {
				found[m.GetLabel()[0].GetValue()+" "+m.GetLabel()[1].GetValue()] = n
			}
		}
	}
	return found
}
