// Command run makes the Kafka topics that are missing, and ends: a job before the first start and with every upgrade. It is no part of
// the functions' image, which would grow by a tenth for it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/onlinemart/mart/infra/topics"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := topics.Run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "topics:", err)
		os.Exit(1)
	}
}
