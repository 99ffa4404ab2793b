package laptop

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/onlinemart/mart/infra/client"
)

const (
	ownerMark     = "owner"          // the owner exists: no password is made up any more
	firstPassword = "first-password" // the owner's, as it was made up, until they have seen it
)

// firstPassword settles what the first owner logs in with: what was given, or a password that is made up. That one is kept until it is Shown, for
// nobody but who owns the folder to read: a first start may be broken off when the owner is there already, and nobody would ever know it. A
// start that fails before any function runs has made no owner, and leaves no password.
func (m *Mart) firstPassword(context.Context) error {
	kept, err := os.ReadFile(m.folder.file(firstPassword))
	switch {
	case err == nil:
		if m.Owner.Password != "" {
			m.cfg.Log.Warn("--owner-password comes too late: a first start that was broken off made a password up", "owner", m.Owner.Email)
		}
		m.Owner.Password, m.Owner.New = strings.TrimSpace(string(kept)), true
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("read the owner's first password: %w", err)
	case m.Owner.Password != "" || m.folder.marked(ownerMark):
		return nil
	}
	m.Owner.Password, m.Owner.New = rand.Text(), true
	return m.folder.mark(firstPassword, m.Owner.Password)
}

// Shown says that the owner has seen the password that was made up. From now on it is kept nowhere.
func (m *Mart) Shown() error {
	if err := os.Remove(m.folder.file(firstPassword)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget the owner's first password: %w", err)
	}
	return nil
}

// recallOwner names the owner that an earlier start has found, whoever this one asks for, and warns of what comes too late.
func (m *Mart) recallOwner() error {
	if m.cfg.Empty && m.folder.marked(catalogueMark) {
		m.cfg.Log.Warn("--empty comes too late: the mart in this folder has its catalogue", "folder", m.Folder)
	}
	if !m.folder.marked(ownerMark) {
		return nil
	}
	known, err := os.ReadFile(m.folder.file(ownerMark))
	if err != nil {
		return fmt.Errorf("read who the owner is: %w", err)
	}
	m.Owner.Email = strings.TrimSpace(string(known))
	asked := m.cfg.OwnerEmail != m.Owner.Email && m.cfg.OwnerEmail != firstOwner
	if asked || m.cfg.OwnerPassword != "" {
		m.cfg.Log.Warn("--owner-email and --owner-password matter at a first start only: there is an owner, whose address and password stay as they are", "owner", m.Owner.Email)
	}
	return nil
}

// findOwner waits, on a first start, until the first owner can log in, and notes whether the password of this start, given or made up,
// is theirs: on another database there may be one already.
func (m *Mart) findOwner(ctx context.Context) error {
	if m.folder.marked(ownerMark) {
		return nil
	}
	_, err := client.New(m.URL).EnterFirst(ctx, m.Owner.Email, m.Owner.Password)
	if err != nil {
		if _, refused := errors.AsType[*client.Problem](err); !refused || ctx.Err() != nil {
			return fmt.Errorf("log the owner in: %w", err)
		}
		m.Owner.Password, m.Owner.New = "", false
		if err := m.Shown(); err != nil {
			return err
		}
	}
	return m.folder.mark(ownerMark, m.Owner.Email)
}

// OwnerClient is the public API as the owner sees it. Error: the password is not known here, or is not the owner's.
func (m *Mart) OwnerClient(ctx context.Context) (client.Client, error) {
	return client.New(m.URL).Enter(ctx, client.Backoffice, m.Owner.Email, m.Owner.Password)
}
