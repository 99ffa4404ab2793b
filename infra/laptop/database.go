package laptop

import (
	"context"
	"errors"
	"fmt"

	"github.com/onlinemart/mart/infra/postgres"
)

// startDatabase starts a Postgres unless there is one, and makes the database and its two roles.
func (m *Mart) startDatabase(ctx context.Context) (end func(context.Context) error, err error) {
	if m.cfg.Postgres != "" {
		return nil, m.makeDatabase(ctx)
	}
	m.Postgres, err = postgres.Start(ctx, postgres.Config{DataDir: m.folder.file("postgres"), Settings: m.cfg.Postgre, Log: m.cfg.Log})
	if err != nil {
		return nil, err
	}
	if m.Database, err = m.Postgres.CreateDatabase(ctx, m.cfg.Database); err == nil {
		err = m.fits(ctx)
	}
	return m.keepDatabase(ctx), err
}

// makeDatabase makes the database and its logins on a Postgres that there is, unless the folder is of a mart that had another one.
func (m *Mart) makeDatabase(ctx context.Context) error {
	there, err := true, error(nil)
	if m.folder.marked(ownerMark) {
		there, err = postgres.DatabaseThere(ctx, m.cfg.Postgres, m.cfg.Database)
	}
	if err == nil && !there {
		return m.lostDatabase(fmt.Sprintf("(%s) is not on that server", m.cfg.Database))
	}
	if err == nil {
		m.Database, err = postgres.CreateDatabaseBeside(ctx, m.cfg.Postgres, m.cfg.Database, m.secrets["DATABASE_PASSWORD"])
	}
	if away, network := errors.AsType[*postgres.UnreachableError](err); network {
		return fmt.Errorf("%w (--postgres)", away)
	}
	if err != nil {
		return fmt.Errorf("make the database %s (--postgres must be the URL of a role that may): %w", m.cfg.Database, err)
	}
	return m.fits(ctx)
}

// keepDatabase starts the Postgres of our own again when it ends by itself, as it does when somebody kills it or memory runs out; the functions
// wait for it. It returns what ends both.
func (m *Mart) keepDatabase(ctx context.Context) (end func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		err := m.Postgres.Keep(ctx, func(reason string) {
			m.cfg.Log.Warn("the database ended by itself and was started again", "its last word", reason, "log", m.Postgres.Log())
		})
		if err != nil {
			select {
			case m.failed <- err:
			default: // one such report is enough
			}
		}
	}()
	return func(ctx context.Context) error {
		cancel()
		<-kept
		return m.Postgres.Close(ctx)
	}
}
