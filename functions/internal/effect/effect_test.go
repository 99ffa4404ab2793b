package effect

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sethvargo/go-envconfig"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	var s Settings
	if err := envconfig.ProcessWith(t.Context(), &envconfig.Config{Target: &s, Lookuper: envconfig.MapLookuper(nil)}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(Settings{LateAfter: time.Hour}, s); d != "" {
		t.Error(d)
	}
	for after, good := range map[time.Duration]bool{-time.Hour: false, 0: false, 1: true, time.Hour: true, 12 * time.Hour: true, 12*time.Hour + 1: false, 24 * time.Hour: false} {
		_, err := NewRule(Settings{LateAfter: after}, prometheus.NewRegistry())
		if (err == nil) != good || err != nil && !strings.Contains(err.Error(), "EVENT_LATE_AFTER") {
			t.Errorf("%s: %v", after, err)
		}
	}
}

// What is asked and done about an event of each age.
func TestOn(t *testing.T) {
	t.Parallel()
	now := time.Now()
	away := errors.New("away")
	for name, c := range map[string]struct {
		at, since time.Time // of the event; of the thing, if any
		open      bool
		err       error
		want      []string
		status    int
		late      string // what is counted
	}{
		"young":                       {at: now, want: []string{"do as said, late false"}, status: 202},
		"nearly old":                  {at: now.Add(-59 * time.Minute), want: []string{"do as said, late false"}, status: 202},
		"old and open":                {at: now.Add(-61 * time.Minute), open: true, want: []string{"now", "do as it is, late true"}, status: 202, late: "open"},
		"old and settled":             {at: now.Add(-61 * time.Minute), want: []string{"now"}, status: 202, late: "settled"},
		"of no time":                  {want: []string{"now"}, status: 202, late: "settled"},
		"from the future":             {at: now.Add(61 * time.Minute), want: []string{"now"}, status: 202, late: "settled"},
		"young, about what is young":  {at: now, since: now, want: []string{"do as said, late false"}, status: 202},
		"young, about what is old":    {at: now, since: now.Add(-48 * time.Hour), open: true, want: []string{"now", "do as it is, late true"}, status: 202, late: "open"},
		"old, about what seems young": {at: now.Add(-48 * time.Hour), since: now, want: []string{"now"}, status: 202, late: "settled"},
		"old, and db is away":         {at: now.Add(-48 * time.Hour), err: away, want: []string{"now"}, status: http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			metrics := prometheus.NewRegistry()
			rule, err := NewRule(Settings{LateAfter: time.Hour}, metrics)
			if err != nil {
				t.Fatal(err)
			}
			var did []string
			x := Effect[events.PaymentState]{
				Now: func(_ context.Context, e events.Received[events.PaymentState]) (events.PaymentState, bool, error) {
					did = append(did, "now")
					e.Data.PaymentMethod = "as it is"
					return e.Data, c.open, c.err
				},
				Do: func(_ context.Context, e events.Received[events.PaymentState], late bool) ([]events.Outgoing, error) {
					did = append(did, "do "+e.Data.PaymentMethod+", late "+map[bool]string{true: "true", false: "false"}[late])
					return nil, nil
				},
			}
			if !c.since.IsZero() {
				x.Since = func(events.PaymentState) time.Time { return c.since }
			}
			others := events.Reactions{}
			for _, m := range []events.Message[events.PaymentState]{events.PaymentAuthorized, events.PaymentVoidRequested, events.PaymentDue} {
				others = append(others, On(rule, m, x))
			}
			port := functiontest.Receive(t, events.Payment, append(others, On(rule, events.PaymentStarted, x), On(rule, events.PaymentRefundRequested, Effect[events.RefundState]{})), func(...events.Outgoing) {})
			p := events.PaymentState{Meta: events.Meta{ID: "p1", Version: 1}, Amount: events.Money{Amount: 1, Currency: "EUR"}, PaymentMethod: "as said"}
			if status := port.Deliver(t, c.at, events.PaymentStarted.New("p1", p)); status != c.status {
				t.Errorf("answered %d, want %d; dead letters %v", status, c.status, port.Buried)
			}
			if d := cmp.Diff(c.want, did); d != "" {
				t.Error(d)
			}
			if got := counted(t, metrics); got != c.late {
				t.Errorf("counted as %q, want %q", got, c.late)
			}
		})
	}
}

// counted is the state of all late events that were counted; what is there at 0 was not.
func counted(t *testing.T, metrics *prometheus.Registry) string {
	t.Helper()
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var states []string
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "state" && m.GetCounter().GetValue() > 0 {
					states = append(states, l.GetValue())
				}
			}
		}
	}
	return strings.Join(states, " ")
}
