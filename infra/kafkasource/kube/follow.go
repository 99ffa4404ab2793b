// Package kube has kafkasource act on the KafkaSource and KafkaSink objects of a cluster, where Knative's own data plane is not.
//
// Follow lists and watches the objects of one namespace by the API server's HTTPS, with the pod's own account, keeps one
// kafkasource.Run per KafkaSource, restarts it when the object or a sink changes, and writes the Ready condition.
package kube

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/onlinemart/mart/infra/kafkasource"
)

const (
	debounce   = 500 * time.Millisecond // several objects are usually applied at once
	pauseAfter = 5 * time.Second        // an error
)

// Follower is what runs at the moment.
type Follower struct {
	client  Client
	options kafkasource.Options
	mu      sync.Mutex
	listed  bool
	running map[string]*running // by the source's name
}

type running struct {
	fingerprint string
	ready       bool
	stop        context.CancelFunc
	ended       chan struct{}
}

// NewFollower has the client's objects run with these options; their Ready and Secrets are its own.
func NewFollower(client Client, options kafkasource.Options) *Follower {
	if options.Log == nil {
		options.Log = slog.Default()
	}
	return &Follower{client: client, options: options, running: map[string]*running{}}
}

// Ready tells whether every KafkaSource of the namespace is being read.
func (f *Follower) Ready() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.running {
		if !r.ready {
			return false
		}
	}
	return f.listed
}

// Follow runs until ctx ends, and then drains. Trouble with the API server is logged and tried again; what runs goes on meanwhile.
func (f *Follower) Follow(ctx context.Context) {
	for ctx.Err() == nil {
		now, err := f.client.list(ctx)
		if err == nil {
			f.adopt(ctx, now)
			err = f.client.changed(ctx, now)
		}
		pause := debounce
		if err != nil && ctx.Err() == nil {
			f.options.Log.Warn("The API server does not say what the KafkaSources are, trying again", "error", err)
			pause = pauseAfter
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	f.adopt(ctx, cluster{})
}

// adopt stops what is no longer as it was, waits for it to drain, and starts what is new.
func (f *Follower) adopt(ctx context.Context, now cluster) {
	wanted := map[string]source{}
	for _, s := range now.sources {
		wanted[s.Metadata.Name] = s
	}
	f.mu.Lock()
	var stopped []*running
	for name, r := range f.running {
		if s, still := wanted[name]; still && s.fingerprint == r.fingerprint {
			delete(wanted, name)
			continue
		}
		r.stop()
		stopped = append(stopped, r)
		delete(f.running, name)
	}
	f.mu.Unlock()
	for _, r := range stopped {
		<-r.ended
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for name, s := range wanted {
		f.running[name] = f.start(ctx, s)
	}
	f.listed = true
}

func (f *Follower) start(ctx context.Context, s source) *running {
	ctx, stop := context.WithCancel(ctx)
	r := &running{fingerprint: s.fingerprint, stop: stop, ended: make(chan struct{})}
	go func() {
		defer close(r.ended)
		for ctx.Err() == nil {
			err := f.run(ctx, s, r)
			if err == nil || ctx.Err() != nil {
				return
			}
			f.report(ctx, s, condition{Status: "False", Reason: "CannotRun", Message: err.Error()})
			select { // a Secret may come later
			case <-ctx.Done():
			case <-time.After(pauseAfter):
			}
		}
	}()
	return r
}

func (f *Follower) run(ctx context.Context, s source, r *running) error {
	if s.broken != nil {
		return s.broken
	}
	f.report(ctx, s, condition{Status: "Unknown", Reason: "Starting", Message: "the topics are not read yet"})
	options := f.options
	options.Secrets = func(_, name string) (map[string][]byte, error) { return f.client.Secret(ctx, name) }
	options.Ready = func() {
		f.mu.Lock()
		r.ready = true
		f.mu.Unlock()
		f.report(ctx, s, condition{Status: "True"})
	}
	return kafkasource.Run(ctx, options, s.objects)
}

// condition is the one that `kubectl wait` looks at.
type condition struct {
	Type               string `json:"type"`
	Status             string `json:"status"`
	Reason             string `json:"reason,omitempty"`
	Message            string `json:"message,omitempty"`
	LastTransitionTime string `json:"lastTransitionTime"`
}

func (f *Follower) report(ctx context.Context, s source, c condition) {
	log := f.options.Log.With("kafkasource", f.client.Namespace+"/"+s.Metadata.Name)
	if c.Status == "False" {
		log.Error("The source cannot run", "error", c.Message)
	} else {
		log.Info("The source is ready: "+c.Status, "topics", len(s.objects.Sources[0].Spec.Topics))
	}
	c.Type, c.LastTransitionTime = "Ready", time.Now().UTC().Format(time.RFC3339)
	status := map[string]any{"observedGeneration": s.Metadata.Generation, "conditions": []condition{c}}
	if err := f.client.patchStatus(ctx, f.client.path(0)+"/"+s.Metadata.Name, status); err != nil && ctx.Err() == nil {
		log.Warn("The condition could not be written", "error", err)
	}
}
