package knative

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"text/template"

	"sigs.k8s.io/yaml"
)

const headline = "# Generated from the catalogue of messages by `mart manifests`; do not edit.\n"

// base is what the manifests are written for; overlays change it.
var base = Cluster{Namespace: "mart", Brokers: []string{"kafka.mart.svc.cluster.local:9092"}, Consumers: 2}

// Generate writes every generated file below dir: infra/knative of the project.
func Generate(dir string) error {
	files, err := Files()
	if err != nil {
		return err
	}
	for name, content := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("make a folder for the manifests: %w", err)
		}
		if err := os.WriteFile(file, content, 0o644); err != nil { //nolint:gosec // everybody may read them
			return fmt.Errorf("write a manifest: %w", err)
		}
	}
	return nil
}

// Files is every generated file by its path below infra/knative.
func Files() (map[string][]byte, error) {
	files, functions := map[string][]byte{}, base.functions()
	sources, err := Sources(base)
	if err != nil {
		return nil, err
	}
	files["base/sources.yaml"], files["components/kafkasource/sources.yaml"] = sources, sources // kustomize reads no file above a folder
	type document struct {
		template string
		of       any
	}
	all := map[string]document{
		"base/kustomization.yaml": {"kustomization.yaml", base}, "base/accounts.yaml": {"accounts.yaml", functions}, "base/services.yaml": {"services.yaml", functions},
	}
	for _, f := range functions {
		all[path.Join("functions", string(f.Name), "func.yaml")] = document{"func.yaml", f}
	}
	for name, d := range all {
		if files[name], err = render(d.template, d.of); err != nil {
			return nil, err
		}
	}
	for name := range files {
		files[name] = append([]byte(headline), files[name]...)
	}
	return files, nil
}

//go:embed templates
var templates embed.FS

// documents are the templates; a value that is not of a manifest's own words is written by `yaml`, which quotes what needs it.
var documents = template.Must(template.New("").Funcs(template.FuncMap{"yaml": scalar}).ParseFS(templates, "templates/*.yaml"))

func scalar(value string) (string, error) {
	text, err := yaml.Marshal(value)
	return string(bytes.TrimSpace(text)), err
}

func render(name string, of any) ([]byte, error) {
	var text bytes.Buffer
	if err := documents.ExecuteTemplate(&text, name, of); err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	return text.Bytes(), nil
}
