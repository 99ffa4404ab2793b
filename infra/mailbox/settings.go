package mailbox

// Settings is what the program in run reads from its environment.
type Settings struct {
	ListenAddress     string   `env:"LISTEN_ADDRESS, default=127.0.0.1:8025" doc:"host:port of the page and the API."`
	SMTPListenAddress string   `env:"SMTP_LISTEN_ADDRESS, default=127.0.0.1:1025" doc:"host:port for mails."`
	DataDir           string   `env:"DATA_DIR" doc:"The folder of the mails; none: a temporary one."`
	Hosts             []string `env:"ALLOWED_HOSTS" doc:"Names besides those of this machine and of a cluster by which browsers reach its pages, comma separated."`
	Pictures          []string `env:"PICTURES_FROM" doc:"Addresses of the mart, comma separated: mails show the pictures that are there, and a plain field for all others."`
}
