package observability

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/onlinemart/mart/infra/laptop"
)

// abroad is what others show: a Kafka exporter, and kube-state-metrics.
var abroad = map[string][]string{
	"kafka_consumergroup_lag":                     {"consumergroup"},
	"kafka_topic_partition_current_offset":        {"topic"},
	"kube_deployment_status_replicas_unavailable": {"namespace"},
}

// used is an expression, and where it stands.
type used struct{ where, expr string }

// expressions is all that rules and board ask.
func expressions(t *testing.T) (all []used) {
	t.Helper()
	for name, rule := range loaded(t) {
		all = append(all, used{name, rule.Expr})
	}
	text, err := os.ReadFile("board.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			all = append(all, used{p.Title, strings.ReplaceAll(target.Expr, "$__rate_interval", "5m")})
		}
	}
	if len(all) < 40 {
		t.Fatalf("only %d expressions were found", len(all))
	}
	return all
}

// shownSeries is a line of metrics: its name and its labels.
var shownSeries = regexp.MustCompile(`(?m)^([a-z_][a-z0-9_]*)(?:\{(.*)\})? `)

var labelName = regexp.MustCompile(`([a-z_]+)="`)

// shown is what a mart shows: the labels of each metric, under its name.
func shown(t *testing.T) map[string][]string {
	t.Helper()
	mart, err := laptop.Start(t.Context(), laptop.Config{Empty: true, LogLevel: "error", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := mart.Stop(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	client := &http.Client{Timeout: 30 * time.Second}
	res, err := client.Get(mart.MetricsURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, series := range shownSeries.FindAllStringSubmatch(string(text), -1) {
		for _, l := range labelName.FindAllStringSubmatch(series[2], -1) {
			if !slices.Contains(found[series[1]], l[1]) {
				found[series[1]] = append(found[series[1]], l[1])
			}
		}
		if found[series[1]] == nil {
			found[series[1]] = []string{}
		}
	}
	return found
}

// byScraping is the labels that a scrape adds.
var byScraping = []string{"function", "pod", "job", "instance"}

// No name of a metric or of a label is misspelt: what rules and board ask for is what a mart shows from its start on.
func TestEveryNameIsShown(t *testing.T) {
	t.Parallel()
	there, asked := shown(t), expressions(t)
	for name, labelled := range abroad {
		there[name] = labelled
	}
	for _, u := range asked {
		expr, err := parser.NewParser(parser.Options{}).ParseExpr(u.expr)
		if err != nil {
			t.Errorf("%s: %v", u.where, err)
			continue
		}
		mayGroup := slices.Clone(byScraping)
		parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
			selector, is := node.(*parser.VectorSelector)
			if !is {
				return nil
			}
			known, is := there[selector.Name]
			if !is {
				t.Errorf("%s asks for %s, which nobody shows", u.where, selector.Name)
			}
			for _, m := range selector.LabelMatchers {
				if m.Name != labels.MetricName && !slices.Contains(known, m.Name) && !slices.Contains(byScraping, m.Name) {
					t.Errorf("%s asks for %s by %s, which it does not have (it has %v)", u.where, selector.Name, m.Name, known)
				}
			}
			mayGroup = append(mayGroup, known...)
			return nil
		})
		for _, label := range grouping(expr) {
			if !slices.Contains(mayGroup, label) {
				t.Errorf("%s groups by %s, which nothing in it has (there are %v)", u.where, label, mayGroup)
			}
		}
	}
}

// grouping is all labels that an expression groups by.
func grouping(expr parser.Expr) (all []string) {
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if sum, is := node.(*parser.AggregateExpr); is {
			all = append(all, sum.Grouping...)
		}
		return nil
	})
	return all
}
