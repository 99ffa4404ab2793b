package notification

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// measure is send, of which it is told how long the mail server takes for a mail, and what it says.
func measure(send func(context.Context, mail) error, r prometheus.Registerer) (func(context.Context, mail) error, error) {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "mart_mail_server_seconds", Help: "Time that the mail server took for a mail, by outcome: taken, refused for good, or failed, which is tried again.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 4, 8},
	}, []string{"outcome"})
	if err := r.Register(seconds); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	for _, outcome := range []string{"taken", "refused", "failed"} {
		seconds.WithLabelValues(outcome)
	}
	return func(ctx context.Context, m mail) error {
		began := time.Now()
		err := send(ctx, m)
		outcome := "taken"
		if _, refused := errors.AsType[*refusedError](err); refused {
			outcome = "refused"
		} else if err != nil {
			outcome = "failed"
		}
		seconds.WithLabelValues(outcome).Observe(time.Since(began).Seconds())
		return err
	}, nil
}
