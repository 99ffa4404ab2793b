package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/onlinemart/mart/events/bus"
)

// credentialsOf turns the functions' own settings into the administration client's.
func credentialsOf(c bus.KafkaConfig) ([]kgo.Opt, error) {
	var options []kgo.Opt
	if c.TLS {
		encrypted := &tls.Config{MinVersion: tls.VersionTLS12}
		if c.CAFile != "" {
			pem, err := os.ReadFile(c.CAFile)
			if err != nil {
				return nil, fmt.Errorf("read KAFKA_CA_FILE: %w", err)
			}
			encrypted.RootCAs = x509.NewCertPool()
			if !encrypted.RootCAs.AppendCertsFromPEM(pem) {
				return nil, errors.New("KAFKA_CA_FILE holds no PEM certificate")
			}
		}
		options = append(options, kgo.DialTLSConfig(encrypted))
	}
	if c.User == "" {
		return options, nil
	}
	switch c.SASL {
	case "PLAIN":
		return append(options, kgo.SASL(plain.Auth{User: c.User, Pass: c.Password}.AsMechanism())), nil
	case "SCRAM-SHA-512":
		return append(options, kgo.SASL(scram.Auth{User: c.User, Pass: c.Password}.AsSha512Mechanism())), nil
	}
	return nil, fmt.Errorf("KAFKA_SASL is %q; it must be SCRAM-SHA-512 or PLAIN", c.SASL)
}
