package knative

import (
	"fmt"

	"github.com/onlinemart/mart/events"
	"sigs.k8s.io/yaml"
)

// funcProject is a func.yaml that only deploys: the image is built once, at the root.
type funcProject struct {
	SpecVersion string     `json:"specVersion"`
	Name        string     `json:"name"`
	Runtime     string     `json:"runtime"`
	Image       string     `json:"image"`
	Namespace   string     `json:"namespace"`
	Created     string     `json:"created"`
	Invoke      string     `json:"invoke"`
	Run         funcRun    `json:"run"`
	Deploy      funcDeploy `json:"deploy"`
}

type funcRun struct {
	Envs []environment `json:"envs"`
}

type funcDeploy struct {
	Namespace          string            `json:"namespace"`
	Image              string            `json:"image"`
	Annotations        map[string]string `json:"annotations,omitempty"`
	ServiceAccountName string            `json:"serviceAccountName"`
	Labels             []funcLabel       `json:"labels"`
	HealthEndpoints    map[string]string `json:"healthEndpoints"`
	Options            funcOptions       `json:"options"`
}

type funcLabel struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type funcOptions struct {
	Scale     funcScale `json:"scale"`
	Resources resources `json:"resources"`
}

type funcScale struct {
	Min    int    `json:"min"`
	Max    int    `json:"max"`
	Metric string `json:"metric"`
	Target int    `json:"target"`
}

// funcYAML is the deploy-only project of one function.
func (c Cluster) funcYAML(f events.Function) ([]byte, error) {
	s, labels := sizes(f), []funcLabel{{partOf, "mart"}, {nameLabel, string(f)}}
	if f != events.Gateway {
		labels = append(labels, funcLabel{"networking.knative.dev/visibility", "cluster-local"})
	}
	text, err := yaml.Marshal(funcProject{
		SpecVersion: "0.36.0", Name: string(f), Runtime: "go", Image: Image, Namespace: c.Namespace,
		Created: "2026-01-01T00:00:00Z", Invoke: "http", Run: funcRun{c.funcEnvs(f)},
		Deploy: funcDeploy{
			Namespace: c.Namespace, Image: Image, ServiceAccountName: account(f), Labels: labels,
			HealthEndpoints: map[string]string{"liveness": "/health/liveness", "readiness": "/health/readiness"},
			Options: funcOptions{
				Scale:     funcScale{Min: s.minScale, Max: s.maxScale, Metric: "concurrency", Target: s.target},
				Resources: resources{Requests: map[string]string{"cpu": s.cpu, "memory": s.memory}, Limits: map[string]string{"memory": s.memoryLimit}},
			},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("write func.yaml of %s: %w", f, err)
	}
	return text, nil
}

// funcEnvs names secrets in func's own way; what is shared is written out, for func knows no kustomize.
func (c Cluster) funcEnvs(f events.Function) []environment {
	var all []environment
	for _, s := range c.settingsOf(f) {
		if s.absent {
			continue // func knows no Secret that may be absent
		}
		value := s.value
		switch {
		case s.secret != "":
			value = "{{ secret:" + s.secret + ":" + s.key + " }}"
		case s.shared != "":
			value = c.shared()[s.shared]
		}
		all = append(all, environment{Name: s.name, Value: value})
	}
	return all
}
