package kafkasource

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	defaultBackoff = 200 * time.Millisecond // of a delivery with retry and without backoffDelay
	defaultTimeout = 600 * time.Second      // of one attempt
)

// complete fills in Knative's defaults and checks what it would check, plus what would never work.
func (s *KafkaSource) complete() (warnings []string, err error) {
	s.Metadata.Namespace = orElse(s.Metadata.Namespace, "default")
	object := objectName("KafkaSource", s.Metadata)
	refuse := func(field, remedy string) error { return fmt.Errorf("%s: %s: %s", object, field, remedy) }
	warn := func(field, risk string) { warnings = append(warnings, fmt.Sprintf("%s: %s: %s", object, field, risk)) }

	spec := &s.Spec
	if spec.ConsumerGroup == "" {
		spec.ConsumerGroup = "knative-kafka-source-" + uuid.NewString()
		warn("spec.consumerGroup", "is not set: a random one is used, so each start reads from initialOffset; set it")
	}
	if spec.InitialOffset == "" {
		spec.InitialOffset = latest
		warn("spec.initialOffset", "is not set: latest skips what was written before the first start; set earliest")
	}
	if spec.Consumers == nil {
		one := 1
		spec.Consumers = &one
	}
	for _, f := range s.faults() {
		if f.found {
			return nil, refuse(f.field, f.remedy)
		}
	}
	if err := spec.Sink.complete(s.Metadata.Namespace); err != nil {
		return nil, refuse("spec.sink", err.Error())
	}
	if *spec.Consumers == 0 {
		warn("spec.consumers", "is 0: nothing is delivered")
	}
	if err := spec.Delivery.check(s.Metadata.Namespace, refuse, warn); err != nil {
		return nil, err
	}
	return warnings, nil
}

// fault is a field that cannot work, and what to do about it.
type fault struct {
	found         bool
	field, remedy string
}

func (s *KafkaSource) faults() []fault {
	spec := &s.Spec
	return []fault{
		{s.Metadata.Name == "", "metadata.name", "is missing: name the source"},
		{len(spec.Topics) == 0, "spec.topics", "is missing: list at least one topic"},
		{slices.Contains(spec.Topics, ""), "spec.topics", "holds an empty name: remove it"},
		{len(spec.BootstrapServers) == 0, "spec.bootstrapServers", "is missing: list host:port of at least one Kafka broker"},
		{!slices.Contains([]string{earliest, latest}, spec.InitialOffset), "spec.initialOffset", fmt.Sprintf("%q is not known: set earliest or latest", spec.InitialOffset)},
		{spec.Ordering != unordered, "spec.ordering", fmt.Sprintf("is %q: set unordered, which is all that there is here", spec.Ordering)},
		{*spec.Consumers < 0, "spec.consumers", "is negative: set 1 or more"},
		{spec.Sink.Audience != "" || spec.Sink.CACerts != "", "spec.sink", "audience and CACerts are not supported here: remove them"},
		{orElse(s.Metadata.Labels[keyTypeLabel], "string") != "string", "metadata.labels", keyTypeLabel + " must be string here"},
	}
}

func (d *Delivery) check(namespace string, refuse func(field, remedy string) error, warn func(field, risk string)) error {
	const field = "spec.delivery"
	if d == nil {
		warn(field, "is not set: 10 retries within 10 minutes, then the event is dropped; set retry, backoffDelay, timeout and deadLetterSink")
		return nil
	}
	if d.DeadLetterSink == nil {
		warn(field+".deadLetterSink", "is not set: an event that fails for good is dropped; set one")
	} else if err := d.DeadLetterSink.complete(namespace); err != nil {
		return refuse(field+".deadLetterSink", err.Error())
	}
	if d.Retry == nil {
		warn(field+".retry", "is not set: no event is tried twice; set it (12 with PT0.2S waits 27 minutes in all)")
	} else if *d.Retry < 0 {
		return refuse(field+".retry", "is negative: set 0 or more")
	}
	if d.BackoffPolicy != "" && d.BackoffPolicy != exponent {
		return refuse(field+".backoffPolicy", fmt.Sprintf("is %q: set exponential, which is all that there is here", d.BackoffPolicy))
	}
	if d.Timeout == "" {
		warn(field+".timeout", "is not set: an attempt may take 600 s; set PT25S")
	} else if t, err := parseDuration(d.Timeout); err != nil || t == 0 {
		return refuse(field+".timeout", orElse(text(err), "is 0: set the longest time an attempt may take, like PT25S"))
	}
	if d.BackoffDelay == "" {
		return nil
	}
	delay, err := parseDuration(d.BackoffDelay)
	if err != nil {
		return refuse(field+".backoffDelay", err.Error())
	}
	if delay == 0 {
		warn(field+".backoffDelay", "is 0: Knative then does not retry at all; set PT0.2S")
	}
	return nil
}

// policy turns a checked Delivery into what deliver uses. A backoffDelay of 0 means no retry, as in Knative.
func (d *Delivery) policy() policy {
	if d == nil {
		return policy{retry: 10, delay: 300 * time.Millisecond, timeout: defaultTimeout}
	}
	p := policy{delay: defaultBackoff, timeout: defaultTimeout}
	if d.Retry != nil {
		p.retry = *d.Retry
	}
	if delay, err := parseDuration(d.BackoffDelay); err == nil {
		p.delay = delay
	}
	if p.delay == 0 {
		p.retry = 0
	}
	if timeout, err := parseDuration(d.Timeout); err == nil {
		p.timeout = timeout
	}
	return p
}

func (d *Destination) complete(namespace string) error {
	if d.Ref == nil {
		u, err := url.Parse(d.URI)
		if err != nil || !u.IsAbs() || u.Host == "" {
			return fmt.Errorf("needs a ref to an object or a uri like http://host/path (uri is %q)", d.URI)
		}
		return nil
	}
	if d.Ref.Kind == "" || d.Ref.Name == "" {
		return fmt.Errorf("ref needs kind and name")
	}
	d.Ref.Namespace = orElse(d.Ref.Namespace, namespace)
	return nil
}

func (s *KafkaSink) complete() error {
	s.Metadata.Namespace = orElse(s.Metadata.Namespace, "default")
	s.Spec.ContentMode = orElse(s.Spec.ContentMode, inBinary)
	for _, f := range []fault{
		{s.Metadata.Name == "", "metadata.name", "is missing: name the sink"},
		{s.Spec.Topic == "", "spec.topic", "is missing: name the topic to write to"},
		{len(s.Spec.BootstrapServers) == 0, "spec.bootstrapServers", "is missing: list host:port of at least one Kafka broker"},
		{s.Spec.ContentMode != inBinary, "spec.contentMode", fmt.Sprintf("is %q: set binary, which is all that there is here", s.Spec.ContentMode)},
		{s.Spec.NumPartitions != nil && *s.Spec.NumPartitions <= 0, "spec.numPartitions", "must be 1 or more"},
		{s.Spec.ReplicationFactor != nil && *s.Spec.ReplicationFactor <= 0, "spec.replicationFactor", "must be 1 or more"},
	} {
		if f.found {
			return fmt.Errorf("%s: %s: %s", objectName("KafkaSink", s.Metadata), f.field, f.remedy)
		}
	}
	return nil
}

// check looks at the objects as a set: names are unique and each KafkaSink that is referred to is there.
func (o *Objects) check() error {
	seen := map[string]bool{}
	for _, sink := range o.Sinks {
		name := objectName("KafkaSink", sink.Metadata)
		if seen[name] {
			return fmt.Errorf("%s: is defined twice: remove one", name)
		}
		seen[name] = true
	}
	for _, s := range o.Sources {
		name := objectName("KafkaSource", s.Metadata)
		if seen[name] {
			return fmt.Errorf("%s: is defined twice: remove one", name)
		}
		seen[name] = true
		if err := o.checkLetters(s); err != nil {
			return err
		}
	}
	return nil
}

// checkLetters looks at a source of dead letters: one that a sink of these objects writes. It must have no sink for them itself, or each that is
// not taken would become another; so it is not warned of.
func (o *Objects) checkLetters(s KafkaSource) error {
	letters := func(topic string) bool {
		return slices.ContainsFunc(o.Sinks, func(k KafkaSink) bool { return k.Spec.Topic == topic })
	}
	name, has := objectName("KafkaSource", s.Metadata), s.Spec.Delivery != nil && s.Spec.Delivery.DeadLetterSink != nil
	switch {
	case has && slices.ContainsFunc(s.Spec.Topics, letters):
		return fmt.Errorf("%s: spec.delivery.deadLetterSink: it reads dead letters, and each that is not taken would become another: remove it", name)
	case !has && !slices.ContainsFunc(s.Spec.Topics, func(topic string) bool { return !letters(topic) }):
		o.Warnings = slices.DeleteFunc(o.Warnings, func(w string) bool { return strings.HasPrefix(w, name+": "+deadLetterField+": ") })
	}
	return nil
}

// deadLetterField is where a source says what becomes of what its sink does not take.
const deadLetterField = "spec.delivery.deadLetterSink"

func orElse(value, fallback string) string {
	if strings.TrimSpace(value) == "" {
		return fallback
	}
	return value
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
