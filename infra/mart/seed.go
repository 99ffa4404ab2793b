package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/running"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/sync/errgroup"
)

type seed struct {
	Products      int    `default:"1000" help:"How many (${default})."`
	Stock         int64  `default:"100" help:"How much of each (${default})."`
	Workers       int    `default:"16" help:"How many requests at once (${default})."`
	URL           string `name:"url" placeholder:"URL" help:"Which mart. Default: the one that runs on the data folder (--data)." env:"MART_URL"`
	Data          string `default:".mart" type:"path" help:"Data folder of a mart up: that mart is filled when none is named (${default})." env:"MART_DATA"`
	OwnerEmail    string `default:"owner@example.com" help:"Who does it (${default})." env:"MART_OWNER_EMAIL"`
	OwnerPassword string `help:"Their password." env:"MART_OWNER_PASSWORD"`
}

// Run makes the products, with a bar on a terminal.
func (s seed) Run(ctx context.Context) error {
	if s.OwnerPassword == "" {
		return errors.New("the owner's password is missing: set MART_OWNER_PASSWORD or --owner-password (mart up printed it at its first start)")
	}
	if s.Products < 1 || s.Workers < 1 {
		return errors.New("--products and --workers must be 1 or more")
	}
	url, err := running.Where(s.URL, s.Data, os.Stderr)
	if err != nil {
		return err
	}
	owner, err := client.New(url).Enter(ctx, client.Backoffice, s.OwnerEmail, s.OwnerPassword)
	if err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	bar := progressbar.NewOptions(s.Products, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription("products"),
		progressbar.OptionShowIts(), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetVisibility(interactive(os.Stderr)))
	begin := time.Now()
	run := fmt.Sprintf("%X", begin.Unix())
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(s.Workers)
	for i := range s.Products {
		if ctx.Err() != nil {
			break
		}
		work.Go(func() error {
			price := client.Money{Amount: int64(500 + i%9500), Currency: "EUR"}
			_, err := owner.Stocked(ctx, fmt.Sprintf("S%s-%06d", run, i), fmt.Sprintf("Sample product %d", i), price, s.Stock)
			return errors.Join(err, bar.Add(1))
		})
	}
	if err := work.Wait(); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	took := time.Since(begin)
	fmt.Fprintf(os.Stdout, "%d products with stock in %.1f s (%.0f a second).\n", s.Products, took.Seconds(), float64(s.Products)/took.Seconds())
	return nil
}
