package mart_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/onlinemart/mart"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/contract"
)

// A function whose routes are not in the contract would be undocumented, and so would its entity be.
func TestEveryFunctionWithRoutesIsInTheContract(t *testing.T) {
	t.Parallel()
	for _, f := range events.Functions() {
		described := slices.ContainsFunc(contract.APIs(), func(a contract.API) bool { return a.Function == f })
		switch routed := f != events.DB && f != events.Gateway; {
		case routed && !described:
			t.Errorf("%s has no line in APIs in functions/contract/openapi.go", f)
		case described && !routed:
			t.Errorf("%s has no API of its own and is in APIs in functions/contract/openapi.go", f)
		}
	}
}

func TestEveryFunctionIsInTheTable(t *testing.T) {
	t.Parallel()
	for _, f := range events.Functions() {
		if _, err := mart.Named(f); err != nil {
			t.Errorf("%s has no line in functions in function.go: %v", f, err)
		}
	}
	if _, err := mart.Named("mart"); err == nil {
		t.Error("a name that is none is taken")
	}
}

func TestEveryFunctionIsInTheComposeFile(t *testing.T) {
	t.Parallel()
	services, err := os.ReadFile("docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range events.Functions() {
		if !regexp.MustCompile(`FUNCTION: ` + string(f) + `\b`).Match(services) {
			t.Errorf("%s has no service in docker-compose.yml", f)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)`)

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	t.Parallel()
	documents := 0
	err := filepath.WalkDir(".", func(name string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), ".") {
			return filepath.SkipDir
		}
		if filepath.Ext(name) != ".md" {
			return nil
		}
		documents++
		text, err := os.ReadFile(name)
		for _, to := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(to[1], ":") {
				continue // another server's
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), filepath.FromSlash(path.Clean(to[1])))); err != nil {
				t.Errorf("%s links to %s, which is not there", name, to[1])
			}
		}
		return err
	})
	if err != nil || documents == 0 {
		t.Errorf("%d documents were read: %v", documents, err)
	}
}
