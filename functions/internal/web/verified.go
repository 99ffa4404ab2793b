package web

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"time"

	"github.com/onlinemart/mart/functions/internal/recent"
)

// verifiedLimit is how many tokens are remembered. Whoever has one more has the oldest forgotten, and it is verified again.
const verifiedLimit = 4096

// digest stands for a token: nobody who reads the memory of a function finds a token there.
type digest [sha256.Size]byte

// verifiedToken is what was found of a token that is right.
type verifiedToken struct {
	identity Identity // shared by all requests with the token: nobody changes it
	expires  time.Time
	kid      string
	key      ed25519.PublicKey // that it was verified with
}

// verifiedTokens verifies each token once, and remembers it until it expires or its key is not published under its name any more. Nothing
// is remembered of a token that is not right.
type verifiedTokens struct {
	check func(ctx context.Context, token string) (verifiedToken, error)
	keys  KeySource
	now   func() time.Time
	known *recent.Values[digest, verifiedToken]
}

func (v *verifiedTokens) Verify(ctx context.Context, token string) (Identity, error) {
	name := digest(sha256.Sum256([]byte(token)))
	if found, ok := v.known.Get(name); ok && v.stillValid(ctx, found) {
		return found.identity, nil
	}
	found, err := v.check(ctx, token)
	if err != nil {
		v.known.Forget(name)
		return Identity{}, err
	}
	v.known.Put(name, found)
	return found.identity, nil
}

// stillValid asks all that may change about a token once it was right: its time, and whether its key is still the one.
func (v *verifiedTokens) stillValid(ctx context.Context, t verifiedToken) bool {
	if !v.now().Before(t.expires) {
		return false
	}
	key, err := v.keys.Key(ctx, t.kid)
	return err == nil && t.key.Equal(key)
}
