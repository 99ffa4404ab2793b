// Command function is what the production image holds: one process, one function, named by FUNCTION or K_SERVICE.
//
//	function          serves until SIGTERM
//	function health   exits 0 when the function on this machine is ready, for container engines
//
// It links no broker, database or mail server: those are only in `mart`.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/onlinemart/mart/infra/health"
	"github.com/onlinemart/mart/infra/program"
	"github.com/onlinemart/mart/infra/serve"
)

var commands = map[string]func(context.Context) error{
	"":       serve.Run,
	"health": func(ctx context.Context) error { return health.Check(ctx, serve.Address(os.Getenv)) },
}

func main() {
	name := ""
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	command, known := commands[name]
	if !known {
		fmt.Fprintf(os.Stderr, "mart: %q is no command; use health or none\n", name)
		os.Exit(2)
	}
	program.Run("mart", command)
}
