package auth

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Only a token that is right but for its time has expired. Of a forged one that is not said: it was never valid.
func TestOnlyOurOwnTokensExpire(t *testing.T) {
	t.Parallel()
	ring, err := parseKeys(GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	_, foreign, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	by := func(key ed25519.PrivateKey) func(string) []byte {
		return func(input string) []byte { return ed25519.Sign(key, []byte(input)) }
	}
	then := time.Now().Add(-time.Hour).Unix()
	h := object{"alg": "EdDSA", "typ": "at+jwt", "kid": ring.signing.id}
	c := object{"iss": issuer, "aud": "backoffice", "sub": events.NewID(), "client_id": "backoffice", "iat": then, "exp": then + 600, "jti": "1", "scope": "users:write"}
	for name, token := range map[string]struct {
		text    string
		expired bool
	}{
		"ours":           {forge(h, c, by(ring.signing.private)), true},
		"another key":    {forge(h, c, by(foreign)), false},
		"another issuer": {forge(h, with(c, "iss", "https://evil.example"), by(ring.signing.private)), false},
		"from to-morrow": {forge(h, with(c, "iat", then+90_000), by(ring.signing.private)), false},
		"not yet valid":  {forge(h, with(c, "nbf", then+90_000), by(ring.signing.private)), false},
		"no access":      {forge(with(h, "typ", "JWT"), c, by(ring.signing.private)), false},
	} {
		_, err := web.NewVerifier(issuer, ring).Verify(t.Context(), token.text)
		if err == nil || errors.Is(err, web.ErrExpired) != token.expired {
			t.Errorf("%s: %v, want expired %t", name, err, token.expired)
		}
	}
}

func TestAMissingScopeIsNamed(t *testing.T) {
	t.Parallel()
	has := []events.Permission{events.OrdersRead}
	for wanted, want := range map[string]string{
		"orders:read users:write": "The program does not have the scope users:write.",
		"shop\"\\ orders:read":    "One of the scopes is not known; /.well-known/oauth-authorization-server lists them.",
	} {
		if got := lacking(wanted, has); got != want {
			t.Errorf("%q: %q, want %q", wanted, got, want)
		}
	}
}
