package events

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A message that is declared and not in the catalogue would have no topic, no schema and nobody who misses it.
func TestEveryDeclarationIsInTheCatalogue(t *testing.T) {
	t.Parallel()
	eachLiteral(t, func(name, of string, fields map[string]string) {
		switch {
		case of == "Resource":
			fields["Verb"] = "create"
		case of != "Message" && of != "Query":
			return
		}
		if fields["Noun"] == "" || fields["Verb"] == "" {
			return
		}
		if _, ok := ByType(typeOf(fields["Noun"], fields["Verb"])); !ok {
			t.Errorf("%s is declared and not in the catalogue: add it to its noun's messages, or the noun to catalogue in catalog.go", name)
		}
	})
}

// Who sends a command with something personal, or hears an event with it, asks db for the person's key: without, it goes out under the ring alone.
func TestWhoSpeaksOfPersonsMayAskForTheirKeys(t *testing.T) {
	t.Parallel()
	for _, d := range All() {
		says := d.Declaration()
		who := says.Producers
		if says.Kind == Event {
			who = says.Consumers
		}
		if says.Kind == QueryKind || !holdsPersonal(says.Payload) {
			continue
		}
		for _, f := range who {
			if f != DB && !slices.Contains(speakers, f) {
				t.Errorf("%s is of persons, and %s may not ask for their keys: add it to speakers in person.go", says, f)
			}
		}
	}
}

func TestEveryFunctionIsListed(t *testing.T) {
	t.Parallel()
	for name, value := range functionConstants(t) {
		if !slices.Contains(Functions(), Function(value)) {
			t.Errorf("the function %s speaks for no noun in catalog.go: nothing would be started or deployed for it", name)
		}
	}
}

// Who sends commands waits for their outcomes.
func TestWhoeverSendsCommandsMayAwaitThem(t *testing.T) {
	t.Parallel()
	for _, m := range All() {
		d := m.Declaration()
		for _, f := range d.Producers {
			if d.Kind == Command && f != DB && !AwaitOperation.Declaration().Emits(f) {
				t.Errorf("%s sends %s and may not ask what became of it: see AwaitOperation in operation.go", f, d)
			}
		}
	}
}

// eachLiteral visits every package variable that is a composite literal of a generic type, with its members that are texts.
func eachLiteral(t *testing.T, visit func(name, of string, fields map[string]string)) {
	t.Helper()
	eachSpec(t, token.VAR, func(spec *ast.ValueSpec) {
		for i, value := range spec.Values {
			if literal, ok := value.(*ast.CompositeLit); ok {
				visit(spec.Names[i].Name, genericName(literal.Type), texts(literal))
			}
		}
	})
}

func functionConstants(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	eachSpec(t, token.CONST, func(spec *ast.ValueSpec) {
		if of, ok := spec.Type.(*ast.Ident); ok && of.Name == "Function" {
			if text, ok := spec.Values[0].(*ast.BasicLit); ok {
				found[spec.Names[0].Name], _ = strconv.Unquote(text.Value)
			}
		}
	})
	if len(found) < 12 {
		t.Fatalf("found the functions %v only", found)
	}
	return found
}

func eachSpec(t *testing.T, kind token.Token, visit func(*ast.ValueSpec)) {
	t.Helper()
	files, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			group, ok := declaration.(*ast.GenDecl)
			if !ok || group.Tok != kind {
				continue
			}
			for _, spec := range group.Specs {
				visit(spec.(*ast.ValueSpec))
			}
		}
	}
}

func genericName(of ast.Expr) string {
	switch g := of.(type) {
	case *ast.IndexExpr:
		of = g.X
	case *ast.IndexListExpr:
		of = g.X
	}
	if name, ok := of.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

func texts(literal *ast.CompositeLit) map[string]string {
	found := map[string]string{}
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		member, named := pair.Key.(*ast.Ident) // a map's key may be anything
		if text, ok := pair.Value.(*ast.BasicLit); ok && named && text.Kind == token.STRING {
			found[member.Name], _ = strconv.Unquote(text.Value)
		}
	}
	return found
}
