package knative

import "github.com/onlinemart/mart/events"

type policySpec struct {
	PodSelector selector `json:"podSelector"`
	PolicyTypes []string `json:"policyTypes"`
	Ingress     []rule   `json:"ingress,omitempty"`
	Egress      []rule   `json:"egress,omitempty"`
}

type selector struct {
	MatchLabels      map[string]string `json:"matchLabels,omitempty"`
	MatchExpressions []expression      `json:"matchExpressions,omitempty"`
}

type expression struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values"`
}

type rule struct {
	From  []peer       `json:"from,omitempty"`
	To    []peer       `json:"to,omitempty"`
	Ports []policyPort `json:"ports,omitempty"`
}

type peer struct {
	NamespaceSelector *selector `json:"namespaceSelector,omitempty"`
	PodSelector       *selector `json:"podSelector,omitempty"`
}

type policyPort struct {
	Protocol string `json:"protocol"`
	Port     int    `json:"port"`
}

// knativeNamespaces is where the activator, the ingress and the event dispatchers live.
var knativeNamespaces = []string{"knative-serving", "knative-eventing", "kourier-system", "istio-system", "contour-internal", "contour-external"}

// outside is who may reach what besides Knative, DNS and Kafka: its ports, anywhere.
var outside = map[events.Function][]int{
	events.DB:           {5432, 6432}, // Postgres, a pooler
	events.Payment:      {443, 12111}, // the provider, the test gateway
	events.Notification: {25, 465, 587, 1025},
}

// collectors is where spans may be sent, by OTLP over HTTP.
var collectors = []int{4318}

var kafkaPorts = []int{9092, 9093, 9094, 9096, 19092}

// policies let nothing in but Knative and our own pods, and nothing out but to Knative, DNS, Kafka and a collector of spans; db alone
// reaches Postgres.
func (c Cluster) policies() []object {
	knative := peer{NamespaceSelector: &selector{MatchExpressions: []expression{{Key: "kubernetes.io/metadata.name", Operator: "In", Values: knativeNamespaces}}}}
	ours := peer{PodSelector: &selector{MatchLabels: map[string]string{partOf: "mart"}}}
	dns := rule{Ports: []policyPort{{"UDP", 53}, {"TCP", 53}}}
	all := []object{
		c.policy("mart-nothing-in", selector{}, []rule{}, nil),
		c.policy("mart-in-from-knative", ours.selector(), []rule{{From: []peer{knative, ours}}}, nil),
		c.policy("mart-out", ours.selector(), nil, []rule{dns, {To: []peer{knative, ours}}, {Ports: tcp(kafkaPorts)}, {Ports: tcp(collectors)}}),
	}
	for _, f := range events.Functions() {
		if ports := outside[f]; ports != nil {
			all = append(all, c.policy("mart-"+string(f)+"-out", selector{MatchLabels: map[string]string{nameLabel: string(f)}}, nil, []rule{{Ports: tcp(ports)}}))
		}
	}
	return all
}

func (p peer) selector() selector { return *p.PodSelector }

func (c Cluster) policy(name string, pods selector, in, out []rule) object {
	spec := policySpec{PodSelector: pods, Ingress: in, Egress: out, PolicyTypes: []string{"Ingress"}}
	if out != nil {
		spec.PolicyTypes = []string{"Egress"}
	}
	return object{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy", Metadata: c.metadata(name), Spec: spec}
}

func tcp(ports []int) []policyPort {
	var all []policyPort
	for _, p := range ports {
		all = append(all, policyPort{"TCP", p})
	}
	return all
}
