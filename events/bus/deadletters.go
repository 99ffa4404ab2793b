package bus

import (
	"fmt"
	"sync"

	"github.com/IBM/sarama"
)

// letterWriter is the producer of dead letters, which are larger than what any other topic takes. It connects at the first letter.
type letterWriter struct {
	access   KafkaConfig
	mu       sync.Mutex
	producer sarama.SyncProducer
}

// write returns when all replicas have the letter. Error: ErrUnknownOutcome.
func (w *letterWriter) write(letter *sarama.ProducerMessage) error {
	producer, err := w.connected()
	if err == nil {
		_, _, err = producer.SendMessage(letter)
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrUnknownOutcome, letter.Topic, err)
	}
	return nil
}

func (w *letterWriter) connected() (sarama.SyncProducer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.producer != nil {
		return w.producer, nil
	}
	config, err := w.access.producerConfig()
	if err != nil {
		return nil, err
	}
	config.Producer.MaxMessageBytes = MaxLetterBytes - batchOverhead
	config.Producer.Partitioner = newPlacing
	w.producer, err = sarama.NewSyncProducer(w.access.Brokers, config)
	if err != nil {
		return nil, fmt.Errorf("connect for dead letters: %w", err)
	}
	return w.producer, nil
}

// close is called when nothing is written any more.
func (w *letterWriter) close() error {
	if w.producer == nil {
		return nil
	}
	return w.producer.Close()
}
