package mart_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/onlinemart/mart"
	"github.com/onlinemart/mart/events"
)

// A function that does not describe its routes would be undocumented, and so would its entity be.
func TestEveryFunctionWithRoutesDescribesThem(t *testing.T) {
	t.Parallel()
	for _, name := range events.Functions() {
		f, err := mart.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		api := f.OpenAPI()
		described := api != nil && len(api.Paths) > 0
		if routed := name != events.DB && name != events.Gateway; described != routed {
			t.Errorf("%s describes routes of its own: %t; want %t: see Described in functions/brand/function.go", name, described, routed)
		}
	}
}

func TestEveryFunctionIsInTheTable(t *testing.T) {
	t.Parallel()
	for _, f := range events.Functions() {
		if _, err := mart.Lookup(f); err != nil {
			t.Errorf("%s has no line in functions in function.go: %v", f, err)
		}
	}
	if _, err := mart.Lookup("mart"); err == nil {
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
