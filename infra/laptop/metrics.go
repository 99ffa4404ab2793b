package laptop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"golang.org/x/sync/errgroup"

	"github.com/onlinemart/mart/events"
)

// scrapeWithin bounds how long one function may take to show its metrics.
const scrapeWithin = 3 * time.Second

// functionLabel says of each metric whose it is. One that says so by itself, as the gateway's of requests does, keeps its own word.
const functionLabel = "function"

// tokenSetting is what the gateway is told to show its metrics for.
const tokenSetting = "METRICS_TOKEN"

// startMetrics serves, at one address, what all functions show at their own, each with its name; and, once, what there is to say of the process that they
// share.
func (m *Mart) startMetrics(ctx context.Context) (end func(context.Context) error, err error) {
	own := prometheus.NewRegistry()
	if m.oneProcess {
		whole := prometheus.WrapRegistererWith(prometheus.Labels{functionLabel: "mart"}, own)
		if err := errors.Join(whole.Register(collectors.NewGoCollector()), whole.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))); err != nil {
			return nil, fmt.Errorf("register metrics of the process: %w", err)
		}
	}
	all := http.NewServeMux()
	all.Handle("GET /metrics", promhttp.HandlerFor(prometheus.Gatherers{own, prometheus.GathererFunc(m.gather)}, promhttp.HandlerOpts{}))
	url, stop, err := serveUntilClosed(ctx, "--metrics", m.cfg.Metrics, all)
	m.MetricsURL = url + "/metrics"
	return stop, err
}

// gather asks every function for its metrics. One that does not answer is said to be down, and is no error.
func (m *Mart) gather() ([]*dto.MetricFamily, error) {
	answers := make([]map[string]*dto.MetricFamily, len(events.Functions()))
	var asked errgroup.Group
	for i, f := range events.Functions() {
		asked.Go(func() error {
			found, err := m.scrape(f)
			if err != nil {
				m.cfg.Log.Debug("a function shows no metrics", "function", f, "reason", err)
			}
			answers[i] = found
			return nil
		})
	}
	if err := asked.Wait(); err != nil {
		return nil, err
	}
	families := map[string]*dto.MetricFamily{upName: {Name: new(upName), Help: new("Whether a function shows its metrics."), Type: dto.MetricType_GAUGE.Enum()}}
	for i, f := range events.Functions() {
		m.addMetrics(families, f, answers[i])
	}
	return slices.SortedFunc(maps.Values(families), func(a, b *dto.MetricFamily) int { return cmp.Compare(a.GetName(), b.GetName()) }), nil
}

const upName = "mart_function_up"

// addMetrics adds what a function has shown to what others have, under its name.
func (m *Mart) addMetrics(families map[string]*dto.MetricFamily, f events.Function, shown map[string]*dto.MetricFamily) {
	up := 0.0
	if shown != nil {
		up = 1
	}
	families[upName].Metric = append(families[upName].Metric, &dto.Metric{Label: labelled(nil, f), Gauge: &dto.Gauge{Value: &up}})
	for name, family := range shown {
		if m.oneProcess && ofProcess(name) {
			continue
		}
		for _, metric := range family.Metric {
			metric.Label = labelled(metric.Label, f)
		}
		if there := families[name]; there != nil {
			there.Metric = append(there.Metric, family.Metric...)
		} else {
			families[name] = family
		}
	}
}

// ofProcess tells what is said of a process from what is said of a function.
func ofProcess(name string) bool {
	return strings.HasPrefix(name, "go_") || strings.HasPrefix(name, "process_")
}

func labelled(labels []*dto.LabelPair, f events.Function) []*dto.LabelPair {
	if !slices.ContainsFunc(labels, func(l *dto.LabelPair) bool { return l.GetName() == functionLabel }) {
		labels = append(labels, &dto.LabelPair{Name: new(functionLabel), Value: new(string(f))})
	}
	slices.SortFunc(labels, func(a, b *dto.LabelPair) int { return cmp.Compare(a.GetName(), b.GetName()) })
	return labels
}

// scrape asks a function as a Prometheus would. The gateway wants a token, which nobody but this process knows.
func (m *Mart) scrape(f events.Function) (map[string]*dto.MetricFamily, error) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.functions[f].url+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	format := expfmt.NewFormat(expfmt.TypeProtoDelim)
	req.Header.Set("Accept", string(format))
	if f == events.Gateway {
		req.Header.Set("Authorization", "Bearer "+cmp.Or(m.cfg.Settings[f][tokenSetting], m.cfg.Env[tokenSetting], m.scrapers))
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req) // nothing is left open when the mart stops
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }() // it has been read
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", f, res.Status)
	}
	families, decoder := map[string]*dto.MetricFamily{}, expfmt.NewDecoder(res.Body, expfmt.ResponseFormat(res.Header))
	for {
		var family dto.MetricFamily
		switch err := decoder.Decode(&family); {
		case errors.Is(err, io.EOF):
			return families, nil
		case err != nil:
			return nil, fmt.Errorf("read the metrics of %s: %w", f, err)
		}
		families[family.GetName()] = &family
	}
}
