package knative

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// All settings that lack are told at once, before anything is printed for the cluster.
func TestSecretsTellAllThatLacks(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "kubectl"), []byte("#!/bin/sh\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ overlay, want string }{
		{"testing", "secrets: not set: DATABASE_URL; see the head of this script\n"},
		{"production", "secrets: not set: DATABASE_URL KAFKA_USER KAFKA_PASSWORD KAFKA_CA_FILE PAYMENT_PROVIDER_KEY PAYMENT_WEBHOOK_SECRET SMTP_USER SMTP_PASSWORD; " +
			"see the head of this script\n"},
	} {
		command := exec.CommandContext(t.Context(), "./secrets.sh", c.overlay)
		command.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "DATABASE_OWNER_URL=postgres://here"}
		said, err := command.CombinedOutput()
		if err == nil || string(said) != c.want {
			t.Errorf("%s: %v, %q, want %q", c.overlay, err, said, c.want)
		}
	}
}
