package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"sigs.k8s.io/yaml"
)

// Files is every generated file of schemas/ by its name. Error: the declarations contradict each other.
func Files() (map[string][]byte, error) {
	files := map[string][]byte{}
	var errs []error
	put := func(name string, content []byte, err error) {
		if files[name] = content; err != nil {
			errs = append(errs, fmt.Errorf("write %s: %w", name, err))
		}
	}
	api, err := OpenAPI()
	if err != nil {
		return nil, err
	}
	schemas, err := messageSchemas(api)
	if err != nil {
		return nil, err
	}
	for name, schema := range schemas {
		content, err := indented(schema)
		put(name+".json", content, err)
	}
	content, err := indented(api)
	put("openapi.json", content, err)
	content, err = yaml.Marshal(api)
	put("openapi.yaml", content, err)
	content, err = yaml.Marshal(AsyncAPI())
	put("asyncapi.yaml", content, err)
	return files, errors.Join(errs...)
}

// messageSchemas are those of all messages and answers, each member described, with an example. Error: a member that nobody has an example of.
func messageSchemas(api object) (map[string]object, error) {
	schemas, made := map[string]object{}, newMessageExamples(api)
	for _, d := range events.All() {
		schemas[d.Type()] = bus.SchemaFor(d)
		if answer := bus.AnswerSchemaFor(d); answer != nil {
			schemas[answerOf(d)] = answer
		}
		for _, name := range []string{d.Type(), answerOf(d)} {
			if schema := schemas[name]; schema != nil {
				describe(schema, api)
				made.add(schema, d.Declaration())
			}
		}
	}
	return schemas, made.fault()
}

// Generate writes the files into dir, the schemas folder, and removes the generated files of messages that are no more.
// Error: the declarations contradict each other, or a file cannot be written.
func Generate(dir string) error {
	files, err := Files()
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return fmt.Errorf("generate the contract: %w", err)
		}
	}
	stale, err := Stale(dir, files)
	if err != nil {
		return err
	}
	for _, name := range stale {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("remove what is no longer generated: %w", err)
		}
	}
	return nil
}

// Stale is every schema in dir that is not among files.
func Stale(dir string, files map[string][]byte) ([]string, error) {
	entries, err := fs.Glob(os.DirFS(dir), "*.json")
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	var stale []string
	for _, name := range entries {
		if _, current := files[name]; !current {
			stale = append(stale, name)
		}
	}
	return stale, nil
}

// indented is JSON as people read it, members sorted.
func indented(v any) ([]byte, error) {
	content, err := json.MarshalIndent(v, "", "  ")
	return append(content, '\n'), err
}

// flow joins the lines of a text.
func flow(text string) string { return strings.ReplaceAll(text, "\n", " ") }
