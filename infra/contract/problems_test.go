package contract

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"regexp"
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

// notAnswered are the kinds that no request is answered with as a problem: of what functions ask each other, and what OAuth has a form of its own for.
var notAnswered = []string{"already_sent", "already_staffed", "invalid_grant", "lease_lost"}

// An example says what is said: its status and its detail are those of a refusal with that code.
func TestExamplesOfProblemsAreSaidSo(t *testing.T) {
	t.Parallel()
	refusals := map[string][]refusal{ // what stands in no refusal: huma's own, in our words
		"not_acceptable": {{status: "406"}}, "invalid": {{"422", "The request is not valid; errors names every fault."}}, "malformed": {{"400", "The body cannot be read as JSON; see errors."}},
	}
	for _, folder := range []string{"../../events", "../../functions"} {
		eachFile(t, folder, func(_ string, file *ast.File) { refusalsIn(file, refusals) })
	}
	for _, kind := range events.ProblemKinds() {
		example, has := events.ExampleOfProblem(kind.Code)
		if has == slices.Contains(notAnswered, kind.Code) {
			t.Errorf("%q has an example: %t", kind.Code, has)
		}
		p := example.Problem
		if has && !slices.ContainsFunc(refusals[kind.Code], func(r refusal) bool { return r.says(p.Status, p.Detail) }) {
			t.Errorf("nothing refuses with %d %q as the example of %q says: %q", p.Status, p.Detail, kind.Code, refusals[kind.Code])
		}
	}
}

// refusal is what one place refuses with: the last part of the constant or the number of its status, and its text as far as it stands there.
type refusal struct{ status, text string }

var verb = regexp.MustCompile(`%[0-9.]*[a-z]|%%`)

func (r refusal) says(status int, detail string) bool {
	name := strings.NewReplacer(" ", "", "-", "").Replace(http.StatusText(status))
	parts := verb.Split(r.text, -1)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	fits := regexp.MustCompile("^" + strings.Join(parts, ".*"))
	return (r.status == "" || r.status == "Status"+name || r.status == strconv.Itoa(status)) && fits.MatchString(detail)
}

// statusOf is what each function that makes a refusal answers.
var statusOf = map[string]string{"Refuse": "409", "Unprocessable": "422", "TooMany": "429"}

func refusalsIn(file *ast.File, found map[string][]refusal) {
	text := func(e ast.Expr) (s string) {
		if l, is := e.(*ast.BasicLit); is && l.Kind == token.STRING {
			s, _ = strconv.Unquote(l.Value)
		}
		return s
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if status := statusOf[named(n.Fun)]; status != "" && len(n.Args) > 1 && text(n.Args[0]) != "" {
				found[text(n.Args[0])] = append(found[text(n.Args[0])], refusal{status, text(n.Args[1])})
			}
		case *ast.CompositeLit:
			if named(n.Type) != "Problem" {
				return true
			}
			var r refusal
			var code string
			for _, e := range n.Elts {
				if member, is := e.(*ast.KeyValueExpr); is {
					switch named(member.Key) {
					case "Code":
						code = cmp.Or(text(member.Value), codeNames[named(member.Value)])
					case "Detail":
						r.text = text(member.Value)
					case "Status":
						r.status = named(member.Value)
						if number, is := member.Value.(*ast.BasicLit); is {
							r.status = number.Value
						}
					}
				}
			}
			found[code] = append(found[code], r)
		}
		return true
	})
}

// codeNames are the codes that have a name.
var codeNames = map[string]string{"tokenRequired": "token_required", "compressed": "unsupported_content_encoding"}

// codesBelow notes each code with a place where it is refused with.
func codesBelow(t *testing.T, folder string, found map[string]string) {
	t.Helper()
	eachFile(t, folder, func(path string, file *ast.File) {
		for _, code := range codesIn(file) {
			found[code] = path
		}
	})
}

// eachFile visits what is no test and no data of one.
func eachFile(t *testing.T, folder string, visit func(path string, file *ast.File)) {
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
		if err == nil {
			visit(folder+"/"+path, file)
		}
		return err
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
