// Command write does what Knative's func does first when it builds a Go function: by func's own code and templates it writes the
// main package, go.mod and go.sum around the project.
//
//	write PROJECT FOLDER
//
// It is a module of its own: what func requires must raise no version in the module that holds the tests, nor in the product's.
package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"

	"knative.dev/func/generate"
	"knative.dev/func/pkg/filesystem"
	"knative.dev/func/pkg/scaffolding"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: write PROJECT FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// write is `func build` up to its call of the compiler: runtime and invocation are those of func.yaml.
func write(project, folder string) error {
	templates, err := zip.NewReader(bytes.NewReader(generate.TemplatesZip), int64(len(generate.TemplatesZip)))
	if err != nil {
		return fmt.Errorf("read func's templates: %w", err)
	}
	return scaffolding.Write(folder, project, "go", "http", filesystem.NewZipFS(templates))
}
