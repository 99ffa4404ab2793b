package web

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"sync"
	"time"
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

	mu    sync.Mutex
	known map[digest]verifiedToken
	order []digest // of known, a ring
	next  int
}

func (v *verifiedTokens) Verify(ctx context.Context, token string) (Identity, error) {
	name := digest(sha256.Sum256([]byte(token)))
	if found, ok := v.recall(name); ok && v.holds(ctx, found) {
		return found.identity, nil
	}
	found, err := v.check(ctx, token)
	if err != nil {
		v.forget(name)
		return Identity{}, err
	}
	v.remember(name, found)
	return found.identity, nil
}

// holds asks all that may change about a token once it was right: its time, and whether its key is still the one.
func (v *verifiedTokens) holds(ctx context.Context, t verifiedToken) bool {
	if !v.now().Before(t.expires) {
		return false
	}
	key, err := v.keys.Key(ctx, t.kid)
	return err == nil && t.key.Equal(key)
}

func (v *verifiedTokens) recall(name digest) (verifiedToken, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	found, ok := v.known[name]
	return found, ok
}

func (v *verifiedTokens) forget(name digest) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.known, name)
}

func (v *verifiedTokens) remember(name digest, t verifiedToken) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, there := v.known[name]; !there {
		delete(v.known, v.order[v.next])
		v.order[v.next] = name
		v.next = (v.next + 1) % len(v.order)
	}
	v.known[name] = t
}
