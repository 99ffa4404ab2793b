// Package kafkasource does on a laptop what Knative's KafkaSource and KafkaSink do in a cluster.
// It owns no state but consumer group offsets. It receives Kafka records of the topics named by
// KafkaSource objects and emits one HTTP POST (a CloudEvent in binary mode) per record to the sink;
// what a sink refuses or never accepts goes to the dead letter sink, usually a KafkaSink's topic.
package kafkasource

import (
	"encoding/json"
	"fmt"
	"time"
)

// Objects is what Parse found, defaulted and checked. Warnings holds one line for each setting that
// Knative accepts but that loses events or surprises; Run logs them.
type Objects struct {
	Sources  []KafkaSource
	Sinks    []KafkaSink
	Warnings []string
}

// KafkaSource is a sources.knative.dev/v1 KafkaSource; the JSON names are Knative's.
type KafkaSource struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Metadata   Metadata        `json:"metadata"`
	Spec       KafkaSourceSpec `json:"spec"`
	Status     ignored         `json:"status,omitempty"`
}

// KafkaSourceSpec is the desired state of a KafkaSource.
type KafkaSourceSpec struct {
	BootstrapServers []string     `json:"bootstrapServers"`
	Net              Net          `json:"net,omitempty"`
	Topics           []string     `json:"topics"`
	Consumers        *int         `json:"consumers,omitempty"`     // default 1
	ConsumerGroup    string       `json:"consumerGroup,omitempty"` // default knative-kafka-source-<random>
	InitialOffset    string       `json:"initialOffset,omitempty"` // earliest or latest (default)
	Ordering         string       `json:"ordering,omitempty"`      // unordered
	Delivery         *Delivery    `json:"delivery,omitempty"`
	Sink             Destination  `json:"sink"`
	CEOverrides      *CEOverrides `json:"ceOverrides,omitempty"`
}

// KafkaSink is an eventing.knative.dev KafkaSink (v1alpha1 or v1); the JSON names are Knative's.
type KafkaSink struct {
	APIVersion string        `json:"apiVersion"`
	Kind       string        `json:"kind"`
	Metadata   Metadata      `json:"metadata"`
	Spec       KafkaSinkSpec `json:"spec"`
	Status     ignored       `json:"status,omitempty"`
}

// KafkaSinkSpec is the desired state of a KafkaSink.
type KafkaSinkSpec struct {
	Topic             string    `json:"topic"`
	NumPartitions     *int32    `json:"numPartitions,omitempty"`
	ReplicationFactor *int16    `json:"replicationFactor,omitempty"`
	BootstrapServers  []string  `json:"bootstrapServers"`
	ContentMode       string    `json:"contentMode,omitempty"` // binary (default)
	Auth              *SinkAuth `json:"auth,omitempty"`
}

// SinkAuth points to the secret of a KafkaSink.
type SinkAuth struct {
	Secret struct {
		Ref struct {
			Name string `json:"name"`
		} `json:"ref"`
	} `json:"secret"`
}

// Delivery says how a delivery is retried and where it goes when that does not help.
type Delivery struct {
	DeadLetterSink *Destination `json:"deadLetterSink,omitempty"`
	Retry          *int         `json:"retry,omitempty"`
	Timeout        string       `json:"timeout,omitempty"`       // ISO 8601, of one attempt
	BackoffPolicy  string       `json:"backoffPolicy,omitempty"` // exponential (default)
	BackoffDelay   string       `json:"backoffDelay,omitempty"`  // ISO 8601
}

// Destination is where events go: an object, a URL, or a path relative to an object.
type Destination struct {
	Ref      *Ref   `json:"ref,omitempty"`
	URI      string `json:"uri,omitempty"`
	CACerts  string `json:"CACerts,omitempty"`
	Audience string `json:"audience,omitempty"`
}

// Ref names an object. Namespace defaults to the namespace of the object that refers.
type Ref struct {
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
	APIVersion string `json:"apiVersion,omitempty"`
	Group      string `json:"group,omitempty"`
	Address    string `json:"address,omitempty"`
}

func (r Ref) String() string { return fmt.Sprintf("%s %s/%s", r.Kind, r.Namespace, r.Name) }

// CEOverrides are extensions set on every event of a source.
type CEOverrides struct {
	Extensions map[string]string `json:"extensions,omitempty"`
}

// Net is how a source reaches Kafka.
type Net struct {
	SASL SASL `json:"sasl,omitempty"`
	TLS  TLS  `json:"tls,omitempty"`
}

// SASL holds the credentials of a source; Type is PLAIN (default) or SCRAM-SHA-512.
type SASL struct {
	Enable        bool        `json:"enable,omitempty"`
	User          SecretValue `json:"user,omitempty"`
	Password      SecretValue `json:"password,omitempty"`
	RoleARN       SecretValue `json:"roleARN,omitempty"`
	TokenProvider SecretValue `json:"tokenProvider,omitempty"`
	Type          SecretValue `json:"type,omitempty"`
}

// TLS holds the certificates of a source, PEM.
type TLS struct {
	Enable bool        `json:"enable,omitempty"`
	Cert   SecretValue `json:"cert,omitempty"`
	Key    SecretValue `json:"key,omitempty"`
	CACert SecretValue `json:"caCert,omitempty"`
}

// SecretValue points to one key of one secret.
type SecretValue struct {
	SecretKeyRef *SecretKeyRef `json:"secretKeyRef,omitempty"`
}

// SecretKeyRef names a key in a secret of the object's namespace.
type SecretKeyRef struct {
	Name     string `json:"name"`
	Key      string `json:"key"`
	Optional bool   `json:"optional,omitempty"`
}

// Metadata is the part of an object's metadata that matters here; the rest is accepted and ignored,
// so that objects read back from a cluster parse too.
type Metadata struct {
	Name      string            `json:"name"`
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
}

// UnmarshalJSON keeps strictness out of metadata.
func (m *Metadata) UnmarshalJSON(data []byte) error {
	type lenient Metadata
	return json.Unmarshal(data, (*lenient)(m))
}

// ignored accepts any JSON and keeps nothing.
type ignored struct{}

func (*ignored) UnmarshalJSON([]byte) error { return nil }

// policy is a Delivery in Go's units.
type policy struct {
	retry   int
	delay   time.Duration
	timeout time.Duration
}

const (
	unordered = "unordered"
	earliest  = "earliest"
	latest    = "latest"
	inBinary  = "binary"
	exponent  = "exponential"

	keyTypeLabel = "kafkasources.sources.knative.dev/key-type"
)
