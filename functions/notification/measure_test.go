package notification

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

// Each mail that is given to the server is measured by what the server says, which is handed on.
func TestMailsAreMeasured(t *testing.T) {
	t.Parallel()
	r, refused, away := prometheus.NewRegistry(), &refusedError{"no such box"}, errors.New("away")
	answers := []error{nil, refused, away, nil}
	next := 0
	send, err := measure(func(context.Context, mail) error { next++; return answers[next-1] }, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range answers {
		if got := send(t.Context(), mail{}); !errors.Is(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, m := range families[0].GetMetric() {
		got[m.GetLabel()[0].GetValue()] = m.GetHistogram().GetSampleCount()
	}
	if d := cmp.Diff(map[string]uint64{"taken": 2, "refused": 1, "failed": 1}, got); d != "" {
		t.Error(d)
	}
}
