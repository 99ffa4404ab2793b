package kafkasource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/IBM/sarama"
)

// maxEventBytes is how much of a request is read; what the producer may write (producerConfig) is less.
const maxEventBytes = 2 << 20

// Sink is a running KafkaSink: it writes CloudEvents to its topic and answers when all in-sync replicas
// have them. It connects at the first event, and again after a failure.
type Sink struct {
	object   KafkaSink
	brokers  []string
	config   *sarama.Config
	log      *slog.Logger
	mu       sync.Mutex
	producer *producer
	sending  sync.WaitGroup
	closed   bool
}

// NewSink makes a Sink of a KafkaSink that came from Parse. It uses Brokers, Secrets and Log of the options.
func NewSink(object KafkaSink, o Options) (*Sink, error) {
	o = o.complete()
	config := producerConfig(&object)
	secret, err := o.Secrets.ofSink(&object)
	if err == nil {
		err = secret.apply(config)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", objectName("KafkaSink", object.Metadata), err)
	}
	return &Sink{
		object:  object,
		brokers: o.brokers(object.Spec.BootstrapServers),
		config:  config,
		log:     o.Log.With("kafkasink", object.Metadata.Namespace+"/"+object.Metadata.Name),
	}, nil
}

// String is the address the sink would have in a cluster.
func (s *Sink) String() string {
	return fmt.Sprintf("http://kafka-sink-ingress.knative-eventing.svc.cluster.local/%s/%s", s.object.Metadata.Namespace, s.object.Metadata.Name)
}

// ServeHTTP takes one CloudEvent, binary or structured, of at most 2 MiB: 202 once it is in the topic,
// 400 if it is no CloudEvent, 405, 413, and 503 if Kafka did not take it.
func (s *Sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "post a CloudEvent", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEventBytes))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		http.Error(w, "an event may have 2 MiB at most", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		http.Error(w, "the body ended early", http.StatusBadRequest)
		return
	}
	a := s.send(r.Context(), event{r.Header, body})
	if a.err != nil {
		s.log.Warn("Event not written", "code", a.code, "error", a.err)
		http.Error(w, http.StatusText(a.code), a.code)
		return
	}
	w.WriteHeader(a.code)
}

// send writes the event, as destination wants it.
func (s *Sink) send(ctx context.Context, e event) answer {
	message, err := s.message(e)
	if err != nil {
		return answer{code: http.StatusBadRequest, err: err}
	}
	if err := s.produce(ctx, message); err != nil {
		return answer{code: http.StatusServiceUnavailable, err: err}
	}
	return answer{code: http.StatusAccepted}
}

// message reads an event as Knative's receiver does, which is as lax as its dispatcher (readRecord): a letter about an event without
// a type is kept, too.
func (s *Sink) message(e event) (*sarama.ProducerMessage, error) {
	a := attributes{}
	for name, values := range e.header {
		if rest, found := strings.CutPrefix(name, "Ce-"); found && rest != "" {
			a[strings.ToLower(rest)] = decodeLatin1(values[0])
		}
	}
	a, body, err := a.read(decodeLatin1(e.header.Get("Content-Type")), e.body)
	if err != nil {
		return nil, err
	}
	return a.record(s.object.Spec.Topic, body), nil
}

// produce ends with ctx; whether the event was written is then not known.
func (s *Sink) produce(ctx context.Context, m *sarama.ProducerMessage) error {
	sent := make(chan error, 1)
	go func() {
		producer, err := s.connect()
		if err == nil {
			_, _, err = producer.SendMessage(m)
			s.sending.Done()
		}
		sent <- err
	}()
	select {
	case err := <-sent:
		if err != nil {
			return fmt.Errorf("write to topic %s: %w", s.object.Spec.Topic, err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("write to topic %s: %w", s.object.Spec.Topic, ctx.Err())
	}
}

// connect returns the producer, and counts a sending that its caller ends.
func (s *Sink) connect() (*producer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errors.New("the sink is closed")
	}
	if s.producer != nil {
		s.sending.Add(1)
		return s.producer, nil
	}
	opened, err := openProducer(s.brokers, s.config)
	if err != nil {
		return nil, err
	}
	if err := opened.meet(s.object.Spec.Topic); err != nil {
		s.log.Warn("Some connections are not open yet", "error", err) // and whoever writes is told what is wrong
	}
	s.producer = opened
	s.sending.Add(1)
	return opened, nil
}

// Close ends the connection to Kafka. Close it after everything that writes to it.
func (s *Sink) Close() error {
	s.mu.Lock()
	opened := s.producer
	s.closed, s.producer = true, nil
	s.mu.Unlock()
	if opened == nil {
		return nil
	}
	s.sending.Wait()
	if err := opened.Close(); err != nil {
		return fmt.Errorf("close the producer of %s: %w", objectName("KafkaSink", s.object.Metadata), err)
	}
	return nil
}
