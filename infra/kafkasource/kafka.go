package kafkasource

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/IBM/sarama"
	"github.com/onlinemart/mart/events/bus"
)

// protocolVersion works with every Kafka from 2.8 to 4.x and with kfake.
var protocolVersion = sarama.V2_8_0_0

const (
	// maxLetterBytes is the largest record that a KafkaSink writes, whatever its topic takes: the max.request.size that Knative ships
	// its receiver with.
	maxLetterBytes = 1 << 20
	fetchWait      = 250 * time.Millisecond
)

func newConfig(clientID string) *sarama.Config {
	c := sarama.NewConfig()
	c.Version = protocolVersion
	c.ClientID = clientID
	c.Metadata.AllowAutoTopicCreation = false
	c.Metadata.Full = false
	c.Metadata.RefreshFrequency = time.Minute
	c.Net.DialTimeout = 5 * time.Second
	return c
}

// consumerConfig answers a fetch as soon as one byte is there and takes a slow partition out of the
// common fetch after 20–40 ms, so that it does not hold up the others.
func consumerConfig(s *KafkaSource, commitEvery time.Duration) *sarama.Config {
	c := newConfig("kafkasource-" + s.Metadata.Name)
	c.Consumer.Return.Errors = true
	c.Consumer.Fetch.Min = 1
	c.Consumer.MaxWaitTime = fetchWait
	c.Consumer.MaxProcessingTime = 20 * time.Millisecond
	c.Consumer.Retry.Backoff = fetchWait
	c.Consumer.Group.Session.Timeout = 10 * time.Second
	c.Consumer.Group.Heartbeat.Interval = time.Second
	c.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategyRoundRobin()}
	c.Consumer.Offsets.AutoCommit.Interval = commitEvery
	c.Consumer.Offsets.Initial = sarama.OffsetNewest
	if s.Spec.InitialOffset == earliest {
		c.Consumer.Offsets.Initial = sarama.OffsetOldest
	}
	return c
}

// producerConfig waits for all in-sync replicas. Idempotence is off: duplicates collapse by event id
// downstream, and nothing needs order.
func producerConfig(s *KafkaSink) *sarama.Config {
	c := newConfig("kafkasink-" + s.Metadata.Name)
	c.Net.ReadTimeout = 5 * time.Second
	c.Net.WriteTimeout = 5 * time.Second
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Producer.Return.Successes = true
	c.Producer.MaxMessageBytes = maxLetterBytes
	c.Producer.Partitioner = sarama.NewMurmur2Partitioner
	return c
}

// credentials are the contents of secrets: PEM, user, password.
type credentials struct {
	tls, sasl      bool
	mechanism      string
	user, password string
	ca, cert, key  []byte
}

func (c credentials) apply(to *sarama.Config) error {
	if c.tls {
		settings := &tls.Config{MinVersion: tls.VersionTLS12}
		if len(c.ca) > 0 {
			settings.RootCAs = x509.NewCertPool()
			if !settings.RootCAs.AppendCertsFromPEM(c.ca) {
				return errors.New("the CA certificate is not PEM: put a PEM certificate into the secret")
			}
		}
		if len(c.cert) > 0 {
			pair, err := tls.X509KeyPair(c.cert, c.key)
			if err != nil {
				return fmt.Errorf("load the client certificate and key: %w", err)
			}
			settings.Certificates = []tls.Certificate{pair}
		}
		to.Net.TLS.Enable, to.Net.TLS.Config = true, settings
	}
	if !c.sasl {
		return nil
	}
	if err := bus.LogIn(to, strings.ToUpper(orElse(c.mechanism, sarama.SASLTypePlaintext)), c.user, c.password); err != nil {
		return fmt.Errorf("SASL type: %w", err)
	}
	return nil
}
