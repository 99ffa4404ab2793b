package knative

import "github.com/onlinemart/mart/events"

type jobSpec struct {
	BackoffLimit            int         `json:"backoffLimit"`
	TTLSecondsAfterFinished int         `json:"ttlSecondsAfterFinished"`
	Template                podTemplate `json:"template"`
}

// topicsJob makes the topics that are missing. It goes away a minute after it has succeeded, so that it can be applied again.
func (c Cluster) topicsJob() object {
	meta := c.metadata("mart-topics")
	meta.Labels[nameLabel], meta.Labels[component] = "topics", "topics"
	return object{
		APIVersion: "batch/v1", Kind: "Job", Metadata: meta,
		Spec: jobSpec{BackoffLimit: 10, TTLSecondsAfterFinished: 60, Template: podTemplate{
			Metadata: metadata{Labels: meta.Labels},
			Spec: podSpec{ServiceAccountName: account("topics"), RestartPolicy: "OnFailure", Containers: []container{{
				Name: "topics", Image: ToolsImage, Command: []string{"/topics"}, Env: []environment{speakers[0].environment()},
				Resources:       resources{Requests: map[string]string{"cpu": "50m", "memory": "32Mi"}, Limits: map[string]string{"memory": "128Mi"}},
				SecurityContext: restricted(),
			}}},
		}},
	}
}

type pingSpec struct {
	Schedule    string      `json:"schedule"`
	ContentType string      `json:"contentType"`
	Data        string      `json:"data"`
	Sink        destination `json:"sink"`
}

// sweep has db look every minute for what is due or was not published, also when nothing else wakes it.
func (c Cluster) sweep() object {
	return object{
		APIVersion: "sources.knative.dev/v1", Kind: "PingSource", Metadata: c.metadata("mart-sweep"),
		Spec: pingSpec{Schedule: "* * * * *", ContentType: "application/json", Data: "{}", Sink: c.sinkOf(events.DB)},
	}
}

func (c Cluster) sinkOf(f events.Function) destination {
	return destination{ref{APIVersion: "serving.knative.dev/v1", Kind: "Service", Name: string(f), Namespace: c.Namespace}}
}

type mappingSpec struct {
	Ref ref `json:"ref"`
}

// domain gives the gateway, which routes by path, its public name.
func (c Cluster) domain(name string) []object {
	return []object{
		{APIVersion: "networking.internal.knative.dev/v1alpha1", Kind: "ClusterDomainClaim", Metadata: metadata{Name: name}, Spec: map[string]string{"namespace": c.Namespace}},
		{APIVersion: "serving.knative.dev/v1beta1", Kind: "DomainMapping", Metadata: c.metadata(name), Spec: mappingSpec{c.sinkOf(events.Gateway).Ref}},
	}
}
