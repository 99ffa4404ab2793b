package scaffold

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart"
	"knative.dev/func-go/http"
)

const root = "../.."

// The hooks by func-go's own types: one with another signature would be ignored in silence.
var (
	_ http.Handler           = mart.Function(nil)
	_ http.Starter           = mart.Function(nil)
	_ http.Stopper           = mart.Function(nil)
	_ http.ReadinessReporter = mart.Function(nil)
	_ http.LivenessReporter  = mart.Function(nil)
)

// longestRequest is what a request of ours may take: db's answer to a wait of ten seconds, with room; see boot's server.
const longestRequest = 25 * time.Second

func TestFuncLimits(t *testing.T) {
	t.Parallel()
	server := http.New(mart.New())
	for name, limit := range map[string]time.Duration{
		"read": server.ReadTimeout, "write": server.WriteTimeout,
		"drain": http.ServerShutdownTimeout, "stop": http.InstanceStopTimeout,
	} {
		if limit <= longestRequest {
			t.Errorf("func allows %s to %s; a request of ours may take %s", limit, name, longestRequest)
		}
	}
}

// func looks in every Go file at the root for a package-level New or Handle, and wants exactly one kind.
func TestOneNewAtTheRoot(t *testing.T) {
	t.Parallel()
	found := map[string][]string{}
	for _, file := range goFiles(t, root) {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if parsed.Name.Name == "main" {
			t.Errorf("%s is package main: func imports the root package", file)
		}
		for _, declaration := range parsed.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if ok && f.Recv == nil && (f.Name.Name == "New" || f.Name.Name == "Handle") {
				found[f.Name.Name] = append(found[f.Name.Name], filepath.Base(file))
			}
		}
	}
	if d := cmp.Diff(map[string][]string{"New": {"function.go"}}, found); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func goFiles(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, entry := range entries {
		if !entry.IsDir() && strings.HasSuffix(entry.Name(), ".go") {
			files = append(files, filepath.Join(dir, entry.Name()))
		}
	}
	return files
}
