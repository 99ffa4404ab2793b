package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
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

// A name that sets nothing, where another was meant, is told; what the suites and scripts read is none of that.
func TestMisspeltSettings(t *testing.T) {
	t.Parallel()
	parser, err := commandLine(t.Context(), new(commands))
	if err != nil {
		t.Fatal(err)
	}
	got, err := misspelt(parser.Model, []string{
		"MART_LISTN=127.0.0.1:8090", "MART_LISTEN=127.0.0.1:8090", "MRT_KAFKA=kafka:9092", "PATH=/bin", "MAIL=/var/mail/ada", "MART_E2E_URL=x", "MART_E2E_MAIL=x",
		"MART_E2E_KAFKA=x", "MART_E2E_POSTGRES=x", "MART_TEST_POSTGRES=x", "MART_CACHE=x", "MART_DOMAIN=x", "MART_IMAGE=x", "MART_INGRESS=x", "MART_UPDATE=1",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"MART_LISTN is set, and nobody reads it: is MART_LISTEN meant?",
		"MRT_KAFKA is set, and nobody reads it: is MART_KAFKA meant?",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// One of the two is enough, and the usage does not ask for both.
func TestJournalWantsASubjectOrACorrelation(t *testing.T) {
	t.Parallel()
	for flags, want := range map[string]string{
		"":                            "--subject or --correlation is missing",
		"--subject a":                 "",
		"--correlation a":             "",
		"--subject a --correlation a": "can't be used together",
	} {
		parser, err := commandLine(t.Context(), new(commands))
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.Parse(append([]string{"journal"}, strings.Fields(flags)...))
		if said := fmt.Sprint(err); (err == nil) != (want == "") || err != nil && !strings.Contains(said, want) {
			t.Errorf("%q: got %s, want %q", flags, said, want)
		}
		if err == nil && strings.Contains(parsed.Selected().Summary(), "correlation") {
			t.Errorf("the usage asks for more than it needs: %s", parsed.Selected().Summary())
		}
	}
}
