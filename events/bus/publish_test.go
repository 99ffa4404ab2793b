package bus

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const partitions = 32

func broker(t *testing.T, more ...string) *kfake.Cluster {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, append(events.Topics(), more...)...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster
}

func publisher(t *testing.T, f events.Function, c *kfake.Cluster) *Publisher {
	t.Helper()
	p, err := NewPublisher(f, testKeys(t), KafkaConfig{Brokers: c.ListenAddrs()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// records reads n records of a topic.
func records(t *testing.T, c *kfake.Cluster, topic string, n int) []*kgo.Record {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.ConsumeTopics(topic))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var all []*kgo.Record
	for len(all) < n {
		fetched := client.PollFetches(ctx)
		if err := fetched.Err(); err != nil {
			t.Fatalf("%d of %d records of %s: %v", len(all), n, topic, err)
		}
		all = append(all, fetched.Records()...)
	}
	return all
}

func TestWhatIsSentIsOnKafka(t *testing.T) {
	t.Parallel()
	c := broker(t)
	p := publisher(t, events.Brand, c)
	ctx := events.WithCause(t.Context(), events.Cause{Correlation: "corr", By: events.Principal{Type: events.Staff, ID: "u1"}})
	m := events.CreateBrand.New(brandID, events.BrandFields{Name: "Acme", Slug: "acme"}).WithID("command-1", "print")
	if err := p.Send(ctx, m); err != nil {
		t.Fatal(err)
	}
	r := records(t, c, events.CreateBrand.Topic(), 1)[0]
	got := map[string]string{"key": string(r.Key), "value": string(r.Value)}
	for _, h := range r.Headers {
		got[h.Key] = string(h.Value)
	}
	for _, random := range []string{"ce_time", "ce_traceparent", "ce_seal"} {
		if got[random] == "" {
			t.Errorf("no %s", random)
		}
		delete(got, random)
	}
	want := map[string]string{
		"key": brandID, "value": `{"name":"Acme","slug":"acme"}`, "content-type": "application/json", "ce_specversion": "1.0",
		"ce_id": "command-1", "ce_source": "/mart/brand", "ce_type": events.CreateBrand.Type(), "ce_subject": brandID, "ce_partitionkey": brandID,
		"ce_correlationid": "corr", "ce_authtype": "user", "ce_authid": "u1", "ce_fingerprint": "print",
		"ce_dataschema": "https://onlinemart.github.io/mart/schemas/" + events.CreateBrand.Type() + ".json",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the record (-want +got):\n%s", diff)
	}
}

// Vectors of Kafka's own UtilsTest.testMurmur2.
func TestPartitionsAreJavas(t *testing.T) {
	t.Parallel()
	for key, hash := range map[string]int32{
		"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536, "a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971, "abc": 479470107,
	} {
		got, err := sarama.NewMurmur2Partitioner("t").Partition(&sarama.ProducerMessage{Key: sarama.StringEncoder(key)}, partitions)
		if want := (hash & 0x7fffffff) % partitions; err != nil || got != want {
			t.Errorf("%q goes to %d, by Java to %d: %v", key, got, want, err)
		}
	}
	c := broker(t)
	p := publisher(t, events.Brand, c)
	if err := p.Send(t.Context(), events.CreateBrand.New("foobar", events.BrandFields{Name: "Acme", Slug: "acme"})); err != nil {
		t.Fatal(err)
	}
	hash := int32(-790332482)
	if r := records(t, c, events.CreateBrand.Topic(), 1)[0]; r.Partition != (hash&0x7fffffff)%partitions {
		t.Errorf("foobar is in partition %d", r.Partition)
	}
}

func TestTheProducerWaitsForAllReplicas(t *testing.T) {
	t.Parallel()
	c := broker(t)
	acks := make(chan int16, 1)
	c.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		acks <- r.(*kmsg.ProduceRequest).Acks
		return nil, nil, false
	})
	if err := publisher(t, events.Brand, c).Send(t.Context(), events.CreateBrand.New(brandID, events.BrandFields{Name: "Acme", Slug: "acme"})); err != nil {
		t.Fatal(err)
	}
	if got := <-acks; got != -1 {
		t.Errorf("acks is %d", got)
	}
	config, err := (KafkaConfig{}).producerConfig()
	if err != nil || config.Producer.Idempotent || config.Metadata.AllowAutoTopicCreation {
		t.Errorf("idempotent %v, makes topics %v: %v", config.Producer.Idempotent, config.Metadata.AllowAutoTopicCreation, err)
	}
}

// A closed producer must not look like success: that is how the last messages of a shutdown were lost.
func TestSendingAfterCloseFails(t *testing.T) {
	t.Parallel()
	c := broker(t)
	p := publisher(t, events.Brand, c)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]int{"one": 1, "several": 3} {
		var messages []events.Outgoing
		for range n {
			messages = append(messages, events.CreateBrand.New(events.NewID(), events.BrandFields{Name: "Acme", Slug: "acme"}))
		}
		err := p.Send(t.Context(), messages...)
		if !errors.Is(err, ErrUnknownOutcome) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFailureIsAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	c := broker(t)
	p := publisher(t, events.Brand, c)
	c.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		req := r.(*kmsg.ProduceRequest)
		res := req.ResponseKind().(*kmsg.ProduceResponse)
		for _, topic := range req.Topics {
			answer := kmsg.NewProduceResponseTopic()
			answer.Topic, answer.TopicID = topic.Topic, topic.TopicID
			for _, partition := range topic.Partitions {
				failed := kmsg.NewProduceResponseTopicPartition()
				failed.Partition, failed.ErrorCode = partition.Partition, int16(sarama.ErrNotEnoughReplicas)
				answer.Partitions = append(answer.Partitions, failed)
			}
			res.Topics = append(res.Topics, answer)
		}
		return res, nil, true
	})
	if err := p.Send(t.Context(), events.CreateBrand.New(brandID, events.BrandFields{Name: "Acme", Slug: "acme"})); !errors.Is(err, ErrUnknownOutcome) {
		t.Errorf("too few replicas: %v", err)
	}
}

func TestWhatMustNotBeSentIsNot(t *testing.T) {
	t.Parallel()
	p := publisher(t, events.Brand, broker(t))
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range map[string]error{
		"another's message": p.Send(t.Context(), events.CreateProduct.New(brandID, events.ProductFields{})),
		"other schema":      p.Send(t.Context(), events.CreateBrand.New(brandID, events.BrandFields{Name: "", Slug: "acme"})),
		"too large":         p.Send(t.Context(), events.CreateBrand.New(brandID, events.BrandFields{Name: "a", Slug: "a", Description: strings.Repeat("x", MaxBytes)})),
		"undeclared":        p.Publish(t.Context(), events.Envelope{Type: "com.onlinemart.x.y.v1"}),
		"cancelled":         p.Send(done, events.CreateBrand.New(brandID, events.BrandFields{Name: "a", Slug: "a"})),
	} {
		if err == nil || errors.Is(err, ErrUnknownOutcome) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// After a rollback the older db finds results stored that only the newer one declares; they must not be stuck, nor keep others back.
func TestAnOlderDBPublishesWhatANewerOneStored(t *testing.T) {
	t.Parallel()
	const ofTheNewer = "mart.order.teleported"
	c := broker(t, ofTheNewer)
	for kind, topic := range map[string]string{"com.onlinemart.order.teleported.v2": ofTheNewer, "com.onlinemart.order.paid.v2": events.OrderPaid.Topic()} {
		e := stamped(t, testKeys(t), events.DB, paidOrder())
		e.Type = kind
		Sign(testKeys(t), &e)
		if err := publisher(t, events.DB, c).Publish(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		r := records(t, c, topic, 1)[0]
		got := map[string]string{}
		for _, h := range r.Headers {
			got[h.Key] = string(h.Value)
		}
		if got["ce_type"] != e.Type || got["ce_seal"] != e.Seal || string(r.Value) != string(e.Data) {
			t.Errorf("%v %s", got, r.Value)
		}
	}
}

func TestDeadLettersKeepWhoAndWhy(t *testing.T) {
	t.Parallel()
	c := broker(t)
	p := publisher(t, events.DB, c)
	e := stamped(t, testKeys(t), events.Brand, events.CreateBrand.New(brandID, events.BrandFields{Name: "Acme", Slug: "acme"}))
	if err := p.DeadLetter(t.Context(), e, errors.New(strings.Repeat("ä", 2000))); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, h := range records(t, c, events.DeadLetterTopic, 1)[0].Headers {
		got[h.Key] = string(h.Value)
	}
	reason, err := base64.StdEncoding.DecodeString(got["ce_knativeerrordata"])
	if err != nil || !strings.HasPrefix(string(reason), "ä") || len(reason) > deadLetterData {
		t.Errorf("the reason is %d bytes: %v", len(reason), err)
	}
	if got["ce_id"] != e.ID || got["ce_source"] != e.Source || got["ce_seal"] != e.Seal || got["ce_knativeerrordest"] != events.DB.Source() || got["ce_receiver"] != string(events.DB) {
		t.Errorf("headers %v", got)
	}
}

func TestNoBroker(t *testing.T) {
	t.Parallel()
	if _, err := NewPublisher(events.Brand, testKeys(t), KafkaConfig{Brokers: []string{"127.0.0.1:1"}}); !errors.Is(err, ErrNoBroker) {
		t.Errorf("%v", err)
	}
	if _, err := NewPublisher(events.Brand, testKeys(t), KafkaConfig{Brokers: []string{"127.0.0.1:1"}, User: "u", SASL: "GUESS"}); err == nil || errors.Is(err, ErrNoBroker) {
		t.Errorf("a wrong setting: %v", err)
	}
}
