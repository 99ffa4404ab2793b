package inbox

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	batch       prometheus.Histogram
	took        prometheus.Histogram
	outcomes    *prometheus.CounterVec
	unpublished prometheus.Gauge
	overdue     prometheus.Gauge
	swept       prometheus.Counter
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		batch:       prometheus.NewHistogram(prometheus.HistogramOpts{Name: "mart_db_batch_commands", Help: "Commands that shared one transaction.", Buckets: prometheus.ExponentialBuckets(1, 2, 8)}),
		took:        prometheus.NewHistogram(prometheus.HistogramOpts{Name: "mart_db_transaction_seconds", Help: "From the connection to the commit.", Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14)}),
		outcomes:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mart_db_outcomes_total", Help: "Commands decided, by noun and by whether they were new."}, []string{"noun", "new"}),
		unpublished: prometheus.NewGauge(prometheus.GaugeOpts{Name: "mart_db_unpublished_seconds", Help: "Age of the oldest result that Kafka is not known to have."}),
		overdue:     prometheus.NewGauge(prometheus.GaugeOpts{Name: "mart_db_overdue_seconds", Help: "How long ago the oldest deadline that was not emitted has passed."}),
		swept:       prometheus.NewCounter(prometheus.CounterOpts{Name: "mart_db_swept_total", Help: "Commands whose results the sweep had to publish."}),
	}
	var errs []error
	for _, c := range []prometheus.Collector{m.batch, m.took, m.outcomes, m.unpublished, m.overdue, m.swept} {
		errs = append(errs, r.Register(c))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	return m, nil
}

func (m *metrics) committed(jobs []*job, took time.Duration) {
	m.batch.Observe(float64(len(jobs)))
	m.took.Observe(took.Seconds())
	for _, j := range jobs {
		fresh := "false"
		if j.fresh {
			fresh = "true"
		}
		m.outcomes.WithLabelValues(j.noun, fresh).Inc()
	}
}
