package bus

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2"
	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/onlinemart/mart/events"
)

// How large a message may be. A dead letter is the record it is about with reasons added, and Knative's KafkaSink writes no record
// above 1 MiB (its producer's max.request.size) whatever the topic takes: what is larger would be dropped without a letter. So a topic
// takes 8 KiB less than that, of which a message's data leaves 8 KiB to its attributes.
const (
	MaxRecordBytes = 1<<20 - 8<<10          // a record, max.message.bytes of every topic but those of the next two
	MaxBytes       = MaxRecordBytes - 8<<10 // a message's data: 1,008 KiB
	MaxReplayBytes = MaxRecordBytes + 256   // a record that is sent again and says of which letter
	MaxLetterBytes = 2 << 20                // max.message.bytes of the dead letters
	batchOverhead  = 64                     // what Kafka adds to the records of a batch, which is what a topic measures
)

// ErrUnknownOutcome means that nobody knows whether the brokers stored the message. It must be sent again, under the same id.
var ErrUnknownOutcome = errors.New("it is not known whether Kafka stored the message")

var errClosed = fmt.Errorf("%w: this function has left Kafka", ErrUnknownOutcome)

// ErrNoBroker means that no broker answered at the start.
var ErrNoBroker = errors.New("no Kafka broker answers")

// Publisher seals messages and writes them to Kafka. One is shared by all goroutines of a function: the client batches what
// they send at the same time.
type Publisher struct {
	self     events.Function
	keys     *events.Keys
	producer sarama.SyncProducer
	client   sarama.Client
	letters  letterWriter
	deliver  func(ctx context.Context, e events.Envelope) error // instead of Kafka
	now      func() time.Time
	tracer   *Tracer
	persons  *PersonKeys
	measures measures

	sending sync.RWMutex // read while sending, written to close
	closed  bool
}

// NewPublisher connects to Kafka. Error: no broker answers, or a setting is wrong.
func NewPublisher(self events.Function, keys *events.Keys, c KafkaConfig) (*Publisher, error) {
	if err := c.checkBrokers(); err != nil {
		return nil, err
	}
	config, err := c.producerConfig()
	if err != nil {
		return nil, err
	}
	client, err := sarama.NewClient(c.Brokers, config)
	if err != nil {
		return nil, fmt.Errorf("%w at %v (KAFKA_BROKERS): %w", ErrNoBroker, c.Brokers, err)
	}
	producer, err := sarama.NewSyncProducerFromClient(client)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the producer: %w", err), client.Close())
	}
	return &Publisher{self: self, keys: keys, producer: producer, client: client, letters: letterWriter{access: c}, now: time.Now}, nil
}

// NewPublisherTo hands every message to deliver instead of Kafka: for tests of a function without a broker.
func NewPublisherTo(self events.Function, keys *events.Keys, deliver func(ctx context.Context, e events.Envelope) error) *Publisher {
	return &Publisher{self: self, keys: keys, deliver: deliver, now: time.Now}
}

// TraceWith makes a span of everything that is sent from now on; it is called before the first message.
func (p *Publisher) TraceWith(t *Tracer) { p.tracer = t }

// CloseWith encrypts what commands say of persons with their keys, from now on; it is called before the first message.
func (p *Publisher) CloseWith(persons *PersonKeys) { p.persons = persons }

// Tracer is what TraceWith was given; nil when nothing is traced.
func (p *Publisher) Tracer() *Tracer { return p.tracer }

// Close waits for what is being sent and disconnects. What is sent afterwards fails: the client itself would say that it had
// been sent, or panic.
func (p *Publisher) Close() error {
	p.sending.Lock()
	defer p.sending.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	if p.deliver != nil {
		return nil
	}
	return errors.Join(p.producer.Close(), p.client.Close(), p.letters.close())
}

// Stamp makes envelopes of messages: derives ids, inherits the cause of ctx, encrypts, seals. It sends nothing.
func (p *Publisher) Stamp(ctx context.Context, messages ...events.Outgoing) ([]events.Envelope, error) {
	cause := events.CauseOf(ctx)
	cause.Traced = p.tracer != nil
	if p.persons == nil {
		return Stamp(p.keys, p.self, cause, p.now(), messages...)
	}
	all := make([]events.Envelope, 0, len(messages))
	for _, m := range messages {
		stamped, err := Stamp(p.persons.closing(ctx, m, m.Asker(cause)), p.self, cause, p.now(), m)
		if err != nil {
			return nil, err
		}
		all = append(all, stamped...)
	}
	return all, nil
}

// Send stamps messages, checks them against their schemas and publishes them. Error: ErrUnknownOutcome, or why nothing was sent.
func (p *Publisher) Send(ctx context.Context, messages ...events.Outgoing) error {
	stamped, err := p.Stamp(ctx, messages...)
	if err != nil {
		return err
	}
	for _, e := range stamped {
		if err := Publishable(e); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
	}
	return p.Publish(ctx, stamped...)
}

// Publish writes sealed envelopes, which were Publishable when they were made, to their topics, and returns when all replicas
// have them. Error: ErrUnknownOutcome, or why nothing was sent.
func (p *Publisher) Publish(ctx context.Context, envelopes ...events.Envelope) error {
	began, given := time.Now(), envelopes
	var spans []Span
	if p.tracer != nil {
		given, spans = p.tracer.published(ctx, envelopes)
	}
	err := p.publish(ctx, given)
	for _, s := range spans {
		s.End(err)
	}
	p.measures.sent(envelopes, time.Since(began), err)
	return err
}

func (p *Publisher) publish(ctx context.Context, envelopes []events.Envelope) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	records := make([]*sarama.ProducerMessage, len(envelopes))
	for i, e := range envelopes {
		topic, err := e.Topic()
		if err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		record, err := recordOf(ctx, topic, CloudEvent(e))
		if err != nil {
			return err
		}
		records[i] = record
	}
	if p.deliver != nil {
		return p.handOver(ctx, envelopes)
	}
	return p.write(records)
}

func (p *Publisher) handOver(ctx context.Context, envelopes []events.Envelope) error {
	for _, e := range envelopes {
		if err := p.deliver(ctx, e); err != nil {
			return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
		}
	}
	return nil
}

func recordOf(ctx context.Context, topic string, c cloudevents.Event) (*sarama.ProducerMessage, error) {
	record := &sarama.ProducerMessage{Topic: topic}
	if err := kafka_sarama.WriteProducerMessage(ctx, binding.ToMessage(&c), record); err != nil {
		return nil, fmt.Errorf("write %s as a Kafka record: %w", c.Type(), err)
	}
	return record, nil
}

func (p *Publisher) write(records []*sarama.ProducerMessage) error {
	p.sending.RLock()
	defer p.sending.RUnlock()
	if p.closed {
		return errClosed
	}
	switch len(records) {
	case 0:
		return nil
	case 1:
		if _, _, err := p.producer.SendMessage(records[0]); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrUnknownOutcome, records[0].Topic, err)
		}
		return nil
	}
	if err := p.producer.SendMessages(records); err != nil {
		return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	return nil
}

// deadLetterData is the longest reason kept, in bytes: as much as a KafkaSource keeps of an answer.
const deadLetterData = 1024

// DeadLetter keeps a message that will never be processed, under its own id and source and with the reason in the
// extensions a KafkaSource uses, so that one tool reads both. Error: ErrUnknownOutcome.
func (p *Publisher) DeadLetter(ctx context.Context, e events.Envelope, reason error) error {
	c := CloudEvent(e)
	if e.Type == wrappedType {
		c.SetDataContentType("application/octet-stream")
	}
	text := reason.Error()
	if len(text) > deadLetterData {
		text = text[:deadLetterData]
	}
	c.SetExtension(ReceiverExtension, string(p.self))
	c.SetExtension("knativeerrordest", p.self.Source())
	c.SetExtension("knativeerrorcode", "422")
	c.SetExtension("knativeerrordata", base64.StdEncoding.EncodeToString([]byte(text)))
	if p.deliver != nil {
		return p.deliver(ctx, e)
	}
	record, err := recordOf(ctx, events.DeadLetterTopic, c)
	if err != nil {
		return err
	}
	p.sending.RLock()
	defer p.sending.RUnlock()
	if p.closed {
		return errClosed
	}
	if err := p.letters.write(record); err != nil {
		return err
	}
	p.measures.buried(e)
	return nil
}
