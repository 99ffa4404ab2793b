package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
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
		"DB_URL", "MART_BACKOFFICE", "MART_DATA", "MART_EMPTY", "MART_KAFKA", "MART_LISTEN", "MART_MAIL", "MART_MAIL_FROM", "MART_MAIL_URL", "MART_METRICS", "MART_ORIGINS", "MART_OWNER_EMAIL",
		"MART_OWNER_PASSWORD", "MART_PAYMENTS", "MART_POSTGRES", "MART_RETURN_URL", "MART_SMTP", "MART_SMTP_PASSWORD", "MART_SMTP_TLS", "MART_SMTP_USER", "MART_STOREFRONT", "MART_STRIPE_KEY",
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

// A fault on the command line points to the help of the command that it belongs to, and `mart help` to any.
func TestAFaultPointsToItsCommandsHelp(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"up --lisen x":                             "see mart up --help",
		"dead-letters replay --all --bogus":        "see mart dead-letters replay --help",
		"dead-letters --since yesterday":           "write 24h, 90m or 30s",
		"recover --db http://db --since yesterday": "write 2026-11-27T03:00:00Z (RFC 3339); see mart recover --help",
		"nonsense": "see mart --help",
	} {
		err := run(t.Context(), strings.Fields(args))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "02T15:04") {
			t.Errorf("%s: got %v, want %q", args, err, want)
		}
	}
	command := exec.CommandContext(t.Context(), os.Args[0], "help", "recover")
	if out, err := command.CombinedOutput(); err != nil || !strings.Contains(string(out), "Usage: mart recover") {
		t.Errorf("mart help recover: %v\n%s", err, out)
	}
}

// What was stopped says so, and not what broke because of it; what runs until it is stopped says only what went wrong then.
func TestACommandThatIsStoppedSaysSo(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancelCause(t.Context())
	broken := errors.New("pgbench: signal: interrupt")
	if err := brokenOff(ctx, "bench load", broken); !errors.Is(err, broken) {
		t.Errorf("nobody has stopped it: %v", err)
	}
	stop(errors.New("interrupt"))
	if err := brokenOff(ctx, "bench load", broken); err == nil || err.Error() != "bench load was stopped before it was done (interrupt)" {
		t.Errorf("got %v", err)
	}
	if err := brokenOff(ctx, "bench load", nil); err != nil {
		t.Errorf("it was done: %v", err)
	}
	if err := brokenOff(ctx, "up", broken); !errors.Is(err, broken) {
		t.Errorf("a stop that went wrong: %v", err)
	}
}

// A terminal that goes away stops it in order, as Ctrl-C does.
func TestSignalsThatStop(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT} {
		if signal.Ignored(s) {
			continue // whoever runs this has said so, as nohup does
		}
		ctx, end := interruptible(t.Context())
		if err := syscall.Kill(os.Getpid(), s); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
		if got := context.Cause(ctx).Error(); got != s.String() {
			t.Errorf("stopped by %s, want %s", got, s)
		}
		end()
	}
}
