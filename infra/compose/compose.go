// Package compose reads docker-compose.yml the way `docker compose` does.
//
// It owns no container. Load gives the services with their commands and environments, for tests that check them and for
// tests that run them as processes where there is no container engine. It is a module of its own, for it takes compose's.
package compose

import (
	"context"
	"fmt"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// Load reads compose files, later ones over earlier ones, against compose's own schema; env stands for the .env file. Error: what
// is wrong with which file, or which variable is missing.
func Load(ctx context.Context, env []string, files ...string) (*types.Project, error) {
	options, err := cli.NewProjectOptions(files, cli.WithEnv(env), cli.WithName("mart"))
	if err != nil {
		return nil, fmt.Errorf("prepare to read %v: %w", files, err)
	}
	project, err := options.LoadProject(ctx)
	if err != nil {
		return nil, fmt.Errorf("read %v: %w", files, err)
	}
	return project, nil
}

// Ours tells whether a service runs an image that is built from this project, be it built by this service or by another one.
func Ours(service types.ServiceConfig) bool {
	return service.Image == "mart:dev" || service.Image == "mart-tools:dev"
}
