package contract

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/onlinemart/mart/events"
)

// Every code that a function or a rule refuses with is one of the kinds that people can look up, and each of those is refused with.
func TestEveryCodeCanBeLookedUp(t *testing.T) {
	t.Parallel()
	found := map[string]string{"not_acceptable": "huma"}
	for _, folder := range []string{"../../events", "../../functions"} {
		codesBelow(t, folder, found)
	}
	for _, code := range slices.Sorted(maps.Keys(found)) {
		if _, known := events.KindOfProblem(code); !known {
			t.Errorf("%s refuses with %q: say in events/problems.go what that is, and what to do then", found[code], code)
		}
	}
	kinds := events.ProblemKinds()
	for i, kind := range kinds {
		if found[kind.Code] == "" {
			t.Errorf("nothing refuses with %q", kind.Code)
		}
		if i > 0 && kinds[i-1].Code >= kind.Code {
			t.Errorf("%q stands behind %q: sort them by code", kind.Code, kinds[i-1].Code)
		}
		if !strings.HasSuffix(kind.Advice, ".") || strings.HasSuffix(kind.Title, ".") {
			t.Errorf("%q: the title is no sentence, the advice is one", kind.Code)
		}
	}
}

// codesBelow notes each code with a place where it is refused with.
func codesBelow(t *testing.T, folder string, found map[string]string) {
	t.Helper()
	folders := os.DirFS(folder)
	err := fs.WalkDir(folders, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "functiontest" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), folder+"/"+path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, code := range codesIn(file) {
			found[code] = folder + "/" + path
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// codesIn is the codes in a file: the first thing that a refusal is made of, the member Code of a Problem, and constants that say of
// themselves that they are one.
func codesIn(file *ast.File) (codes []string) {
	add := func(e ast.Expr) {
		if text, ok := e.(*ast.BasicLit); ok && text.Kind == token.STRING {
			code, _ := strconv.Unquote(text.Value)
			codes = append(codes, code)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if slices.Contains([]string{"Refuse", "Unprocessable", "TooMany"}, named(n.Fun)) && len(n.Args) > 0 {
				add(n.Args[0])
			}
		case *ast.CompositeLit:
			for _, e := range n.Elts {
				if member, ok := e.(*ast.KeyValueExpr); ok && named(n.Type) == "Problem" && named(member.Key) == "Code" {
					add(member.Value)
				}
			}
		case *ast.GenDecl:
			if n.Tok == token.CONST && strings.Contains(n.Doc.Text(), "is the code of") {
				add(n.Specs[0].(*ast.ValueSpec).Values[0])
			}
		}
		return true
	})
	return codes
}

// named is the last name of an expression.
func named(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
