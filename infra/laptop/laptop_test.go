package laptop

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
)

// Who says the first owner's password has that owner, and the demo catalogue. Later starts may say another one: there is an owner.
func TestAGivenPasswordIsTheFirstOwners(t *testing.T) {
	t.Parallel()
	cfg := Config{Data: pgtest.Folder(t), OwnerPassword: "nine quiet boats on tuesday", LogLevel: "error"}
	first := startMart(t, cfg)
	if _, err := first.OwnerClient(t.Context()); err != nil {
		t.Errorf("the owner: %v", err)
	}
	stocked, err := client.Get[client.Page[client.Product]](t.Context(), client.New(first.URL), "/products?limit=100")
	if err != nil || len(stocked.Items) != len(demoProducts) {
		t.Errorf("%d products on sale, want %d: %v", len(stocked.Items), len(demoProducts), err)
	}
	stopMart(t, first)

	var said bytes.Buffer
	cfg.OwnerPassword, cfg.OwnerEmail, cfg.Empty = "another one, said too late", "late@example.com", true
	cfg.Log = slog.New(slog.NewTextHandler(&said, nil))
	again := startMart(t, cfg)
	if _, err := again.OwnerClient(t.Context()); err == nil {
		t.Error("the owner got another password by a restart")
	}
	if again.Owner.Email != first.Owner.Email {
		t.Errorf("the owner is said to be %s, want %s", again.Owner.Email, first.Owner.Email)
	}
	stopMart(t, again)
	for _, flag := range []string{"--owner-email and --owner-password matter at a first start only", "--empty comes too late"} {
		if !strings.Contains(said.String(), flag) {
			t.Errorf("it warns of %q, want %q", said.String(), flag)
		}
	}
}

func startMart(t *testing.T, cfg Config) *Mart {
	t.Helper()
	m, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func stopMart(t *testing.T, m *Mart) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	if err := m.Stop(ctx); err != nil {
		t.Error(err)
	}
}
