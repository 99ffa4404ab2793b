package knative

import (
	"strconv"
	"strings"

	"github.com/onlinemart/mart/events"
)

// Image is the one image of all functions; kustomize puts a registry and a tag in its place.
const Image = "mart"

// ToolsImage holds the topics job, and for laptops what stands in for others.
const ToolsImage = "mart-tools"

// longestSeconds is what Serving allows a request, and a pod to end in: the queue drains 30 s before it, and no request of ours
// takes longer than 25 s.
const longestSeconds = 60

// migrates is how long a revision of db may take to get ready. Of one that is not ready within Serving's ten minutes the pod is taken away, and with it
// a migration that carries many rows over, which would then begin again for ever.
const migrates = "3600s"

// size is how much of a cluster a function takes.
type size struct {
	minScale, maxScale int
	target             int    // requests at once per pod before another is added
	cpu, memory        string // requested; there is no CPU limit, which would only delay the slowest requests
	memoryLimit        string
	softMemory         string // of the Go runtime, below the limit
}

var usual = size{maxScale: 10, target: 100, cpu: "50m", memory: "48Mi", memoryLimit: "192Mi", softMemory: "160MiB"}

// special is who differs: db, order and payment are on the way of every purchase and are kept warm; auth hashes passwords.
var special = map[events.Function]size{
	events.DB:      {minScale: 1, maxScale: 4, target: 200, cpu: "250m", memory: "128Mi", memoryLimit: "384Mi", softMemory: "320MiB"},
	events.Order:   {minScale: 1, maxScale: 10, target: 100, cpu: "50m", memory: "48Mi", memoryLimit: "192Mi", softMemory: "160MiB"},
	events.Payment: {minScale: 1, maxScale: 10, target: 100, cpu: "50m", memory: "48Mi", memoryLimit: "192Mi", softMemory: "160MiB"},
	events.Auth:    {maxScale: 10, target: 20, cpu: "100m", memory: "96Mi", memoryLimit: "320Mi", softMemory: "256MiB"},
}

func sizes(f events.Function) size {
	if s, ok := special[f]; ok {
		return s
	}
	return usual
}

type serviceSpec struct {
	Template podTemplate `json:"template"`
}

// services is one Knative Service for each function and the gateway.
func (c Cluster) services() []object {
	var all []object
	for _, f := range events.Functions() {
		all = append(all, c.service(f))
	}
	return all
}

func (c Cluster) service(f events.Function) object {
	s, meta := sizes(f), c.labelled(f)
	template := metadata{Labels: c.labelled(f).Labels, Annotations: map[string]string{
		"autoscaling.knative.dev/min-scale": strconv.Itoa(s.minScale), "autoscaling.knative.dev/max-scale": strconv.Itoa(s.maxScale),
		"autoscaling.knative.dev/target": strconv.Itoa(s.target),
	}}
	if f == events.DB {
		template.Annotations["serving.knative.dev/progress-deadline"] = migrates
	}
	if f != events.Gateway {
		meta.Labels["networking.knative.dev/visibility"] = "cluster-local"
	}
	return object{
		APIVersion: "serving.knative.dev/v1", Kind: "Service", Metadata: meta,
		Spec: serviceSpec{Template: podTemplate{Metadata: template, Spec: podSpec{
			ServiceAccountName: account(f), TimeoutSeconds: longestSeconds, Containers: []container{c.container(f)},
		}}},
	}
}

func (c Cluster) labelled(f events.Function) metadata {
	m := c.metadata(string(f))
	m.Labels[nameLabel], m.Labels[component] = string(f), "function"
	if f == events.Gateway {
		m.Labels[component] = "edge"
	}
	return m
}

func (c Cluster) container(f events.Function) container {
	s := sizes(f)
	var env []environment
	for _, setting := range c.settingsOf(f) {
		env = append(env, setting.environment())
	}
	return container{
		Name: "function", Image: Image, Env: env, EnvFrom: []environments{{mapRef{TracingMap, true}}}, Ports: []port{{Name: "http1", ContainerPort: 8080}},
		ReadinessProbe:  &probe{HTTPGet: httpGet{"/health/readiness"}, PeriodSeconds: 1, TimeoutSeconds: 5, FailureThreshold: 10},
		LivenessProbe:   &probe{HTTPGet: httpGet{"/health/liveness"}, PeriodSeconds: 10, TimeoutSeconds: 5, FailureThreshold: 3},
		Resources:       resources{Requests: map[string]string{"cpu": s.cpu, "memory": s.memory}, Limits: map[string]string{"memory": s.memoryLimit}},
		SecurityContext: restricted(),
	}
}

// accounts is a ServiceAccount for each function, without a token: none of them speaks to the cluster.
func (c Cluster) accounts() []object {
	no := false
	all := []object{{APIVersion: "v1", Kind: "ServiceAccount", Metadata: c.metadata(account("topics")), AutomountServiceAccountToken: &no}}
	for _, f := range events.Functions() {
		all = append(all, object{APIVersion: "v1", Kind: "ServiceAccount", Metadata: c.metadata(account(f)), AutomountServiceAccountToken: &no})
	}
	return all
}

func account(f events.Function) string { return "mart-" + string(f) }

func join(list []string) string { return strings.Join(list, ",") }
