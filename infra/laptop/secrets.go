package laptop

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
)

// secretsFile holds every secret of a mart on a laptop, as KEY=value lines that a shell can read.
const secretsFile = "secrets.env"

// generated is every secret that a first start makes up.
var generated = map[string]func() string{
	"EVENT_SEAL_KEYS":        func() string { return events.GenerateRing("s1") },
	"EVENT_PERSONAL_KEYS":    func() string { return events.GenerateRing("p1") },
	"TOKEN_KEYS":             func() string { return events.GenerateRing("t1") },
	"PAYMENT_PROVIDER_KEY":   func() string { return "sk_test_" + rand.Text() },
	"PAYMENT_WEBHOOK_SECRET": func() string { return "whsec_" + rand.Text() },
	"DATABASE_PASSWORD":      rand.Text,
}

// loadSecrets reads the folder's secrets, and makes them up in a folder that holds nothing yet: new ones would not fit what is there. Only
// the owner of the folder can read the file.
func (f *folder) loadSecrets() (map[string]string, error) {
	path := f.file(secretsFile)
	secrets, err := readSecrets(path)
	if err != nil {
		return nil, err
	}
	missing := slices.DeleteFunc(slices.Sorted(maps.Keys(generated)), func(name string) bool { return secrets[name] != "" })
	if len(missing) == 0 {
		return secrets, nil
	}
	if kept := f.kept(); len(kept) > 0 {
		return nil, fmt.Errorf("%s lacks %s, without which what is in %s (%s) cannot be read: put the file back as it was, or choose another folder with --data and begin anew",
			path, strings.Join(missing, ", "), f.path, strings.Join(kept, ", "))
	}
	for _, name := range missing {
		secrets[name] = generated[name]()
	}
	return secrets, writeSecrets(path, secrets)
}

func readSecrets(path string) (map[string]string, error) {
	secrets := map[string]string{}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return secrets, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the secrets: %w", err)
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), "="); ok && !strings.HasPrefix(name, "#") {
			secrets[name] = value
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the secrets: %w", err)
	}
	return secrets, nil
}

// writeSecrets replaces the file in one step: a crash leaves the old one or the new one, never half of it.
func writeSecrets(path string, secrets map[string]string) error {
	var text strings.Builder
	text.WriteString("# The secrets of this mart. Whoever has them can read and forge everything in it.\n")
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		fmt.Fprintf(&text, "%s=%s\n", name, secrets[name])
	}
	file, err := os.CreateTemp(filepath.Dir(path), "secrets-*")
	if err != nil {
		return fmt.Errorf("write the secrets: %w", err)
	}
	_, err = file.WriteString(text.String())
	if err = errors.Join(err, file.Chmod(0o600), file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write the secrets: %w", err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return fmt.Errorf("write the secrets: %w", err)
	}
	return nil
}
