package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
)

// rings is the key rings of a mart at one step of a rotation.
type rings map[string]string

// env is what a function reads of them: what it has no business with is left out.
func (r rings) env(f events.Function) (env []string) {
	for name, ring := range r {
		if name != "TOKEN_KEYS" || f == events.Auth {
			env = append(env, name+"="+ring)
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
	count := long(600, 36)
	c := newChildren(t, events.Functions()...)
	before := rings{"EVENT_SEAL_KEYS": events.GenerateRing("s1"), "EVENT_PERSONAL_KEYS": events.GenerateRing("p1"), "TOKEN_KEYS": events.GenerateRing("t1")}
	for _, f := range c.of {
		c.become(f, program{env: before.env(f)})
	}
	s := newStorm(t, count, func(cfg *laptop.Config) { cfg.Serve = c.serve })
	early := s.buyers[0].Client
	steps := rotation(before)
	done := make(chan error, 1)
	go func() { done <- s.rotate(c, steps[:2], count) }()
	s.purchases(t, count, 8)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if a := send(s.ctx, t, early, http.MethodGet, "/customers/"+s.buyers[0].id, nil); a.Status != http.StatusOK {
		t.Errorf("a token of the old key, which is still in the ring: %d %s", a.Status, a.Body)
	}
	s.mustHold(t) // nothing is under way any more that the old keys have made
	if err := s.step(c, steps[2], 0, 0); err != nil {
		t.Fatal(err)
	}
	if a := send(s.ctx, t, early, http.MethodGet, "/customers/"+s.buyers[0].id, nil); a.Status != http.StatusUnauthorized {
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
		if i == 0 {
			if err := s.newDatabaseUser(c, step); err != nil {
				return fmt.Errorf("the database's password: %w", err)
			}
		}
	}
	return nil
}

// step gives all functions these rings, one after the other, spread over count purchases from the first one on.
func (s *storm) step(c *children, r rings, first, count int) error {
	for i, f := range c.of {
		p := program{env: append(r.env(f), c.database(f)...)}
		if err := errors.Join(s.at(int64(first+i*count/len(c.of))), c.replace(s.ctx, f, p), s.ready(f)); err != nil {
			return err
		}
	}
	return nil
}
