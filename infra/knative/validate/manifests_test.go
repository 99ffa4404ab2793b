package validate

import (
	"path/filepath"
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
