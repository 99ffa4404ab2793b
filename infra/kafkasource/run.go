package kafkasource

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const leaveTimeout = 5 * time.Second

// Run delivers the records of all sources until ctx ends, and then drains: it stops reading, lets running
// attempts end (at most DrainTimeout), commits the offsets and leaves the groups. Trouble with Kafka is
// logged and tried again for ever; an error means that the objects cannot be run as they are.
func Run(ctx context.Context, o Options, objects Objects) error {
	o = o.complete()
	sinks, err := openSinks(o, objects)
	if err != nil {
		return err
	}
	consumers, err := consumersOf(o, objects, sinks)
	if err != nil {
		return errors.Join(err, sinks.close())
	}
	for _, warning := range objects.Warnings {
		o.Log.Warn(warning)
	}
	sending, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ready := &readiness{waiting: len(consumers), announce: o.Ready}
	ready.check()
	var running sync.WaitGroup
	for _, c := range consumers {
		running.Go(func() { c.run(ctx, sending, ready) })
	}
	<-ctx.Done()
	drained := make(chan struct{})
	go func() { running.Wait(); close(drained) }()
	return errors.Join(drain(drained, o.DrainTimeout, stop), sinks.close())
}

// drain waits for drained; after limit it stops running attempts, and a little later it gives up on a
// Kafka that does not answer.
func drain(drained <-chan struct{}, limit time.Duration, stop func()) error {
	for _, stage := range []struct {
		limit time.Duration
		over  func()
	}{{limit, stop}, {leaveTimeout, func() {}}} {
		timer := time.NewTimer(stage.limit)
		select {
		case <-drained:
			timer.Stop()
			return nil
		case <-timer.C:
			stage.over()
		}
	}
	return errors.New("no answer from Kafka in time: the last offsets may not be committed, their records come again")
}

// readiness announces once that all consumers hold their claims at the same time.
type readiness struct {
	mu       sync.Mutex
	waiting  int
	announce func()
}

func (r *readiness) change(by int) {
	r.mu.Lock()
	r.waiting += by
	r.mu.Unlock()
	r.check()
}

func (r *readiness) check() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == 0 && r.announce != nil {
		r.announce()
		r.announce = nil
	}
}

// openedSinks are the KafkaSinks among the objects, by namespace/name.
type openedSinks map[string]*Sink

func openSinks(o Options, objects Objects) (openedSinks, error) {
	sinks := openedSinks{}
	for _, object := range objects.Sinks {
		sink, err := NewSink(object, o)
		if err != nil {
			return nil, err
		}
		sinks[object.Metadata.Namespace+"/"+object.Metadata.Name] = sink
	}
	return sinks, nil
}

func (s openedSinks) close() error {
	var err error
	for _, sink := range s {
		err = errors.Join(err, sink.Close())
	}
	return err
}

func consumersOf(o Options, objects Objects, sinks openedSinks) ([]*consumer, error) {
	var consumers []*consumer
	for i := range objects.Sources {
		s := &objects.Sources[i]
		own, err := s.consumers(o, sinks)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", objectName("KafkaSource", s.Metadata), err)
		}
		consumers = append(consumers, own...)
	}
	return consumers, nil
}

// consumers are the members that one source adds to its group. They share a connection pool and nothing else.
func (s *KafkaSource) consumers(o Options, sinks openedSinks) ([]*consumer, error) {
	log := o.Log.With("kafkasource", s.Metadata.Namespace+"/"+s.Metadata.Name)
	transport := newTransport()
	sink, err := destinationOf(o, s.Metadata.Namespace, sinks, transport, s.Spec.Sink)
	if err != nil {
		return nil, fmt.Errorf("spec.sink: %w", err)
	}
	d := &deliverer{
		source: s, sink: sink, hangUp: transport.CloseIdleConnections, policy: s.Spec.Delivery.policy(), wait: o.Wait,
		observe: o.Observe, retrying: o.Retrying, log: log,
	}
	if s.Spec.Delivery != nil && s.Spec.Delivery.DeadLetterSink != nil {
		if d.deadLetter, err = destinationOf(o, s.Metadata.Namespace, sinks, transport, *s.Spec.Delivery.DeadLetterSink); err != nil {
			return nil, fmt.Errorf("spec.delivery.deadLetterSink: %w", err)
		}
	}
	config := consumerConfig(s, o.CommitEvery)
	secret, err := o.Secrets.ofSource(s)
	if err == nil {
		err = secret.apply(config)
	}
	if err != nil {
		return nil, fmt.Errorf("spec.net: %w", err)
	}
	if o.tune != nil {
		o.tune(config)
	}
	consumers := make([]*consumer, *s.Spec.Consumers)
	for i := range consumers {
		consumers[i] = newConsumer(o, s, d, config, log)
	}
	return consumers, nil
}

func destinationOf(o Options, namespace string, sinks openedSinks, transport *http.Transport, to Destination) (destination, error) {
	if to.Ref == nil {
		return newHTTPSink(to.URI, namespace, transport)
	}
	if to.Ref.Kind == "KafkaSink" {
		if sink, found := sinks[to.Ref.Namespace+"/"+to.Ref.Name]; found && to.URI == "" {
			return sink, nil
		}
	}
	base, err := o.resolve(*to.Ref)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("parse the URL of %s: %w", to.Ref, err)
	}
	if to.URI != "" {
		if u, err = u.Parse(to.URI); err != nil {
			return nil, fmt.Errorf("parse uri: %w", err)
		}
	}
	return newHTTPSink(u.String(), namespace, transport)
}
