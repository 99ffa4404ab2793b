// Package mailbox is the mail server of a laptop: it takes every mail by SMTP, delivers none, and shows what really
// arrived, twice if it came twice. Suites read it by Mailpit's API (GET /api/v1/messages, /api/v1/message/{ID},
// /api/v1/search, DELETE /api/v1/messages), people by the page at /. Mails are kept as files across restarts, the newest
// 10,000. For tests, Fail makes it refuse mails or take them and hang up before saying so.
package mailbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/emersion/go-smtp"
)

// Config says where the inbox listens and keeps its mails.
type Config struct {
	SMTP     string       // host:port for mails; default 127.0.0.1:0, a free port
	HTTP     string       // host:port for the API and the page; default 127.0.0.1:0
	DataDir  string       // default: a temporary folder, removed by Close
	Keep     int          // how many mails; default 10,000, older ones are deleted
	Hosts    []string     // names besides those of this machine and of a cluster by which browsers reach the page
	Pictures []string     // the mart's own addresses: mails show the pictures that are there, and no others
	Log      *slog.Logger // default slog.Default
}

// Inbox is a running mail server.
type Inbox struct {
	store     *store
	log       *slog.Logger
	faults    faults
	hosts     []string
	pictures  []string // origins
	smtp      *smtp.Server
	http      *http.Server
	smtpAt    net.Listener
	httpAt    net.Listener
	temporary string
	served    chan error
}

// Start listens on both addresses and reads the mails already kept. Errors are one line that says what to do.
func Start(ctx context.Context, cfg Config) (*Inbox, error) {
	cfg.fill()
	inbox := &Inbox{hosts: cfg.Hosts, log: cfg.Log, served: make(chan error, 2)}
	if err := inbox.open(ctx, cfg); err != nil {
		return nil, errors.Join(err, inbox.shut())
	}
	inbox.serve(cfg.Log)
	return inbox, nil
}

func (i *Inbox) open(ctx context.Context, cfg Config) (err error) {
	if i.pictures, err = origins(cfg.Pictures); err != nil {
		return err
	}
	if cfg.DataDir == "" {
		if cfg.DataDir, err = os.MkdirTemp("", "mart-mailbox-"); err != nil {
			return fmt.Errorf("mailbox: make a folder for mails: %w", err)
		}
		i.temporary = cfg.DataDir
	}
	if i.store, err = openStore(cfg.DataDir, cfg.Keep, cfg.Log); err != nil {
		return err
	}
	if i.smtpAt, err = listen(ctx, "SMTP", cfg.SMTP); err != nil {
		return err
	}
	i.httpAt, err = listen(ctx, "HTTP", cfg.HTTP)
	return err
}

// shut undoes what open got done before it failed.
func (i *Inbox) shut() error {
	var err error
	if i.smtpAt != nil {
		err = i.smtpAt.Close()
	}
	if i.temporary != "" {
		err = errors.Join(err, os.RemoveAll(i.temporary))
	}
	return err
}

func (c *Config) fill() {
	if c.SMTP == "" {
		c.SMTP = "127.0.0.1:0"
	}
	if c.HTTP == "" {
		c.HTTP = "127.0.0.1:0"
	}
	if c.Keep <= 0 {
		c.Keep = 10_000
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
}

func listen(ctx context.Context, what, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("mailbox: cannot listen on %s for %s: %w; free the port or choose another", address, what, err)
	}
	return listener, nil
}

func (i *Inbox) serve(log *slog.Logger) {
	i.smtp = newSMTP(i, log)
	i.http = &http.Server{
		Handler:           i.routes(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	go func() { i.served <- i.smtp.Serve(i.smtpAt) }()
	go func() {
		err := i.http.Serve(i.httpAt)
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		i.served <- err
	}()
}

// SMTPAddress is host:port for mails.
func (i *Inbox) SMTPAddress() string { return i.smtpAt.Addr().String() }

// URL is the address of the page; the API is below it.
func (i *Inbox) URL() string { return "http://" + i.httpAt.Addr().String() }

// Await returns once at least count mails are in the box, or with ctx's error.
func (i *Inbox) Await(ctx context.Context, count int) error {
	for {
		have, changed := i.store.watch()
		if have >= count {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("mailbox: %d of %d mails arrived: %w", have, count, ctx.Err())
		}
	}
}

// Close finishes the mails that are being received and stops.
func (i *Inbox) Close(ctx context.Context) error {
	err := errors.Join(i.smtp.Shutdown(ctx), i.http.Shutdown(ctx))
	_ = i.smtpAt.Close() // a server that has not begun to serve would not know of it yet; usually it is closed by now
	if err != nil {      // ctx ended first: cut what is left
		err = errors.Join(err, i.smtp.Close(), i.http.Close())
	}
	err = errors.Join(err, <-i.served, <-i.served)
	if i.temporary != "" {
		err = errors.Join(err, os.RemoveAll(i.temporary))
	}
	if err != nil {
		return fmt.Errorf("mailbox: stop: %w", err)
	}
	return nil
}
