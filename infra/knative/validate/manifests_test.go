package validate

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// render is what `kubectl apply -k` would send.
func render(t *testing.T, folder string) []byte {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join("..", folder))
	if err != nil {
		t.Fatalf("%s: %v", folder, err)
	}
	text, err := resources.AsYaml()
	if err != nil {
		t.Fatalf("%s: %v", folder, err)
	}
	return text
}

// The overlay that the end-to-end script writes is as good as those that are committed.
func TestOverlayOfScript(t *testing.T) {
	t.Parallel()
	folder, err := os.MkdirTemp("..", ".overlay-") // beside the base, which it refers to
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	for _, by := range []string{"deployment", "knative"} {
		script := exec.Command("../e2e.sh", "overlay", folder)
		script.Env = append(os.Environ(), "MART_KAFKASOURCE="+by, "MART_KAFKA=a.example:9092,b.example:9092",
			"MART_IMAGE=registry.example.com:5000/mart@sha256:"+strings.Repeat("0", 64), "MART_TOOLS_IMAGE=registry.example.com:5000/mart-tools:v1")
		if out, err := script.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		text := render(t, filepath.Base(folder))
		for _, problem := range Problems(text) {
			t.Error(problem)
		}
		for want, there := range map[string]bool{
			"image: registry.example.com:5000/mart@sha256:0": true, "image: registry.example.com:5000/mart-tools:v1": true,
			"KAFKA_BROKERS: a.example:9092,b.example:9092": true, "- b.example:9092": by == "knative", "\nkind: KafkaSource\n": by == "knative",
			"kafka.mart.svc":         by == "deployment", // in the file, whose brokers KAFKA_BROKERS takes the place of
			"name: mart-kafkasource": by == "deployment", "name: mart-sources-": by == "deployment",
		} {
			if bytes.Contains(text, []byte(want)) != there {
				t.Errorf("%s: %q is there: %v", by, want, !there)
			}
		}
	}
}

func TestManifests(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"base", "overlays/kind", "overlays/production"} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			for _, problem := range Problems(render(t, folder)) {
				t.Error(problem)
			}
		})
	}
}
