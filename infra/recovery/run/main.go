// Command run gives db the commands again after a restore, from within the cluster, where the brokers can be reached.
package main

import (
	"context"

	"github.com/alecthomas/kong"
	"github.com/onlinemart/mart/infra/program"
	"github.com/onlinemart/mart/infra/recovery"
)

func main() {
	program.Run("recover", func(ctx context.Context) error {
		var c recovery.Command
		return kong.Parse(&c, kong.Name("recover"), kong.Description("After a restore: give db the commands again that it has decided since the backup."),
			kong.BindTo(ctx, (*context.Context)(nil))).Run()
	})
}
