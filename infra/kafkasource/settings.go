package kafkasource

import "time"

// Settings is what the program in run reads from its environment.
type Settings struct {
	Brokers       []string      `env:"KAFKA_BROKERS" doc:"Brokers in the place of the objects' bootstrapServers: host:port, comma separated."`
	ServiceURL    string        `env:"SERVICE_URL, default=http://{name}.{namespace}.svc.cluster.local" doc:"Where a Service answers; {name} and {namespace} are filled in."`
	SecretsDir    string        `env:"SECRETS_DIR" doc:"The folder of secrets as mounted volumes have them: secret/key."`
	ListenAddress string        `env:"LISTEN_ADDRESS, default=127.0.0.1:8090" doc:"host:port of its health and of the KafkaSinks."`
	DrainTimeout  time.Duration `env:"DRAIN_TIMEOUT, default=25s" doc:"How long a stop waits for deliveries under way."`
}
