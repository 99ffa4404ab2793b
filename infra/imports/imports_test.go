// Package imports holds the floors of the house: which package may import which.
package imports_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
)

// importing is one import of one file: the file's path, and what it imports, a package of ours as its folder.
type importing struct{ file, of string }

// rule says what must not be imported where. Source: the floors of the house, from the rules up to the laptop, on which no arrow runs up.
type rule struct {
	name   string
	broken func(i importing) bool
}

var rules = []rule{
	{
		"the language knows neither its wire nor its speakers: events imports nothing of the mart",
		func(i importing) bool {
			return i.from("events") && !i.from("events/bus") && i.ours() && i.of != "events"
		},
	},
	{
		"the wire carries what the language says, whoever speaks: events/bus imports events",
		func(i importing) bool { return i.from("events/bus") && i.ours() && !i.to("events") },
	},
	{
		"rules are pure: domain imports events and what text and ids look like, and nothing that reads, writes or waits",
		func(i importing) bool {
			return i.from("functions/internal/domain") && !i.test() && i.of != "events" && !i.to("functions/internal/domain") &&
				!i.to("golang.org/x/text") && !i.to("golang.org/x/net/idna") && !i.to("github.com/google/uuid") && !i.to("github.com/gosimple/unidecode") &&
				(!i.standard() || slices.Contains([]string{"context", "net", "net/http", "os", "database/sql", "log/slog"}, i.of))
		},
	},
	{
		"what happened is told by the journal and the declarations alone: flow imports events and domain, and nothing that reads, writes or waits",
		func(i importing) bool {
			return i.from("functions/flow") && !i.test() && i.of != "events" && !i.to("functions/internal/domain") && !i.to("github.com/google/uuid") &&
				(!i.standard() || slices.Contains([]string{"context", "net", "net/http", "os", "database/sql", "log/slog"}, i.of))
		},
	},
	{
		"functions never import each other: what two need is in functions/internal or is a message",
		func(i importing) bool {
			owner, other := functionOf(i.file), functionOf(i.of)
			return other != "" && owner != other && (owner != "" || i.from("functions/internal") && !i.test()) &&
				(!i.test() || owner != events.Gateway) // its test knows every route
		},
	},
	{
		"functions import events, schemas, functions/settings and functions/internal: nothing of how they are run",
		func(i importing) bool {
			return i.from("functions") && !i.test() && !i.from("functions/functiontest") && i.ours() && !i.to("events") && !i.to("functions") && !i.to("schemas")
		},
	},
	{
		"functiontest is for tests, and it alone reaches into infra for them; else a test takes from there only the server that its function speaks to",
		func(i importing) bool {
			server := servers[functionOf(i.file)]
			return i.to("functions/functiontest") && !i.test() || i.from("functions") && i.test() && i.to("infra") && (server == "" || !i.to(server))
		},
	},
	{
		"only functions/db talks to Postgres; infra/postgres runs one, the benchmark and the suites look at one",
		func(i importing) bool {
			return (i.to("github.com/jackc") || i.to("database/sql")) && i.of != "database/sql/driver" && !i.from("functions/db") && !i.from("infra/postgres") &&
				!i.from("infra/bench") && !i.from("infra/e2e") && (!i.from("infra/mart") || !i.test())
		},
	},
	{
		"db's engine knows no noun: inbox imports pg, the journal, events, domain's rows and what remembers for a while, and nothing above it",
		func(i importing) bool {
			return i.from("functions/db/internal/inbox") && i.ours() && !i.to("functions/db/internal/inbox") && !i.to("functions/db/internal/pg") &&
				!i.to("functions/db/journal") && !i.to("events") && i.of != "functions/internal/domain" && i.of != "functions/internal/recent"
		},
	},
	{
		"pg knows Postgres alone: neither commands nor nouns, nor the engine",
		func(i importing) bool {
			return i.from("functions/db/internal/pg") && i.ours() && !i.to("functions/db/internal/pg") && i.of != "events"
		},
	},
	{
		"what the journal keeps is read without db: journal imports events",
		func(i importing) bool {
			return i.from("functions/db/journal") && i.ours() && !i.to("events") && !i.to("functions/db/journal")
		},
	},
	{
		"only events/bus and the stand-in for KafkaSource speak Kafka through the SDK: publish and receive through events/bus",
		func(i importing) bool {
			return (i.to("github.com/IBM/sarama") || i.to("github.com/cloudevents/sdk-go/protocol/kafka_sarama")) && !i.from("events/bus") && !i.from("infra/kafkasource") &&
				(!i.from("infra/kafka") || !i.test())
		},
	},
}

// servers are what functions speak to besides each other and Kafka.
var servers = map[events.Function]string{
	events.DB: "infra/postgres", events.Notification: "infra/mailbox", events.Payment: "infra/paymentgateway",
}

func (i importing) from(folder string) bool { return under(i.file, folder) }
func (i importing) to(path string) bool     { return under(i.of, path) }
func (i importing) test() bool              { return strings.HasSuffix(i.file, "_test.go") }
func (i importing) standard() bool {
	return !i.ours() && !strings.Contains(strings.Split(i.of, "/")[0], ".")
}

// ours tells a package of the mart's, by its floor.
func (i importing) ours() bool {
	return i.of == "." || slices.ContainsFunc([]string{"events", "functions", "infra", "schemas"}, i.to)
}

func under(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

// functionOf is the function whose folder holds path; "" for what none has.
func functionOf(path string) events.Function {
	parts := strings.Split(path, "/")
	if len(parts) > 1 && parts[0] == "functions" && slices.Contains(events.Functions(), events.Function(parts[1])) {
		return events.Function(parts[1])
	}
	return ""
}

func broken(all []importing) (told []string) {
	for _, i := range all {
		for _, r := range rules {
			if r.broken(i) {
				told = append(told, i.file+" imports "+i.of+": "+r.name)
			}
		}
	}
	return told
}

func TestImports(t *testing.T) {
	t.Parallel()
	all := imports(t)
	if len(all) < 1000 {
		t.Fatalf("%d imports were found; the mart has more", len(all))
	}
	for _, b := range broken(all) {
		t.Error(b)
	}
}

// linked are packages with all that they bring along, and what must not be among that, by how its path begins.
var linked = map[string][]string{
	"./events":                    {"net/http", "database/sql", "github.com/onlinemart/mart/", "github.com/IBM/", "github.com/cloudevents/", "github.com/danielgtaylor/", "github.com/prometheus/", "go.opentelemetry.io/"},
	"./functions/internal/domain": {"net/http", "database/sql", "github.com/onlinemart/mart/events/", "github.com/IBM/", "github.com/cloudevents/", "github.com/danielgtaylor/", "github.com/prometheus/", "go.opentelemetry.io/"},
}

// What rules and the language say can be linked without any of what carries, serves, counts or stores it.
func TestRulesLinkNoWire(t *testing.T) {
	t.Parallel()
	for folder, barred := range linked {
		list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{.ImportPath}}", folder)
		list.Dir = "../.."
		out, err := list.Output()
		if err != nil {
			t.Fatalf("what %s links: %v", folder, err)
		}
		own := "github.com/onlinemart/mart" + strings.TrimPrefix(folder, ".")
		packages := strings.Fields(string(out))
		if !slices.Contains(packages, own) {
			t.Errorf("%s is not among what it links: %v", own, packages)
		}
		for _, path := range packages {
			if path != own && path != "github.com/onlinemart/mart/events" && path != "database/sql/driver" &&
				slices.ContainsFunc(barred, func(b string) bool { return strings.HasPrefix(path, b) }) {
				t.Errorf("%s links %s; see with: go list -deps %s", folder, path, folder)
			}
		}
	}
}

// imports reads what every file of this module imports.
func imports(t *testing.T) (all []importing) {
	t.Helper()
	const root = "../.."
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && path != root {
			_, another := os.Stat(filepath.Join(path, "go.mod"))
			if another == nil || strings.HasPrefix(e.Name(), ".") {
				return fs.SkipDir
			}
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		source, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range source.Imports {
			of, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			file, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			all = append(all, importing{filepath.ToSlash(file), local(of)})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// local is the folder of a package of ours, and another's path as it is.
func local(path string) string {
	const module = "github.com/onlinemart/mart"
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}

// The engine is given nouns and names none: of the domain it uses rows and what a decision is made on, and no message of a noun.
func TestImports_TheEngineNamesNoNoun(t *testing.T) {
	t.Parallel()
	known := []string{"Account", "Case", "Change", "Deadline", "Deadlines", "ErrUnloaded", "ID", "Limits", "NewRows", "Rows", "Sequence", "Table"}
	names := 0
	files, err := filepath.Glob("../../functions/db/internal/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			of, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			switch from, _ := of.X.(*ast.Ident); {
			case from == nil:
			case from.Name == "domain":
				if names++; !slices.Contains(known, of.Sel.Name) {
					t.Errorf("%s uses domain.%s: let the noun give it to the engine", path, of.Sel.Name)
				}
			case from.Name == "events":
				if m := message(of.Sel.Name); m != nil && !slices.Contains([]string{"operation", "journal"}, m.Noun) {
					t.Errorf("%s names events.%s: let the noun give it to the engine", path, of.Sel.Name)
				}
			}
			return true
		})
	}
	if names < 20 {
		t.Errorf("the engine names domain %d times: is it no longer there?", names)
	}
}

// message is the one that is declared under a name, PlaceOrder or OrderPlaced; nil: none is.
func message(name string) *events.Details {
	for _, d := range events.All() {
		m := d.Declaration()
		noun, verb := pascal(m.Noun), pascal(m.Verb)
		if name == noun+verb || name == verb+noun {
			return &m
		}
	}
	return nil
}

func pascal(words string) (name string) {
	for _, w := range strings.FieldsFunc(words, func(r rune) bool { return r == '_' || r == '-' }) {
		name += strings.ToUpper(w[:1]) + w[1:]
	}
	return name
}

// Each rule is broken by somebody here, and says so.
func TestImports_BrokenRulesAreSeen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		importing
		broken bool
	}{
		"the language speaks of a function": {importing{"events/brand.go", "functions/brand"}, true},
		"the language in its test":          {importing{"events/brand_test.go", "events"}, false},
		"the language speaks of its wire":   {importing{"events/brand.go", "events/bus"}, true},
		"the wire in its language":          {importing{"events/bus/ask.go", "events"}, false},
		"the wire speaks of a function":     {importing{"events/bus/ask.go", "functions/db"}, true},
		"the language that speaks Kafka":    {importing{"events/topics.go", "github.com/IBM/sarama"}, true},
		"a rule that publishes":             {importing{"functions/internal/domain/brand.go", "events/bus"}, true},
		"a rule that answers by HTTP":       {importing{"functions/internal/domain/brand.go", "net/http"}, true},
		"a rule that asks the network":      {importing{"functions/internal/domain/brand.go", "net"}, true},
		"a rule with a library of its own":  {importing{"functions/internal/domain/brand.go", "github.com/jackc/pgx/v5"}, true},
		"a rule's text":                     {importing{"functions/internal/domain/brand.go", "golang.org/x/text/cases"}, false},
		"one function in another":           {importing{"functions/order/http.go", "functions/payment"}, true},
		"one function in what all share":    {importing{"functions/internal/web/api.go", "functions/auth"}, true},
		"a function with its own":           {importing{"functions/auth/token.go", "functions/auth/keys"}, false},
		"the laptop in a function":          {importing{"functions/order/http.go", "infra/laptop"}, true},
		"the tests' db in a function":       {importing{"functions/order/http.go", "functions/functiontest"}, true},
		"the tests' db in its test":         {importing{"functions/order/http_test.go", "functions/functiontest"}, false},
		"the tests' db on the laptop":       {importing{"infra/laptop/run.go", "functions/functiontest"}, true},
		"a Postgres for the tests' db":      {importing{"functions/functiontest/db.go", "infra/postgres/pgtest"}, false},
		"a Postgres in a function's test":   {importing{"functions/order/http_test.go", "infra/postgres/pgtest"}, true},
		"a provider in payment's test":      {importing{"functions/payment/http_test.go", "infra/paymentgateway"}, false},
		"a provider in payment":             {importing{"functions/payment/http.go", "infra/paymentgateway"}, true},
		"the laptop in what all share":      {importing{"functions/internal/web/api_test.go", "infra/laptop"}, true},
		"the engine in a noun":              {importing{"functions/db/brand.go", "functions/db/internal/inbox"}, false},
		"a noun in the engine":              {importing{"functions/db/internal/inbox/batch.go", "functions/db"}, true},
		"a test's noun in the engine":       {importing{"functions/db/internal/inbox/batch_test.go", "functions/db"}, true},
		"Postgres in the engine":            {importing{"functions/db/internal/inbox/batch.go", "functions/db/internal/pg"}, false},
		"the engine in Postgres":            {importing{"functions/db/internal/pg/set.go", "functions/db/internal/inbox"}, true},
		"a rule in Postgres":                {importing{"functions/db/internal/pg/set.go", "functions/internal/domain"}, true},
		"another with a database":           {importing{"functions/order/http.go", "github.com/jackc/pgx/v5"}, true},
		"db with its database":              {importing{"functions/db/order.go", "github.com/jackc/pgx/v5"}, false},
		"what a value is to a database":     {importing{"events/personal.go", "database/sql/driver"}, false},
		"another that speaks Kafka":         {importing{"functions/db/internal/inbox/outbox.go", "github.com/IBM/sarama"}, true},
	} {
		got := len(broken([]importing{c.importing})) > 0
		if diff := cmp.Diff(c.broken, got); diff != "" {
			t.Errorf("%s, %s imports %s (-want +got):\n%s", name, c.file, c.of, diff)
		}
	}
	for _, r := range rules {
		if strings.TrimSpace(r.name) == "" {
			t.Error("a rule says nothing")
		}
	}
}
