package knative

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/onlinemart/mart/events"
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
	sources, err := Sources(base)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"base/sources.yaml": sources}
	for name, objects := range map[string][]object{
		"base/namespace.yaml":             {namespace(base)},
		"base/accounts.yaml":              base.accounts(),
		"base/services.yaml":              base.services(),
		"base/topics.yaml":                {base.topicsJob()},
		"base/schedule.yaml":              {base.sweep()},
		"base/network.yaml":               base.policies(),
		"overlays/kind/domain.yaml":       base.domain("mart.127.0.0.1.sslip.io"),
		"overlays/production/domain.yaml": base.domain("mart.example.com"),
	} {
		if files[name], err = documents(objects); err != nil {
			return nil, err
		}
	}
	if files["base/kustomization.yaml"], err = base.kustomization(); err != nil {
		return nil, err
	}
	for _, f := range events.Functions() {
		if files[path.Join("functions", string(f), "func.yaml")], err = base.funcYAML(f); err != nil {
			return nil, err
		}
	}
	for name := range files {
		files[name] = append([]byte(headline), files[name]...)
	}
	return files, nil
}

func namespace(c Cluster) object {
	m := c.metadata(c.Namespace)
	m.Namespace = ""
	m.Labels["pod-security.kubernetes.io/enforce"], m.Labels["pod-security.kubernetes.io/warn"] = "baseline", "restricted"
	return object{APIVersion: "v1", Kind: "Namespace", Metadata: m}
}

// kustomization lists the base. The settings' name carries a hash of their values, so that a changed setting makes new revisions.
func (c Cluster) kustomization() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: " + c.Namespace + "\nresources:\n")
	for _, name := range []string{"namespace", "accounts", "topics", "services", "sources", "schedule", "network"} {
		b.WriteString("  - " + name + ".yaml\n")
	}
	b.WriteString("configMapGenerator:\n  - name: " + SettingsMap + "\n    literals:\n")
	shared := c.shared()
	for _, key := range slices.Sorted(maps.Keys(shared)) {
		fmt.Fprintf(&b, "      - %q\n", key+"="+shared[key])
	}
	b.WriteString("configurations:\n  - names.yaml\n")
	return b.Bytes(), nil
}
