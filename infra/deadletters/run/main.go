// Command run reads the dead letters and sends them again, from within the cluster, where the brokers can be reached.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/onlinemart/mart/infra/deadletters"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	var c deadletters.Command
	parsed := kong.Parse(&c, kong.Name("dead-letters"), kong.Description("What could not be delivered."), kong.BindTo(ctx, (*context.Context)(nil)))
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "dead-letters:", err)
		os.Exit(1)
	}
}
