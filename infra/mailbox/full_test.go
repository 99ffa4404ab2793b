package mailbox

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/smtp"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// While the disk is full mails are put off, not refused for good, and readiness says so. When there is space again the next one is kept, and
// nothing half written is left.
func TestAFullDiskIsGotOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inbox, err := Start(t.Context(), Config{DataDir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := inbox.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	var full atomic.Bool
	inbox.store.write = func(path string, content []byte) error {
		if full.Load() {
			if err := writeFile(path, content[:len(content)/2]); err != nil {
				return err
			}
			return &os.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
		}
		return writeFile(path, content)
	}
	send := func() error {
		return smtp.SendMail(inbox.SMTPAddress(), nil, "shop@example.com", []string{"ada@example.com"}, []byte("Subject: hello\r\n\r\nhello\r\n"))
	}
	ready := func() (int, string) {
		res, err := http.Get(inbox.URL() + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	full.Store(true)
	for range 2 {
		if err := send(); err == nil || !strings.HasPrefix(err.Error(), "452 ") {
			t.Errorf("got %v, want 452: try again", err)
		}
	}
	if status, body := ready(); status != 503 || !strings.Contains(body, "no space left on device: free some space") {
		t.Errorf("readiness: %d %s", status, body)
	}
	full.Store(false)
	if status, body := ready(); status != 200 {
		t.Errorf("ready again: %d %s", status, body)
	}
	if err := send(); err != nil {
		t.Errorf("with space again: %v", err)
	}
	if have, _ := inbox.store.watch(); have != 1 {
		t.Errorf("%d mails, want 1", have)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("%v: %v", err, files)
	}
}
