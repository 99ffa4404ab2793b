package laptop

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
)

// A first start that is broken off, wherever it was, is made up for by the next: nobody has seen the owner's password yet, and the
// catalogue is not there.
func TestAFirstStartThatIsBrokenOff(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"  user", "owner"} {
		t.Run(after, func(t *testing.T) {
			t.Parallel()
			cfg := Config{Data: pgtest.Folder(t), LogLevel: "error", Log: slog.New(slog.DiscardHandler)}
			ctx, breakOff := context.WithCancel(t.Context())
			broken := cfg
			broken.Phase = func(what string, _ time.Duration) {
				if what == after {
					breakOff()
				}
			}
			if m, err := Start(ctx, broken); err == nil {
				stopMart(t, m)
				t.Fatal("it opens")
			}
			m := startMart(t, cfg)
			first := m.Owner
			if _, err := m.OwnerClient(t.Context()); err != nil || !first.New {
				t.Errorf("the owner of the second start: new %t, %v", first.New, err)
			}
			has, err := client.Get[client.Page[client.Product]](t.Context(), client.New(m.URL), "/products?limit=1")
			if err != nil || len(has.Items) == 0 {
				t.Errorf("its catalogue: %+v, %v", has, err)
			}
			if err := m.Shown(); err != nil {
				t.Error(err)
			}
			stopMart(t, m)
			m = startMart(t, cfg)
			if m.Owner.New || m.Owner.Password != "" {
				t.Errorf("a password that was shown is known to the next start: %+v", m.Owner)
			}
			m.Owner.Password = first.Password
			if _, err := m.OwnerClient(t.Context()); err != nil {
				t.Errorf("and is the owner's no more: %v", err)
			}
			stopMart(t, m)
		})
	}
}
