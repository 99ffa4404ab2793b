package web

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/recent"
)

const issuerOfTest = "https://mart.example"

// published is what keys are published at the moment.
type published struct {
	mu   sync.Mutex
	keys map[string]ed25519.PublicKey
	err  error
}

func (p *published) Key(_ context.Context, kid string) (ed25519.PublicKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return nil, p.err
	}
	if key, ok := p.keys[kid]; ok {
		return key, nil
	}
	return nil, errors.New("no such key")
}

func (p *published) set(keys map[string]ed25519.PublicKey, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys, p.err = keys, err
}

// gate is a verifier whose clock and keys are the test's, and which counts whole checks.
type gate struct {
	*verifiedTokens
	keys    *published
	signer  ed25519.PrivateKey
	checks  atomic.Int64
	seconds atomic.Int64 // the time, after the tokens' issue
}

var issued = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newGate(t *testing.T, limit int) *gate {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{keys: &published{keys: map[string]ed25519.PublicKey{"k1": public}}, signer: private}
	now := func() time.Time { return issued.Add(time.Duration(g.seconds.Load()) * time.Second) }
	whole := tokenCheck{issuer: issuerOfTest, keys: g.keys, now: now}
	g.verifiedTokens = &verifiedTokens{
		check: func(ctx context.Context, token string) (verifiedToken, error) {
			g.checks.Add(1)
			return whole.verify(ctx, token)
		},
		keys: g.keys, now: now, known: recent.New[digest, verifiedToken](limit),
	}
	return g
}

// token is a customer's, for ten minutes.
func (g *gate) token(t *testing.T, customer string) string {
	t.Helper()
	made := jwt.NewWithClaims(jwt.SigningMethodEdDSA, Claims{ClientID: "storefront", Scope: "shop", RegisteredClaims: jwt.RegisteredClaims{
		Issuer: issuerOfTest, Subject: customer, Audience: jwt.ClaimStrings{StorefrontAudience},
		IssuedAt: jwt.NewNumericDate(issued), ExpiresAt: jwt.NewNumericDate(issued.Add(10 * time.Minute)),
	}})
	made.Header["typ"], made.Header["kid"] = TokenType, "k1"
	signed, err := made.SignedString(g.signer)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// mustBe verifies a token and compares what comes of it and how often tokens were wholly checked so far.
func (g *gate) mustBe(t *testing.T, what, token string, want error, checks int64) {
	t.Helper()
	identity, err := g.Verify(t.Context(), token)
	if want == nil {
		shopper := Identity{Principal: events.Principal{Type: events.Shopper, ID: "c1"}, Scopes: []events.Permission{events.Shop}}
		if diff := cmp.Diff(shopper, identity); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", what, err, diff)
		}
	} else if !errors.Is(err, want) || identity.Principal.ID != "" {
		t.Errorf("%s: %+v, %v, want %v", what, identity, err, want)
	}
	if got := g.checks.Load(); got != checks {
		t.Errorf("%s: %d whole checks so far, want %d", what, got, checks)
	}
}

func TestATokenIsVerifiedOnceUntilItExpires(t *testing.T) {
	t.Parallel()
	g := newGate(t, 8)
	token := g.token(t, "c1")
	g.mustBe(t, "at first", token, nil, 1)
	g.seconds.Store(599)
	g.mustBe(t, "a second before its end", token, nil, 1)
	g.seconds.Store(600)
	g.mustBe(t, "at its end", token, ErrExpired, 2)
	g.mustBe(t, "once more", token, ErrExpired, 3)
	if g.known.Len() != 0 {
		t.Errorf("%d tokens are remembered that are over", g.known.Len())
	}
}

// A key that is withdrawn, replaced under its name, or not to be had, counts at once, whatever was verified with it.
func TestATokenIsNotRememberedLongerThanItsKey(t *testing.T) {
	t.Parallel()
	g := newGate(t, 8)
	token := g.token(t, "c1")
	g.mustBe(t, "at first", token, nil, 1)
	ours := g.keys.keys
	g.keys.set(nil, nil)
	g.mustBe(t, "withdrawn", token, jwt.ErrTokenUnverifiable, 2)
	g.keys.set(ours, nil)
	g.mustBe(t, "published again", token, nil, 3)
	another, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	g.keys.set(map[string]ed25519.PublicKey{"k1": another}, nil)
	g.mustBe(t, "replaced under its name", token, jwt.ErrTokenSignatureInvalid, 4)
	g.keys.set(nil, bus.ErrUnavailable)
	g.mustBe(t, "not to be had", token, bus.ErrUnavailable, 5)
}

// Whoever knows a token that is remembered gets nothing by changing it, and what is refused is checked each time.
func TestAForgedTokenIsNeverRemembered(t *testing.T) {
	t.Parallel()
	g := newGate(t, 8)
	token := g.token(t, "c1")
	g.mustBe(t, "at first", token, nil, 1)
	parts := strings.Split(token, ".")
	others := strings.Split(g.token(t, "c2"), ".")
	for what, forged := range map[string]string{
		"another's claims":    parts[0] + "." + others[1] + "." + parts[2],
		"another's signature": parts[0] + "." + parts[1] + "." + others[2],
		"no signature":        parts[0] + "." + parts[1] + ".",
	} {
		before := g.checks.Load()
		g.mustBe(t, what, forged, jwt.ErrTokenSignatureInvalid, before+1)
		g.mustBe(t, what+", again", forged, jwt.ErrTokenSignatureInvalid, before+2)
	}
	if g.known.Len() != 1 {
		t.Errorf("%d tokens are remembered, one is right", g.known.Len())
	}
}

// The last character of a signature has four bits that stand for nothing: a token is written in one way.
func TestATokenIsWrittenInOneWay(t *testing.T) {
	t.Parallel()
	g := newGate(t, 8)
	token := g.token(t, "c1")
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, token[len(token)-1])
	g.mustBe(t, "another last bit", token[:len(token)-1]+alphabet[last^1:last^1+1], jwt.ErrTokenMalformed, 1)
	g.mustBe(t, "as it was made", token, nil, 2)
}

func TestRememberedTokensAreBounded(t *testing.T) {
	t.Parallel()
	g := newGate(t, 8)
	first := g.token(t, "c1")
	g.mustBe(t, "the first", first, nil, 1)
	for i := range 20 {
		if _, err := g.Verify(t.Context(), g.token(t, fmt.Sprint("another", i))); err != nil {
			t.Fatal(err)
		}
		if g.known.Len() > 8 {
			t.Fatalf("%d are remembered", g.known.Len())
		}
	}
	g.mustBe(t, "the first, forgotten", first, nil, 22)
	g.mustBe(t, "the first, known again", first, nil, 22)
}

// Many requests with few tokens, while the key comes and goes: what is let in has a key that is published.
func TestTokensAreVerifiedByManyAtOnce(t *testing.T) {
	t.Parallel()
	g := newGate(t, 2)
	ours := g.keys.keys
	tokens := []string{g.token(t, "c1"), g.token(t, "c2"), g.token(t, "c3")}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 200 {
				at := (i + n) % len(tokens)
				if id, err := g.Verify(t.Context(), tokens[at]); err == nil && id.Principal.ID != fmt.Sprint("c", at+1) {
					t.Errorf("the token of c%d is taken for %s's", at+1, id.Principal.ID)
				}
				if i == 0 && n%10 == 0 {
					g.keys.set(map[bool]map[string]ed25519.PublicKey{true: ours}[n%20 == 0], nil)
				}
			}
		})
	}
	all.Wait()
	g.keys.set(nil, nil)
	for _, token := range tokens {
		if _, err := g.Verify(t.Context(), token); err == nil {
			t.Error("a token is let in without its key")
		}
	}
}
