// Package eventstest is for tests of what lists the values that the package events has.
package eventstest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"testing"
)

// eventsFiles are the package events, seen from a package two folders below the root.
const eventsFiles = "../../events/*.go"

// Constants are the values of the constants that the package events has of a type, by its name: what else lists them must list them all.
// It reads them where they are written, because a program cannot ask for them.
func Constants(t testing.TB, name string) (values []string) {
	t.Helper()
	files, err := filepath.Glob(eventsFiles)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, is := n.(*ast.ValueSpec); is && ofType(spec, name) {
				value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatalf("%s: %s is no text: %v", path, spec.Names[0], err)
				}
				values = append(values, value)
			}
			return true
		})
	}
	if len(values) == 0 {
		t.Fatalf("events has no constants of the type %s", name)
	}
	return values
}

func ofType(spec *ast.ValueSpec, name string) bool {
	t, named := spec.Type.(*ast.Ident)
	return named && t.Name == name && len(spec.Values) == 1
}
