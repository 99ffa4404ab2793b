// Package program is how the small programs of infra begin and end: SIGTERM and SIGINT end their context, and what goes wrong is one line under
// their name.
package program

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Run does the work of a program until it is done, or told to end. Where that fails it says so and ends the process with status 1.
func Run(name string, work func(context.Context) error) {
	if err := untilTold(work); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %s\n", name, strings.TrimPrefix(err.Error(), name+": ")) // a package may say its name itself
		os.Exit(1)
	}
}

func untilTold(work func(context.Context) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	return work(ctx)
}
