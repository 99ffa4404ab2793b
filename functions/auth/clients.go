package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/alexedwards/argon2id"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/password"
	"github.com/onlinemart/mart/functions/internal/web"
)

// door is where somebody with a password comes in: a client of ours that has no secret, for one kind of people.
type door struct {
	audience    string
	owner       events.AuthType
	credentials events.Query[events.CredentialsQuestion, events.Credentials]
}

var doors = map[string]door{
	"storefront": {web.StorefrontAudience, events.Shopper, events.GetCustomerCredentials},
	"backoffice": {web.BackofficeAudience, events.Staff, events.GetUserCredentials},
}

// client is a program with a secret of its own.
type client struct {
	id     string
	hash   string // argon2id
	scopes []events.Permission
}

// clients authenticates programs.
type clients struct {
	known  map[string]client
	hasher *password.Hasher
	proven *proven
}

// proven remembers the digests of secrets that were right: a long random one need not be hashed slowly each time.
type proven struct {
	mu     sync.Mutex
	secret map[string][sha256.Size]byte
}

// parseClients reads OAUTH_CLIENTS. Its errors never hold a hash.
func parseClients(text string, hasher *password.Hasher) (clients, error) {
	c := clients{known: map[string]client{}, hasher: hasher, proven: &proven{secret: map[string][sha256.Size]byte{}}}
	for entry := range strings.SplitSeq(text, ";") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		parts := strings.SplitN(entry, ":", 3)
		if len(parts) != 3 || parts[0] == "" {
			return c, errors.New(`OAUTH_CLIENTS: want "id:argon2id hash:scope scope;id:…"`)
		}
		if _, public := doors[parts[0]]; public {
			return c, fmt.Errorf("OAUTH_CLIENTS: %s is a client without a secret; choose another id", parts[0])
		}
		if _, _, _, err := argon2id.DecodeHash(parts[1]); err != nil {
			return c, fmt.Errorf("OAUTH_CLIENTS: %s: the hash is not one of argon2id ($argon2id$v=19$m=…)", parts[0])
		}
		scopes, err := parseScopes(parts[2], domain.Scopes(domain.Roles()))
		if err != nil {
			return c, fmt.Errorf("OAUTH_CLIENTS: %s: %w", parts[0], err)
		}
		c.known[parts[0]] = client{id: parts[0], hash: parts[1], scopes: scopes}
	}
	return c, nil
}

// parseScopes reads scopes that must all be among the allowed ones.
func parseScopes(text string, allowed []events.Permission) ([]events.Permission, error) {
	var scopes []events.Permission
	for s := range strings.FieldsSeq(text) {
		if !slices.Contains(allowed, events.Permission(s)) {
			return nil, fmt.Errorf("%.40q is not one of the scopes %v", s, allowed)
		}
		scopes = append(scopes, events.Permission(s))
	}
	return scopes, nil
}

// authenticate finds the program with that secret, for whoever comes from a network. Errors: errBadClient, password.ErrBusy.
func (c clients) authenticate(ctx context.Context, from, id, secret string) (client, error) {
	found := c.known[id] // an unknown one takes as long as a wrong secret
	matches, err := c.hasher.Matches(ctx, from, secret, found.hash)
	if err != nil {
		return client{}, err
	}
	if !matches {
		return client{}, errBadClient
	}
	c.proven.add(id, sha256.Sum256([]byte(secret)))
	return found, nil
}

func (p *proven) holds(id string, digest [sha256.Size]byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.secret[id]
	return ok && subtle.ConstantTimeCompare(known[:], digest[:]) == 1
}

func (p *proven) add(id string, digest [sha256.Size]byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.secret[id] = digest
}
