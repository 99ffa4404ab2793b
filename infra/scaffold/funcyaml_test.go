package scaffold

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

// project is what func.yaml may say, member by member, as far as this project says any of it: an unknown member is an error
// here as it is in func's schema.
type project struct {
	SpecVersion string    `json:"specVersion"`
	Name        string    `json:"name"`
	Runtime     string    `json:"runtime"`
	Registry    string    `json:"registry,omitempty"`
	Image       string    `json:"image,omitempty"`
	Namespace   string    `json:"namespace,omitempty"`
	Created     time.Time `json:"created"`
	Invoke      string    `json:"invoke"`
	Build       struct {
		Builder   string        `json:"builder,omitempty"`
		BuildEnvs []environment `json:"buildEnvs,omitempty"`
	} `json:"build,omitempty"`
	Run struct {
		Envs []environment `json:"envs,omitempty"`
	} `json:"run,omitempty"`
	Deploy deployment `json:"deploy,omitempty"`
}

type environment struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type deployment struct {
	Namespace          string            `json:"namespace,omitempty"`
	Image              string            `json:"image,omitempty"`
	Annotations        map[string]string `json:"annotations,omitempty"`
	ServiceAccountName string            `json:"serviceAccountName,omitempty"`
	Labels             []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"labels,omitempty"`
	HealthEndpoints struct {
		Liveness  string `json:"liveness"`
		Readiness string `json:"readiness"`
	} `json:"healthEndpoints,omitempty"`
	Options struct {
		Scale struct {
			Min         int     `json:"min,omitempty"`
			Max         int     `json:"max,omitempty"`
			Metric      string  `json:"metric,omitempty"`
			Target      float64 `json:"target,omitempty"`
			Utilization float64 `json:"utilization,omitempty"`
		} `json:"scale,omitempty"`
		Resources struct {
			Requests struct {
				CPU    string `json:"cpu,omitempty"`
				Memory string `json:"memory,omitempty"`
			} `json:"requests,omitempty"`
			Limits struct {
				CPU         string `json:"cpu,omitempty"`
				Memory      string `json:"memory,omitempty"`
				Concurrency int    `json:"concurrency,omitempty"`
			} `json:"limits,omitempty"`
		} `json:"resources,omitempty"`
	} `json:"options,omitempty"`
}

var (
	projectName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	settingName = regexp.MustCompile(`^[-._a-zA-Z][-._a-zA-Z0-9]*$`)
	quantity    = regexp.MustCompile(`^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$`)
)

// func migrates a project that names an older specVersion, and refuses what it does not know.
const specVersion = "0.36.0"

func TestFuncYAML(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(root + "/infra/knative/functions/*/func.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, root+"/func.yaml") {
		for _, fault := range faults(t, file) {
			t.Errorf("%s: %s", file, fault)
		}
	}
}

func faults(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var p project
	if err := yaml.UnmarshalStrict(text, &p); err != nil {
		return []string{err.Error()}
	}
	return p.faults()
}

func (p project) faults() []string {
	resources := p.Deploy.Options.Resources
	var found []string
	for _, c := range []struct {
		ok  bool
		why string
	}{
		{p.SpecVersion == specVersion, "specVersion is not " + specVersion},
		{projectName.MatchString(p.Name), "name is not a service's name"},
		{p.Runtime == "go", "runtime is not go"},
		{p.Invoke == "http", "invoke is not http: one port takes requests and events"},
		{!p.Created.IsZero(), "created is missing: func takes it for no project"},
		{slices.Contains([]string{"", "pack", "s2i"}, p.Build.Builder), "build.builder is unknown"},
		{slices.Contains([]string{"", "concurrency", "rps"}, p.Deploy.Options.Scale.Metric), "scale.metric is unknown"},
		{p.Deploy.Options.Scale.Min >= 0 && p.Deploy.Options.Scale.Max >= p.Deploy.Options.Scale.Min, "scale.max is below scale.min"},
		{amount(resources.Requests.CPU, resources.Requests.Memory, resources.Limits.CPU, resources.Limits.Memory), "a resource is no quantity"},
		{named(slices.Concat(p.Build.BuildEnvs, p.Run.Envs)), "a setting has a bad name"},
		{strings.HasPrefix(p.Deploy.HealthEndpoints.Readiness, "/health/"), "deploy.healthEndpoints are not func-go's"},
	} {
		if !c.ok {
			found = append(found, c.why)
		}
	}
	return found
}

func amount(quantities ...string) bool {
	return !slices.ContainsFunc(quantities, func(q string) bool { return q != "" && !quantity.MatchString(q) })
}

func named(settings []environment) bool {
	return !slices.ContainsFunc(settings, func(e environment) bool { return !settingName.MatchString(e.Name) })
}
