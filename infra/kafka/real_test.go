package kafka_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onlinemart/mart/infra/kafka"
)

// What the other tests show of the embedded broker holds for a real one too.
func TestARealKafkaTakesTopicsAndRecords(t *testing.T) {
	t.Parallel()
	address := os.Getenv("MART_TEST_KAFKA")
	if address == "" {
		t.Skip("MART_TEST_KAFKA is not set: start a Kafka with infra/kafka/real.sh start DIR and set it to the address that prints")
	}
	topic := "real-" + uuid.NewString()
	ensure(t, address, kafka.Topic{Name: topic, Partitions: 3, Replication: 1, Config: map[string]string{"retention.ms": "600000"}})
	sent := produce(t, address, topic, 0, 30)
	if diff := cmp.Diff(sent, consume(t, address, topic+"-group", topic, 30)); diff != "" {
		t.Errorf("records (-sent +read):\n%s", diff)
	}
}
