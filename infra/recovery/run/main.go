// Command run gives db the commands again after a restore, from within the cluster, where the brokers can be reached.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/onlinemart/mart/infra/recovery"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	var c recovery.Command
	parsed := kong.Parse(&c, kong.Name("recover"), kong.Description("After a restore: give db the commands again that it has decided since the backup."), kong.BindTo(ctx, (*context.Context)(nil)))
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "recover:", err)
		os.Exit(1)
	}
}
