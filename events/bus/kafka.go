package bus

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/IBM/sarama"
	"github.com/rcrowley/go-metrics"
)

// KafkaConfig says how to reach the brokers.
type KafkaConfig struct {
	Brokers  []string `env:"KAFKA_BROKERS, required" doc:"host:port of one broker or more, comma separated."`
	TLS      bool     `env:"KAFKA_TLS" doc:"true: connect by TLS."`
	CAFile   string   `env:"KAFKA_CA_FILE" doc:"The certificates of who signs the brokers', as PEM; none: the system's."`
	User     string   `env:"KAFKA_USER" doc:"Who logs in at the brokers; none: nobody does."`
	Password string   `env:"KAFKA_PASSWORD" secret:"true" doc:"The password of KAFKA_USER."`
	SASL     string   `env:"KAFKA_SASL, default=SCRAM-SHA-512" doc:"How it logs in: SCRAM-SHA-512 or PLAIN."`
}

// Check looks at the addresses and at what the client makes of the rest.
func (c KafkaConfig) Check() error {
	_, err := c.producerConfig()
	return errors.Join(c.checkBrokers(), err)
}

// checkBrokers finds addresses that cannot be reached, whoever listens.
func (c KafkaConfig) checkBrokers() error {
	for _, broker := range c.Brokers {
		if _, _, err := net.SplitHostPort(broker); err != nil {
			return fmt.Errorf("KAFKA_BROKERS has %q: give each broker as host:port", broker)
		}
	}
	if len(c.Brokers) == 0 {
		return errors.New("KAFKA_BROKERS is empty: set it to host:port of one broker or more")
	}
	return nil
}

// sarama measures every request for a registry that nobody here reads, unless it is told not to before it makes a client.
func init() { metrics.UseNilMetrics = true }

// producerConfig closes what was measured to lose or misplace records: the idempotent producer of this client loses
// acknowledged records under connection cuts, so it is off and duplicates collapse by id; sarama's default partitioner is
// not Java's, so murmur2 is set; SendMessage ignores its context, so every network step is bounded.
func (c KafkaConfig) producerConfig() (*sarama.Config, error) {
	s := sarama.NewConfig()
	s.ClientID = "mart"
	s.Version = sarama.V2_8_0_0
	s.Net.DialTimeout, s.Net.ReadTimeout, s.Net.WriteTimeout = 5*time.Second, 5*time.Second, 5*time.Second
	s.Metadata.AllowAutoTopicCreation = false
	s.Metadata.Retry.Max, s.Metadata.Retry.Backoff = 4, 250*time.Millisecond
	s.Producer.RequiredAcks = sarama.WaitForAll
	s.Producer.Idempotent = false
	s.Producer.Timeout = 5 * time.Second
	s.Producer.Retry.Max, s.Producer.Retry.Backoff = 4, 100*time.Millisecond
	s.Producer.MaxMessageBytes = MaxRecordBytes - batchOverhead // of a record, and of the records of a batch
	s.Producer.Partitioner = sarama.NewMurmur2Partitioner
	s.Producer.Return.Successes, s.Producer.Return.Errors = true, true
	if c.TLS {
		var err error
		if s.Net.TLS.Config, err = c.TLSConfig(); err != nil {
			return nil, err
		}
		s.Net.TLS.Enable = true
	}
	if c.User == "" {
		return s, nil
	}
	if err := LogIn(s, c.SASL, c.User, c.Password); err != nil {
		return nil, fmt.Errorf("KAFKA_SASL: %w", err)
	}
	return s, nil
}

// LogIn has a client log in at its brokers. Error: it cannot do so in that way.
func LogIn(s *sarama.Config, mechanism, user, password string) error {
	s.Net.SASL.Enable, s.Net.SASL.User, s.Net.SASL.Password, s.Net.SASL.Mechanism = true, user, password, sarama.SASLMechanism(mechanism)
	switch mechanism {
	case sarama.SASLTypePlaintext:
	case sarama.SASLTypeSCRAMSHA512:
		s.Net.SASL.SCRAMClientGeneratorFunc = newSCRAM
	default:
		return fmt.Errorf("%q is no way to log in here: set SCRAM-SHA-512 or PLAIN", mechanism)
	}
	return nil
}

// TLSConfig is how a client of Kafka's knows the brokers. Error: there are no certificates in the file.
func (c KafkaConfig) TLSConfig() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile == "" {
		return config, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read KAFKA_CA_FILE: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, errors.New("KAFKA_CA_FILE holds no PEM certificate")
	}
	return config, nil
}
