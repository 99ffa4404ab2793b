package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/sethvargo/go-envconfig"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/onlinemart/mart/events/bus"
)

// Flags say on a command line, for kong, where Kafka is. A TLS or SASL broker is reached by the functions' own settings, KAFKA_….
type Flags struct {
	Kafka []string `placeholder:"HOST:PORT" help:"Brokers. Default: KAFKA_BROKERS, with the functions' other KAFKA_ settings." env:"MART_KAFKA"`
}

// errNowhere says what to do where nobody said where Kafka is.
var errNowhere = errors.New("say where Kafka is, with --kafka host:port or KAFKA_BROKERS; mart up prints the address of its own")

// LocalFlags are Flags whose default is the broker of a mart that runs on this machine.
type LocalFlags struct {
	Flags
	Data string `default:".mart" type:"path" help:"Data folder of a mart up: its broker is meant when none is named (${default})." env:"MART_DATA"`
}

// Access is how to reach what was named, else the broker of the mart that runs on the folder; it says so on w. Error: there is none either.
func (f LocalFlags) Access(ctx context.Context, w io.Writer) (bus.KafkaConfig, error) {
	c, err := f.Flags.Access(ctx)
	if !errors.Is(err, errNowhere) {
		return c, err
	}
	address, err := Running(filepath.Join(f.Data, "kafka"))
	if errors.Is(err, ErrNotRunning) {
		return c, fmt.Errorf("%w, and none runs on %s (--data)", errNowhere, f.Data)
	}
	if err != nil {
		return c, err
	}
	_, _ = fmt.Fprintf(w, "Kafka is %s, of the mart that runs on %s.\n", address, f.Data)
	return Flags{Kafka: []string{address}}.Access(ctx)
}

// Access is how to reach it. Error: nobody said where it is.
func (f Flags) Access(ctx context.Context) (bus.KafkaConfig, error) {
	var c bus.KafkaConfig
	if len(f.Kafka) == 0 && os.Getenv("KAFKA_BROKERS") == "" {
		return c, errNowhere
	}
	given := map[string]string{}
	if len(f.Kafka) > 0 {
		given["KAFKA_BROKERS"] = strings.Join(f.Kafka, ",")
	}
	lookup := envconfig.MultiLookuper(envconfig.MapLookuper(given), envconfig.OsLookuper())
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &c, Lookuper: lookup}); err != nil {
		return c, fmt.Errorf("how to reach Kafka: %w", err)
	}
	return c, nil
}

// credentialsOf turns the functions' own settings into the administration client's.
func credentialsOf(c bus.KafkaConfig) ([]kgo.Opt, error) {
	var options []kgo.Opt
	if c.TLS {
		encrypted, err := c.TLSConfig()
		if err != nil {
			return nil, err
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
