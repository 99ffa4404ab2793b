package laptop

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
)

// What is in the way of a start is said in one line that says what to do.
func TestStartSaysWhatToDo(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() }) // nobody has connected
	nobody := nobodys(t)
	old := t.TempDir()
	if err := errors.Join(os.Chmod(old, 0o711), os.Chmod(filepath.Dir(old), 0o711)); err != nil { // Postgres' user enters it
		t.Fatal(err)
	}
	for name, text := range map[string]string{"version": "1\n", "postgres/data/PG_VERSION": "13\n"} {
		path := filepath.Join(old, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o711), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeSecrets(filepath.Join(old, secretsFile), madeUp()); err != nil {
		t.Fatal(err)
	}
	for says, c := range map[string]struct {
		cfg  Config
		want []string
	}{
		"payments' port": {Config{Payments: taken.Addr().String()}, []string{taken.Addr().String() + " is taken", "--payments"}},
		"no Postgres":    {Config{Postgres: "postgres://postgres:geheim@" + nobody + "/postgres"}, []string{"no Postgres answers at " + nobody, "connection refused", "--postgres"}},
		"no mail server": {Config{SMTP: nobody}, []string{"no mail server answers at " + nobody, "--smtp"}},
		"Postgres 13":    {Config{Data: old}, []string{"was written by Postgres 13, and the mart needs 14 or newer", "pg_dumpall"}},
		"no broker":      {Config{Kafka: []string{nobody}}, []string{"no broker answers at " + nobody}},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			_, err := Start(t.Context(), c.cfg)
			if err == nil {
				t.Fatal("it starts")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "geheim") {
					t.Errorf("got %q, want one line with %q", err, want)
				}
			}
		})
	}
}

// nobodys is an address at which nobody listens.
func nobodys(t *testing.T) string {
	t.Helper()
	free, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	return free.Addr().String()
}

// A start that fails before any function runs has made no owner, and leaves no password in the folder.
func TestAStartThatFailsEarlyLeavesNoPassword(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := Start(t.Context(), Config{Data: dir, Kafka: []string{nobodys(t)}, Postgres: "postgres://x@" + nobodys(t) + "/x"}); err == nil {
		t.Fatal("it starts")
	}
	if _, err := os.Stat(filepath.Join(dir, firstPassword)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: %v", firstPassword, err)
	}
}

// All ports that cannot be had are told at once; parts that are elsewhere need none here.
func TestEveryTakenPortIsTold(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() }) // nobody has connected
	at := taken.Addr().String()
	told := func(setting string) string {
		return at + " is taken: stop what uses it, or choose another with " + setting + " host:port, or before make run with MART_" + strings.ToUpper(setting[2:]) + "=host:port"
	}
	_, err = Start(t.Context(), Config{Listen: at, Mail: at, Payments: at})
	if err == nil {
		t.Fatal("it starts")
	}
	if d := cmp.Diff([]string{told("--listen"), told("--mail"), told("--payments")}, strings.Split(err.Error(), "\n")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	twice := Config{Listen: nobodys(t), Mail: "127.0.0.1:0"}
	twice.Payments = twice.Listen
	_, port, err := net.SplitHostPort(twice.Listen)
	if err != nil {
		t.Fatal(err)
	}
	want := "--listen and --payments are both at port " + port + ": choose another port for one of them"
	for _, payments := range []string{twice.Listen, "localhost:" + port, ":" + port} {
		twice.Payments = payments
		if err := twice.portsAreFree(t.Context()); err == nil || err.Error() != want {
			t.Errorf("%s twice: got %v, want %s", payments, err, want)
		}
	}
	elsewhere := Config{Mail: at, SMTP: "mail.example.com:25", Payments: at, Stripe: Stripe{Key: "sk_test_1"}}.withDefaults()
	if err := elsewhere.portsAreFree(t.Context()); err != nil {
		t.Errorf("mail and payments are elsewhere: %v", err)
	}
}

func madeUp() map[string]string {
	secrets := map[string]string{}
	for name, generate := range generated {
		secrets[name] = generate()
	}
	return secrets
}

// Whoever fails for want of space, the folder is named whose disk is full: of our own writes by their error, of Postgres' by its words.
func TestAFullDiskIsNamed(t *testing.T) {
	t.Parallel()
	m := &Mart{Folder: "/home/ada/.mart"}
	for _, err := range []error{
		fmt.Errorf("write the secrets: %w", &os.PathError{Op: "write", Path: "secrets-1", Err: syscall.ENOSPC}),
		errors.New(`postgres: initdb: exit status 1: could not write to file "pg_wal/xlogtemp.1": No space left on device`),
	} {
		if got := m.explain(err).Error(); !strings.HasPrefix(got, "no space is left on the disk of the data folder /home/ada/.mart: free some and start again") {
			t.Errorf("got %q", got)
		}
	}
	if other := errors.New("something else"); !errors.Is(m.explain(other), other) || m.explain(other).Error() != other.Error() {
		t.Error("another fault is explained as a full disk")
	}
}

// A mart with a provider and a mail server elsewhere gives its functions these and starts neither of its own.
func TestSettingsOfTheWorldOutside(t *testing.T) {
	t.Parallel()
	m := &Mart{secrets: madeUp(), cfg: Config{
		SMTPUser: "ada", SMTPPassword: "x", SMTPTLS: "required", MailFrom: "Shop <s@example.com>", Origins: []string{"https://shop.example", "http://localhost:*"},
		Stripe:    Stripe{URL: "https://api.stripe.com", Key: "sk_test_1", WebhookSecret: "whsec_1"},
		ReturnURL: "https://shop.example/paid", Storefront: "https://shop.example", Backoffice: "https://office.example",
	}.withDefaults(), URL: "http://127.0.0.1:8080", SMTP: "mail.example.com:587"}
	for f, want := range map[string]map[string]string{
		"payment":      {"PAYMENT_RETURN_URL": "https://shop.example/paid", "PAYMENT_RETURN_ORIGINS": "http://127.0.0.1:8080,https://shop.example,http://localhost:*", "PAYMENT_PROVIDER_URL": "https://api.stripe.com", "PAYMENT_PROVIDER_KEY": "sk_test_1", "PAYMENT_WEBHOOK_SECRET": "whsec_1"},
		"notification": {"SMTP_ADDRESS": "mail.example.com:587", "SMTP_USER": "ada", "SMTP_PASSWORD": "x", "SMTP_TLS": "required", "MAIL_FROM": "Shop <s@example.com>", "STOREFRONT_URL": "https://shop.example", "BACKOFFICE_URL": "https://office.example"},
		"gateway":      {"CORS_ORIGINS": "https://shop.example,http://localhost:*"},
	} {
		for name, value := range want {
			if got := private[events.Function(f)](m)[name]; got != value {
				t.Errorf("%s: %s is %q, want %q", f, name, got, value)
			}
		}
	}
	if end, err := m.startPayments(t.Context()); end != nil || err != nil || m.Payments != nil {
		t.Errorf("the test provider starts beside Stripe: %v", err)
	}
	if got := strings.Join(Config{}.withDefaults().Origins, ","); got != "http://localhost:*,http://127.0.0.1:*" {
		t.Errorf("pages that may call a laptop: %s", got)
	}
}
