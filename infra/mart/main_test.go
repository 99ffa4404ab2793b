package main

import (
	"maps"
	"slices"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

func TestInvocation(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]string{
		"mart":                                  "mart",
		"/usr/local/bin/mart":                   "/usr/local/bin/mart",
		"/tmp/go-build3858427875/b001/exe/mart": "go run ./infra/mart",
		"/cache/ab/ab12cd-d/mart":               "go run ./infra/mart",
	} {
		if got := invocation(program); got != want {
			t.Errorf("%s: got %q, want %q", program, got, want)
		}
	}
}

// What the environment sets is meant to be set by it: the name of no other flag, such as --version, --all or --type, becomes a variable.
func TestFlagsThatTheEnvironmentSets(t *testing.T) {
	t.Parallel()
	parser, err := commandLine(t.Context(), new(commands))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	if err := kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			for _, name := range flag.Envs {
				got[name] = true
			}
		}
		return next(nil)
	}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"DB_URL", "MART_DATA", "MART_EMPTY", "MART_KAFKA", "MART_LISTEN", "MART_MAIL", "MART_MAIL_FROM", "MART_MAIL_URL", "MART_ORIGINS", "MART_OWNER_EMAIL",
		"MART_OWNER_PASSWORD", "MART_PAYMENTS", "MART_POSTGRES", "MART_SMTP", "MART_SMTP_PASSWORD", "MART_SMTP_TLS", "MART_SMTP_USER", "MART_STRIPE_KEY",
		"MART_STRIPE_URL", "MART_STRIPE_WEBHOOK_SECRET", "MART_TOKEN", "MART_URL", "MART_VERBOSE", "OTEL_EXPORTER_OTLP_ENDPOINT",
	}
	if d := cmp.Diff(want, slices.Sorted(maps.Keys(got))); d != "" {
		t.Error(d)
	}
}
