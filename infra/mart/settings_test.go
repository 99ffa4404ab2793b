package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestTheSettingsInTheDocumentAreTheProgramsOwn(t *testing.T) {
	t.Parallel()
	want, err := settingsDocument()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../settings.md")
	if diff := cmp.Diff(string(want), string(got)); diff != "" || err != nil {
		t.Errorf("%v; run make generate (-generated +committed):\n%s", err, diff)
	}
}

// Every setting that a struct of ours reads is in the table, and says what it means.
func TestEverySettingIsInTheTable(t *testing.T) {
	t.Parallel()
	all, err := allSettings()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if !strings.HasSuffix(l.Meaning, ".") && !strings.HasSuffix(l.Meaning, "…") {
			t.Errorf("%s says %q: its doc tag is no sentence", l.Name, l.Meaning)
		}
		if l.Secret && l.Default != "" {
			t.Errorf("%s is a secret and has a default", l.Name)
		}
	}
	for _, folder := range []string{"../../events", "../../functions", ".."} {
		for name, file := range tagged(t, folder) {
			if !slices.ContainsFunc(all, func(l line) bool { return l.Name == name }) {
				t.Errorf("%s reads %s, which is in no table: name its struct in its function's New, or in programs", file, name)
			}
		}
	}
}

// tagged is every name in an env tag below folder, but for the flags of mart, which print themselves.
func tagged(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "mart" || d.Name() == "testdata") {
			if d != nil && d.IsDir() && err == nil {
				return fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && field.Tag != nil {
				text, _ := strconv.Unquote(field.Tag.Value)
				tag := reflect.StructTag(text)
				if name, _, _ := strings.Cut(tag.Get("env"), ","); name != "" && tag.Get("help") == "" {
					found[name] = path
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestHelpOfAFunction(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	if asked, err := helpOfFunction(&text, []string{"function", "payment", "--help"}); !asked || err != nil {
		t.Fatal(asked, err)
	}
	for _, want := range []string{"PAYMENT_PROVIDER_KEY", "required", "Secret. The provider's secret key", "KAFKA_BROKERS", "https://api.stripe.com"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("lacks %q:\n%s", want, &text)
		}
	}
	if strings.Contains(text.String(), "SMTP_ADDRESS") {
		t.Errorf("shows what payment does not read:\n%s", &text)
	}
	help := (function{}).Help()
	if !strings.Contains(help, "SMTP_ADDRESS") || !strings.Contains(help, "DATABASE_URL") {
		t.Errorf("mart function --help lacks settings:\n%s", help)
	}
	for line := range strings.Lines(help) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 98 {
			t.Errorf("a line of %d characters: %s", n, line)
		}
	}
	if asked, err := helpOfFunction(&text, []string{"function", "nobody", "--help"}); !asked || err == nil {
		t.Error("a function that is none has help")
	}
	if asked, _ := helpOfFunction(&text, []string{"function", "--help"}); asked {
		t.Error("the help of all is not that of one")
	}
}
