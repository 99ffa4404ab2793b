package compose

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// Process is what a container runs, to be run without one: the same command with the same environment. Only what a container has
// of its own differs: its address, its files, and who else is there.
type Process struct {
	Name   string
	Argv   []string
	Health []string // the command of the health check; nil when it has none
	Env    []string
}

// Here says where on this machine a container's surroundings are.
type Here struct {
	Programs string            // folder of the programs that the images hold at their root
	Replaced map[string]string // in commands and settings: "kafka:9092" by the broker's address, "/data" by a folder
}

// Address is the loopback address that stands for a container's: each has its own, so that all may listen on one port.
func Address(project *types.Project, service string) string {
	return fmt.Sprintf("127.77.0.%d", 10+slices.Index(names(project), service))
}

// Hosts is a hosts file that knows every service by its name, as a compose network does.
func Hosts(project *types.Project) string {
	var b strings.Builder
	b.WriteString("127.0.0.1 localhost\n")
	for _, name := range names(project) {
		fmt.Fprintf(&b, "%s %s\n", Address(project, name), name)
	}
	return b.String()
}

func names(project *types.Project) []string { return slices.Sorted(maps.Keys(project.Services)) }

// ProcessOf is the process of one of our own services: one that is built here.
func ProcessOf(project *types.Project, name string, here Here) (Process, error) {
	service, there := project.Services[name]
	if !there || !Ours(service) {
		return Process{}, fmt.Errorf("%s is no service that is built from this project", name)
	}
	pairs := []string{"0.0.0.0:", Address(project, name) + ":"}
	for _, from := range slices.Sorted(maps.Keys(here.Replaced)) {
		pairs = append(pairs, from, here.Replaced[from])
	}
	local := strings.NewReplacer(pairs...)
	p := Process{Name: name, Argv: here.command(local, slices.Concat(service.Entrypoint, service.Command))}
	if check := service.HealthCheck; check != nil && len(check.Test) > 1 {
		p.Health = here.command(local, check.Test[1:]) // after CMD
	}
	for _, key := range slices.Sorted(maps.Keys(service.Environment)) {
		if value := service.Environment[key]; value != nil {
			p.Env = append(p.Env, key+"="+local.Replace(*value))
		}
	}
	return p, nil
}

func (h Here) command(local *strings.Replacer, argv []string) []string {
	out := []string{filepath.Join(h.Programs, argv[0])}
	for _, argument := range argv[1:] {
		out = append(out, local.Replace(argument))
	}
	return out
}
