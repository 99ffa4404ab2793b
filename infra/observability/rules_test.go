package observability

import (
	"context"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/template"
	"go.yaml.in/yaml/v3"
)

// unitTests is a file of promtool test rules, as much of it as is used here.
type unitTests struct {
	RuleFiles          []string       `yaml:"rule_files"`
	EvaluationInterval model.Duration `yaml:"evaluation_interval"`
	Tests              []unitTest     `yaml:"tests"`
}

type unitTest struct {
	Name     string         `yaml:"name"`
	Interval model.Duration `yaml:"interval"`
	Series   []struct {
		Series string `yaml:"series"`
		Values string `yaml:"values"`
	} `yaml:"input_series"`
	Alerts []struct {
		At     model.Duration `yaml:"eval_time"`
		Name   string         `yaml:"alertname"`
		Raised []alert        `yaml:"exp_alerts"`
	} `yaml:"alert_rule_test"`
}

// alert is one that is raised, with what it says.
type alert struct {
	Labels      map[string]string `yaml:"exp_labels"`
	Annotations map[string]string `yaml:"exp_annotations"`
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// loaded is the rules, each by its alert, as Prometheus itself reads them.
func loaded(t *testing.T) map[string]rulefmt.Rule {
	t.Helper()
	groups, errs := rulefmt.ParseFile("rules.yaml", false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	for _, err := range errs {
		t.Fatal(err)
	}
	rules := map[string]rulefmt.Rule{}
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			rules[r.Alert] = r
		}
	}
	return rules
}

// Each alert is raised once by what it is about, with all that it says, and silent once beside what looks like it.
func TestEachAlertIsRaisedAndSilent(t *testing.T) {
	t.Parallel()
	var file unitTests
	read(t, "rules_test.yaml", &file)
	rules := loaded(t)
	raised, silent := map[string]bool{}, map[string]bool{}
	for _, u := range file.Tests {
		for _, a := range u.Alerts {
			if len(a.Raised) > 0 {
				raised[a.Name] = true
			} else {
				silent[a.Name] = true
			}
		}
	}
	all := slices.Sorted(maps.Keys(rules))
	for what, tested := range map[string]map[string]bool{"raised": raised, "silent": silent} {
		if d := cmp.Diff(all, slices.Sorted(maps.Keys(tested))); d != "" {
			t.Errorf("the alerts that are %s in rules_test.yaml (-rules +tests)\n%s", what, d)
		}
	}
	for _, u := range file.Tests {
		t.Run(u.Name, func(t *testing.T) {
			t.Parallel()
			u.run(t, rules, time.Duration(file.EvaluationInterval))
		})
	}
}

func (u unitTest) run(t *testing.T, rules map[string]rulefmt.Rule, every time.Duration) {
	var load strings.Builder
	load.WriteString("load " + u.Interval.String() + "\n")
	for _, s := range u.Series {
		load.WriteString("  " + s.Series + " " + s.Values + "\n")
	}
	data := promqltest.LoadedStorage(t, load.String())
	engine := promqltest.NewTestEngine(t, false, 5*time.Minute, 1_000_000)
	for _, a := range u.Alerts {
		rule, known := rules[a.Name]
		if !known {
			t.Fatalf("there is no alert %s", a.Name)
		}
		got := raisedAt(t, engine, data, rule, time.Duration(a.At), every)
		if d := cmp.Diff(append([]alert{}, a.Raised...), got); d != "" {
			t.Errorf("%s at %s (-want +got)\n%s", a.Name, a.At, d)
		}
	}
}

// raisedAt is what a rule raises at a moment: what its expression has found at every look for as long as the rule says.
func raisedAt(t *testing.T, engine *promql.Engine, data storage.Queryable, rule rulefmt.Rule, at, every time.Duration) []alert {
	t.Helper()
	since := map[string]time.Duration{}
	for now := time.Duration(0); now <= at; now += every {
		found := asked(t, engine, data, rule.Expr, now)
		seen := map[string]bool{}
		for _, s := range found {
			key := s.Metric.String()
			seen[key] = true
			if _, active := since[key]; !active {
				since[key] = now
			}
		}
		maps.DeleteFunc(since, func(key string, _ time.Duration) bool { return !seen[key] })
	}
	all := []alert{}
	for _, s := range asked(t, engine, data, rule.Expr, at) {
		if begun, active := since[s.Metric.String()]; active && at-begun >= time.Duration(rule.For) {
			all = append(all, said(t, rule, s))
		}
	}
	return all
}

func asked(t *testing.T, engine *promql.Engine, data storage.Queryable, expr string, at time.Duration) promql.Vector {
	t.Helper()
	query, err := engine.NewInstantQuery(t.Context(), data, nil, expr, time.UnixMilli(0).Add(at))
	if err != nil {
		t.Fatal(err)
	}
	defer query.Close()
	found, err := query.Exec(t.Context()).Vector()
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return slices.Clone(found)
}

// said is an alert as it is sent: with the labels of what was found and of the rule, and with its texts filled in.
func said(t *testing.T, rule rulefmt.Rule, s promql.Sample) alert {
	t.Helper()
	found := map[string]string{}
	s.Metric.Range(func(l labels.Label) {
		if l.Name != labels.MetricName {
			found[l.Name] = l.Value
		}
	})
	a := alert{Labels: maps.Clone(found), Annotations: map[string]string{}}
	maps.Copy(a.Labels, rule.Labels)
	for name, text := range rule.Annotations {
		text = "{{$labels := .Labels}}{{$value := .Value}}" + text
		filled, err := template.NewTemplateExpander(context.Background(), text, name, template.AlertTemplateData(found, nil, "", s), 0, nil, nil, nil).Expand()
		if err != nil {
			t.Fatal(err)
		}
		a.Annotations[name] = filled
	}
	return a
}

// Each alert leads to a section of operating.md, and each section about an alert has one.
func TestEachAlertHasItsSection(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../operating.md")
	if err != nil {
		t.Fatal(err)
	}
	var sections []string
	for line := range strings.Lines(string(text)) {
		if name, is := strings.CutPrefix(strings.TrimSpace(line), "### Mart"); is {
			sections = append(sections, "Mart"+name)
		}
	}
	slices.Sort(sections)
	rules := loaded(t)
	if d := cmp.Diff(slices.Sorted(maps.Keys(rules)), sections); d != "" {
		t.Errorf("alerts and sections (-rules +operating.md)\n%s", d)
	}
	for name, rule := range rules {
		want := "https://github.com/onlinemart/mart/blob/main/infra/operating.md#" + strings.ToLower(name)
		if got := rule.Annotations["runbook_url"]; got != want {
			t.Errorf("%s leads to %q, want %q", name, got, want)
		}
	}
}
