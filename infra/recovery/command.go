package recovery

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sethvargo/go-envconfig"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/onlinemart/mart/events/bus"
)

// Command is the command line, for kong. A TLS or SASL broker is reached by the functions' own settings, KAFKA_….
type Command struct {
	Kafka  []string  `placeholder:"HOST:PORT" help:"Brokers. Default: KAFKA_BROKERS, with the functions' other KAFKA_ settings." env:"MART_KAFKA"`
	DB     string    `placeholder:"URL" required:"" help:"The db function, on the restored database, with no other function running." env:"DB_URL"`
	Since  time.Time `placeholder:"2026-11-27T03:00:00Z" required:"" help:"Some minutes before the backup was begun. What was decided by then is not decided twice."`
	DryRun bool      `help:"Only say what there is."`
}

// Run gives db the commands again, and says how far it is.
func (c Command) Run(ctx context.Context) error {
	access, err := c.access(ctx)
	if err != nil {
		return err
	}
	commands, err := Read(ctx, access, c.Since)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(os.Stdout, "%d commands since %s.\n", len(commands), c.Since.Format(time.RFC3339))
	if c.DryRun {
		return nil
	}
	n := 0
	err = Decide(ctx, c.DB, commands, func(r *kgo.Record) {
		if n++; n%1000 == 0 {
			_, _ = fmt.Fprintf(os.Stdout, "%d, until %s\n", n, r.Timestamp.UTC().Format(time.RFC3339))
		}
	})
	_, _ = fmt.Fprintf(os.Stdout, "%d are decided.\n", n)
	return err
}

// access is how to reach Kafka. Error: nobody said where it is.
func (c Command) access(ctx context.Context) (bus.KafkaConfig, error) {
	var k bus.KafkaConfig
	if len(c.Kafka) == 0 && os.Getenv("KAFKA_BROKERS") == "" {
		return k, errors.New("say where Kafka is, with --kafka host:port or KAFKA_BROKERS")
	}
	given := map[string]string{}
	if len(c.Kafka) > 0 {
		given["KAFKA_BROKERS"] = strings.Join(c.Kafka, ",")
	}
	lookup := envconfig.MultiLookuper(envconfig.MapLookuper(given), envconfig.OsLookuper())
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &k, Lookuper: lookup}); err != nil {
		return k, fmt.Errorf("how to reach Kafka: %w", err)
	}
	return k, nil
}
