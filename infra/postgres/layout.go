package postgres

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// layout is where a server lives: base holds data (the cluster), socket (the private directory of the Unix socket),
// postgres.log, secret and mart.lock.
type layout struct {
	base   string
	socket string
	as     *syscall.Credential // the user that runs the server; nil: whoever runs us
}

func (p layout) data() string     { return filepath.Join(p.base, "data") }
func (p layout) log() string      { return filepath.Join(p.base, "postgres.log") }
func (p layout) pidFile() string  { return filepath.Join(p.data(), "postmaster.pid") }
func (p layout) hasCluster() bool { return exists(filepath.Join(p.data(), "PG_VERSION")) }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// chooseLayout turns the wanted folder into one that the server's user can enter, and makes it.
func chooseLayout(dataDir string) (layout, error) {
	wanted, err := filepath.Abs(dataDir)
	if err != nil {
		return layout{}, fmt.Errorf("postgres: data folder: %w", err)
	}
	if err := os.MkdirAll(wanted, 0o711); err != nil {
		return layout{}, fmt.Errorf("postgres: make data folder: %w", err)
	}
	p := layout{base: wanted}
	if os.Geteuid() == 0 { // Postgres refuses to run as root
		if p.as, err = unprivileged(); err != nil {
			return layout{}, err
		}
		if p.base, err = enterable(wanted, p.as); err != nil {
			return layout{}, err
		}
	} else if err := complete(wanted, wanted); err != nil {
		return layout{}, err
	}
	p.socket = filepath.Join(p.base, "socket")
	if len(p.socket) > 80 { // the kernel's limit on a socket's path is about 100 bytes
		p.socket = filepath.Join(os.TempDir(), "mart-socket-"+shortHash(p.base))
	}
	return p, p.own(p.socket, 0o700)
}

// unprivileged is the user postgres where there is one, else nobody.
func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(found.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(found.Gid, 10, 32)
		if err := errors.Join(errUID, errGID); err != nil {
			return nil, fmt.Errorf("postgres: user %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("postgres: it refuses to run as root, and there is no user postgres or nobody to run it: run mart as an ordinary user")
}

// enterable returns the folder itself, or, when as may not walk into it, one made for it elsewhere, always the same one.
// What was temporary stays temporary.
func enterable(wanted string, as *syscall.Credential) (string, error) {
	if err := os.Chmod(wanted, 0o711); err != nil {
		return "", fmt.Errorf("postgres: open data folder to the server's user: %w", err)
	}
	if canEnter(wanted, as) {
		return wanted, complete(wanted, wanted)
	}
	parent := "/var/lib/mart"
	if within(wanted, os.TempDir()) {
		parent = os.TempDir()
	}
	base := filepath.Join(parent, "mart-postgres-"+shortHash(wanted))
	if err := complete(wanted, base); err != nil {
		return "", err
	}
	if err := os.MkdirAll(base, 0o711); err != nil {
		return "", fmt.Errorf("postgres: user %d cannot enter %s, and a folder elsewhere cannot be made: %w; choose a data folder that others may enter", as.Uid, wanted, err)
	}
	if !canEnter(base, as) {
		return "", fmt.Errorf("postgres: user %d can enter neither %s nor %s: choose a data folder that others may enter", as.Uid, wanted, base)
	}
	if err := os.WriteFile(filepath.Join(wanted, movedNote), []byte(base+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("postgres: note where the data is: %w", err)
	}
	return base, nil
}

// movedNote is the file in the wanted folder that names the one that holds the data instead.
const movedNote = "moved"

// complete refuses to begin an empty database in base where the wanted folder had one elsewhere: it is a copy whose database was left
// behind, or its database is gone. Nothing is made before.
func complete(wanted, base string) error {
	if (layout{base: base}).hasCluster() {
		return nil
	}
	if base != wanted && (layout{base: wanted}).hasCluster() {
		return fmt.Errorf("postgres: the database in %s is out of the reach of its server's user: have it in a folder that others may enter", wanted)
	}
	note, err := os.ReadFile(filepath.Join(wanted, movedNote))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("postgres: read where the data is: %w", err)
	}
	was := strings.TrimSpace(string(note))
	if was == base && exists(base) { // a first start ended before there was a database
		return nil
	}
	if !exists(was) {
		return fmt.Errorf("postgres: the database of %s was in %s, which is gone: put that folder back, or choose another data folder and begin anew", wanted, was)
	}
	return fmt.Errorf("postgres: the database of %s was in %s: copy %[2]s here as %[1]s, in a folder that others may enter", wanted, was)
}

// canEnter tells whether as may walk down to path.
func canEnter(path string, as *syscall.Credential) bool {
	for {
		info, err := os.Stat(path)
		if err != nil || !mayWalk(info, as) {
			return false
		}
		parent := filepath.Dir(path)
		if parent == path {
			return true
		}
		path = parent
	}
}

func mayWalk(info os.FileInfo, as *syscall.Credential) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return false
	case owner.Uid == as.Uid:
		return info.Mode().Perm()&0o100 != 0
	case owner.Gid == as.Gid:
		return info.Mode().Perm()&0o010 != 0
	default:
		return info.Mode().Perm()&0o001 != 0
	}
}

func within(path, folder string) bool {
	relative, err := filepath.Rel(folder, path)
	return err == nil && relative != ".." && !strings.HasPrefix(relative, "../")
}

// own makes a folder that belongs to the server's user alone. One that somebody else made under that name is refused.
func (p layout) own(folder string, mode os.FileMode) error {
	if err := os.MkdirAll(folder, mode); err != nil {
		return fmt.Errorf("postgres: make %s: %w", folder, err)
	}
	info, err := os.Lstat(folder)
	if err != nil {
		return fmt.Errorf("postgres: look at %s: %w", folder, err)
	}
	uid := uint32(os.Geteuid())
	owner, ok := info.Sys().(*syscall.Stat_t)
	mine := ok && (owner.Uid == uid || (p.as != nil && owner.Uid == p.as.Uid))
	if !info.IsDir() || !mine {
		return fmt.Errorf("postgres: %s belongs to somebody else: remove it", folder)
	}
	if err := os.Chmod(folder, mode); err != nil {
		return fmt.Errorf("postgres: close %s to others: %w", folder, err)
	}
	return p.handOver(folder)
}

// handOver gives a file or folder to the server's user.
func (p layout) handOver(path string) error {
	if p.as == nil {
		return nil
	}
	if err := os.Chown(path, int(p.as.Uid), int(p.as.Gid)); err != nil {
		return fmt.Errorf("postgres: hand over %s: %w", path, err)
	}
	return nil
}

func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

func newSecret() string { return rand.Text() }
