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
func Constants(t testing.TB, name string) []string {
	t.Helper()
	values := AllConstants(t)[name]
	if len(values) == 0 {
		t.Fatalf("events has no constants of the type %s", name)
	}
	return values
}

// AllConstants are the texts that the package events has as constants of a type of its own, by the name of the type. It reads them where they are
// written, because a program cannot ask for them.
func AllConstants(t testing.TB) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(eventsFiles)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if name, value, is := typedText(n); is {
				all[name] = append(all[name], value)
			}
			return true
		})
	}
	return all
}

// typedText is a constant or variable that is declared with its type and a text, by itself.
func typedText(n ast.Node) (typeName, value string, is bool) {
	spec, is := n.(*ast.ValueSpec)
	if !is || len(spec.Values) != 1 {
		return "", "", false
	}
	t, named := spec.Type.(*ast.Ident)
	text, literal := spec.Values[0].(*ast.BasicLit)
	if !named || !literal || text.Kind != token.STRING {
		return "", "", false
	}
	value, err := strconv.Unquote(text.Value)
	return t.Name, value, err == nil
}
