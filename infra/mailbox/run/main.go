// Command run serves the mail inbox: for a cluster that has no mail server to test with.
//
// It receives mails by SMTP on SMTP_LISTEN_ADDRESS, keeps them in DATA_DIR, and shows them by a page and Mailpit's API on
// LISTEN_ADDRESS.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/onlinemart/mart/functions/settings"
	"github.com/onlinemart/mart/infra/mailbox"
	"github.com/onlinemart/mart/infra/program"
	"github.com/sethvargo/go-envconfig"
)

func main() { program.Run("mailbox", run) }

func run(ctx context.Context) error {
	var c mailbox.Settings
	if err := settings.Fill(ctx, envconfig.OsLookuper(), &c); err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	inbox, err := mailbox.Start(ctx, mailbox.Config{SMTP: c.SMTPListenAddress, HTTP: c.ListenAddress, DataDir: c.DataDir, Hosts: c.Hosts, Pictures: c.Pictures})
	if err != nil {
		return err
	}
	<-ctx.Done()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return inbox.Close(closing)
}
