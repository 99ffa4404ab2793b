// Command run reads the dead letters and sends them again, from within the cluster, where the brokers can be reached.
package main

import (
	"context"

	"github.com/alecthomas/kong"
	"github.com/onlinemart/mart/infra/deadletters"
	"github.com/onlinemart/mart/infra/program"
)

func main() {
	program.Run("dead-letters", func(ctx context.Context) error {
		var c deadletters.Command
		return kong.Parse(&c, kong.Name("dead-letters"), kong.Description("What could not be delivered."), kong.BindTo(ctx, (*context.Context)(nil))).Run()
	})
}
