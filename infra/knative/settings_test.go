package knative

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/onlinemart/mart/events"
)

const root = "../.."

// shared folders hold settings that several functions read.
var sharedFolders = []string{"events/bus", "functions/internal/boot", "functions/internal/web", "functions/internal/password"}

// unread is what no function of ours reads: the image's own, and Go's.
var unread = map[string]bool{"FUNCTION": true, "GOMEMLIMIT": true}

// Each function is given what it cannot do without, and nothing that it does not read.
func TestSettings(t *testing.T) {
	t.Parallel()
	anyone := map[string]bool{}
	for _, folder := range sharedFolders {
		maps.Copy(anyone, read(t, folder))
	}
	for _, f := range events.Functions() {
		folder := "functions/" + string(f)
		if _, err := os.Stat(filepath.Join(root, folder, "function.go")); err != nil {
			t.Errorf("%s is in the manifests, but has no package: %v", f, err)
			continue
		}
		reads, given := read(t, folder), map[string]bool{}
		for _, s := range base.settingsOf(f) {
			given[s.Name] = true
			_, own := reads[s.Name]
			_, general := anyone[s.Name]
			if !own && !general && !unread[s.Name] {
				t.Errorf("%s is given %s, which it does not read", f, s.Name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(reads)) {
			if reads[name] && !given[name] {
				t.Errorf("%s is not given %s, which it requires", f, name)
			}
		}
	}
}

// read is the settings in the struct tags of a package, and whether each is required.
func read(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && field.Tag != nil {
				tag, err := strconv.Unquote(field.Tag.Value)
				if err != nil {
					t.Fatal(err)
				}
				if name, options, _ := strings.Cut(reflect.StructTag(tag).Get("env"), ","); name != "" {
					found[name] = strings.Contains(options, "required")
				}
			}
			return true
		})
	}
	return found
}
