package laptop

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"syscall"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/onlinemart/mart/infra/mailbox"
	"github.com/onlinemart/mart/infra/paymentgateway"
	"github.com/onlinemart/mart/infra/postgres"
	"github.com/onlinemart/mart/infra/running"
)

// Mart is a running mart.
type Mart struct {
	URL            string // the gateway: the public API
	MailURL        string // the inbox; "" when mail goes to a server elsewhere
	SMTP           string // where mail is sent
	PaymentGateway string // the test provider
	Payments       *paymentgateway.Gateway
	Inbox          *mailbox.Inbox   // nil with Config.SMTP
	Postgres       *postgres.Server // nil with Config.Postgres
	Database       postgres.Database
	Kafka          []string
	Broker         *kafka.Broker // nil with Config.Kafka
	Owner          Owner
	Folder         string
	MetricsURL     string // the metrics of all functions
	Temporary      bool   // Stop removes the folder

	cfg       Config
	log       slog.Handler // of what is kept in the folder; nil: nothing is
	scrapers  string       // the token that the gateway shows its metrics for
	folder    *folder
	secrets   map[string]string
	functions map[events.Function]*function
	sources   *sources
	closers   []closer // in the order in which things started
	failed    chan error

	oneProcess bool // the functions are in this one
}

// Owner is the first member of staff.
type Owner struct {
	Email    string
	Password string // "" unless it was given, or made up at this start, and not refused at a first start
	New      bool   // Password was made up, and nobody has seen it yet: show it, and say so (Shown)
}

type closer struct {
	what  string
	close func(ctx context.Context) error
}

// readyWithin bounds a start. A first start may have to download a Postgres.
const readyWithin = 3 * time.Minute

// Start starts everything at once and returns when the mart sells. Errors are one line that says what to do.
func Start(ctx context.Context, cfg Config) (*Mart, error) {
	m := &Mart{cfg: cfg.withDefaults(), functions: map[events.Function]*function{}, failed: make(chan error, 1), scrapers: rand.Text(), oneProcess: cfg.Serve == nil}
	if m.oneProcess {
		m.cfg.Serve = m.serveHere
	}
	starting, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	if err := m.start(starting); err != nil {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWithin)
		defer cancel()
		if stopped := m.Stop(stopping); stopped != nil {
			m.cfg.Log.Debug("what had started did not stop cleanly", "reason", stopped)
		}
		return nil, m.explain(err)
	}
	return m, nil
}

// explain says what is the matter when there is no space left: whoever wrote when it was says only what they could not do.
func (m *Mart) explain(err error) error {
	if errors.Is(err, syscall.ENOSPC) || strings.Contains(strings.ToLower(err.Error()), syscall.ENOSPC.Error()) {
		return fmt.Errorf("no space is left on the disk of the data folder %s: free some and start again, or choose another folder with --data (%w)", cmp.Or(m.Folder, m.cfg.Data), err)
	}
	return err
}

func (m *Mart) start(ctx context.Context) error {
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"data folder and ports", m.prepare},
		{"broker, database, mail, payments", m.startParts},
		{"owner's first password", m.firstPassword},
		{"functions and sources", m.startFunctions},
		{"owner", m.findOwner},
		{"demo catalogue", m.fillCatalogue},
	} {
		begin := time.Now()
		if err := step.do(ctx); err != nil {
			return err
		}
		m.cfg.Phase(step.what, time.Since(begin))
	}
	return nil
}

// prepare takes the folder and every port, so that what is in the way is said before anything runs.
func (m *Mart) prepare(ctx context.Context) error {
	var err error
	if m.folder, err = openFolder(ctx, m.cfg.Data); err != nil {
		return err
	}
	m.closeLater("data folder", func(context.Context) error { return m.folder.leave() })
	m.Folder, m.Temporary = m.folder.path, m.folder.temporary
	if m.secrets, err = m.folder.loadSecrets(); err != nil {
		return err
	}
	if err := m.keepLogs(); err != nil {
		return err
	}
	if m.cfg.Postgres == "" && m.folder.marked(ownerMark) && !m.folder.marked("postgres") {
		return m.lostDatabase("is gone from it")
	}
	m.Owner = Owner{Email: m.cfg.OwnerEmail, Password: m.cfg.OwnerPassword}
	if err := m.recallOwner(); err != nil {
		return err
	}
	if err := m.cfg.portsAreFree(ctx); err != nil {
		return err
	}
	for _, f := range events.Functions() {
		address := "127.0.0.1:0"
		if f == events.Gateway {
			address = m.cfg.Listen
		}
		running, err := open(ctx, f, address)
		if err != nil && f == events.Gateway {
			return portError("--listen", address, err)
		}
		if err != nil {
			return fmt.Errorf("open a port for the function %s: %w", f, err)
		}
		m.functions[f] = running
	}
	m.URL = m.functions[events.Gateway].url
	return running.Note(m.Folder, m.URL)
}

// At is the address of a function's own port.
func (m *Mart) At(f events.Function) string { return m.functions[f].url }
