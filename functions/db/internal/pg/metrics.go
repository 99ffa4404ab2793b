package pg

import (
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

// Measured is a pool of connections that says how it is used.
type Measured interface{ Stat() *pgxpool.Stat }

// poolCollector shows pools as they are when somebody looks.
type poolCollector struct{ pools map[string]Measured }

// NewPoolCollector shows how pools are used, each under its name.
func NewPoolCollector(pools map[string]Measured) prometheus.Collector { return poolCollector{pools} }

// What is shown of each pool.
var (
	poolConnections = poolFigure("connections", "Connections of the pool, by state: acquired, idle, or constructing.", "state")
	poolMost        = poolFigure("max_connections", "Connections that the pool may have.")
	poolAcquired    = poolFigure("acquires_total", "Connections that were taken out of the pool.")
	poolWaits       = poolFigure("waits_total", "Times that somebody had to wait, for a connection to come free or to be made.")
	poolWaited      = poolFigure("wait_seconds_total", "Time that was waited so.")
	poolCancelled   = poolFigure("cancelled_acquires_total", "Times that somebody has given up waiting.")
)

func poolFigure(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("mart_db_pool_"+name, help, append([]string{"pool"}, labels...), nil)
}

// Describe names what is shown.
func (c poolCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{poolConnections, poolMost, poolAcquired, poolWaits, poolWaited, poolCancelled} {
		to <- d
	}
}

// Collect looks.
func (c poolCollector) Collect(to chan<- prometheus.Metric) {
	for name, pool := range c.pools {
		s := pool.Stat()
		show := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(d, kind, value, append([]string{name}, labels...)...)
		}
		show(poolConnections, prometheus.GaugeValue, float64(s.AcquiredConns()), "acquired")
		show(poolConnections, prometheus.GaugeValue, float64(s.IdleConns()), "idle")
		show(poolConnections, prometheus.GaugeValue, float64(s.ConstructingConns()), "constructing")
		show(poolMost, prometheus.GaugeValue, float64(s.MaxConns()))
		show(poolAcquired, prometheus.CounterValue, float64(s.AcquireCount()))
		show(poolWaits, prometheus.CounterValue, float64(s.EmptyAcquireCount()))
		show(poolWaited, prometheus.CounterValue, s.EmptyAcquireWaitTime().Seconds())
		show(poolCancelled, prometheus.CounterValue, float64(s.CanceledAcquireCount()))
	}
}
