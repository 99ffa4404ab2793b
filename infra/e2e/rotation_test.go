package e2e

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/onlinemart/mart/infra/postgres"
	"golang.org/x/sync/errgroup"
)

// rings is the key rings of a mart at one step of a rotation, and how db gets into its database then.
type rings map[string]string

// private is who may know what not everybody does.
var private = map[string]events.Function{"TOKEN_KEYS": events.Auth, "DATABASE_URL": events.DB, "DATABASE_OWNER_URL": events.DB}

// env is what a function reads of them.
func (r rings) env(f events.Function) (env []string) {
	for name, value := range r {
		if only, secret := private[name]; !secret || only == f {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// rotation is the three steps of infra/operating.md: the new key last, the new key first, the old one gone. A personal key stays: the
// values that were written with it do.
func rotation(old rings) (steps []rings) {
	added, turned, dropped := rings{}, rings{}, rings{}
	for name, ring := range old {
		id := ring[:strings.IndexByte(ring, ':')]
		fresh := events.GenerateRing(id + "next")
		added[name], turned[name], dropped[name] = ring+","+fresh, fresh+","+ring, fresh
		if name == "EVENT_PERSONAL_KEYS" {
			dropped[name] = turned[name]
		}
	}
	return []rings{added, turned, dropped}
}

// Every key and the database's password are replaced while buyers buy: nobody notices, and what the old ones made is worth nothing afterwards.
func TestStormRotation(t *testing.T) {
	count := fullOr(600, 36)
	c := newChildren(t, events.Functions()...)
	before := rings{"EVENT_SEAL_KEYS": events.GenerateRing("s1"), "EVENT_PERSONAL_KEYS": events.GenerateRing("p1"), "TOKEN_KEYS": events.GenerateRing("t1")}
	for _, f := range c.of {
		c.become(f, program{env: before.env(f)})
	}
	suffix := "_" + rand.Text()[:8]
	t.Cleanup(func() { dropRoles(t, suffix) }) // when the mart has stopped
	s := newStorm(t, count, func(cfg *laptop.Config) { cfg.Serve = c.serve })
	early := s.buyers[0].Client
	steps := rotation(before)
	second := s.secondRoles(t, suffix)
	for _, step := range steps[1:] {
		maps.Copy(step, second)
	}
	done := make(chan error, 1)
	go func() { done <- s.rotate(c, steps[:2], count) }()
	s.purchases(t, count, 8)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if a := send(s.ctx, t, early, http.MethodGet, "/orders", nil); a.Status != http.StatusOK {
		t.Errorf("a token of the old key, which is still in the ring: %d %s", a.Status, a.Body)
	}
	s.mustHold(t) // nothing is under way any more that the old keys have made
	s.lockOut(t, postgres.AppRole, postgres.OwnerRole)
	if err := s.step(c, steps[2], 0, 0); err != nil {
		t.Fatal(err)
	}
	if a := send(s.ctx, t, early, http.MethodGet, "/orders", nil); a.Status != http.StatusUnauthorized {
		t.Errorf("a token of the dropped key: %d %s", a.Status, a.Body)
	}
	s.enterAnew(t)
	s.purchases(t, 8, 8)
	s.mustHold(t)
}

// rotate spreads the steps over count purchases.
func (s *storm) rotate(c *children, steps []rings, count int) error {
	for i, step := range steps {
		if err := s.step(c, step, i*count/len(steps), count/len(steps)); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

// together is how many functions are restarted at a time.
const together = 4

// step gives all functions these rings, some at a time, spread over count purchases from the first one on.
func (s *storm) step(c *children, r rings, first, count int) error {
	for i := 0; i < len(c.of); i += together {
		if err := s.at(int64(first + i*count/len(c.of))); err != nil {
			return err
		}
		var restarts errgroup.Group
		for _, f := range c.of[i:min(i+together, len(c.of))] {
			restarts.Go(func() error { return errors.Join(c.replace(s.ctx, f, program{env: r.env(f)}), s.ready(f)) })
		}
		if err := restarts.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// enterAnew logs everybody in again, as their apps do when a token is refused.
func (s *storm) enterAnew(t *testing.T) {
	t.Helper()
	for i, b := range s.buyers {
		var err error
		if s.buyers[i].Client, err = s.api.Enter(s.ctx, client.Storefront, b.email, passphrase); err != nil {
			t.Fatal(err)
		}
	}
	owner, err := s.own.OwnerClient(s.ctx)
	if err != nil {
		t.Fatal(err)
	}
	s.owner = owner
}

// secondRoles makes roles that may do what db's two may, and gives the settings that use them. From now on the test uses them too.
func (s *storm) secondRoles(t *testing.T, suffix string) rings {
	t.Helper()
	password := rand.Text()
	conn := s.asAdmin(t)
	for _, role := range []string{postgres.AppRole, postgres.OwnerRole} {
		name := pgx.Identifier{role + suffix}.Sanitize()
		for _, sql := range []string{
			fmt.Sprintf("create role %s login password '%s' in role %s", name, password, role),
			fmt.Sprintf("alter role %s set role %s", name, role), // what it makes belongs to the first
		} {
			if _, err := conn.Exec(s.ctx, sql); err != nil {
				t.Fatal(err)
			}
		}
	}
	app, owner := as(t, s.own.Database.App, postgres.AppRole+suffix, password), as(t, s.own.Database.Owner, postgres.OwnerRole+suffix, password)
	s.own.Database.Owner = owner
	return rings{"DATABASE_URL": app, "DATABASE_OWNER_URL": owner}
}

// dropRoles removes them from a server that was there before.
func dropRoles(t *testing.T, suffix string) {
	t.Helper()
	dsn := os.Getenv("MART_E2E_POSTGRES")
	if dsn == "" {
		return // ours is gone as a whole
	}
	conn, err := connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for _, role := range []string{postgres.AppRole, postgres.OwnerRole} {
		if _, err := conn.Exec(context.Background(), "drop role if exists "+pgx.Identifier{role + suffix}.Sanitize()); err != nil {
			t.Errorf("a role is left behind: %v", err)
		}
	}
}

// as is the address of a database for another role.
func as(t *testing.T, dsn, role, password string) string {
	t.Helper()
	address, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword(role, password)
	return address.String()
}

// asAdmin is a connection as the server's superuser.
func (s *storm) asAdmin(t *testing.T) *pgx.Conn {
	t.Helper()
	dsn := os.Getenv("MART_E2E_POSTGRES")
	if s.own.Postgres != nil {
		dsn = s.own.Postgres.AdminDSN()
	}
	conn, err := connect(s.ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(s.ctx)) })
	return conn
}

// lockOut takes the first roles' right to log in away, where nobody else uses them.
func (s *storm) lockOut(t *testing.T, roles ...string) {
	t.Helper()
	if s.own.Postgres == nil {
		return // a server that others use too
	}
	for _, role := range roles {
		if _, err := s.asAdmin(t).Exec(s.ctx, "alter role "+pgx.Identifier{role}.Sanitize()+" nologin"); err != nil {
			t.Fatal(err)
		}
	}
}
