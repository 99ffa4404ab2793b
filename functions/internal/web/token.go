package web

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/recent"
)

// Identity is who a token speaks for and what it allows.
type Identity struct {
	Principal events.Principal
	Scopes    []events.Permission
	Session   string // the log-in that the token is of; "" of a program, and of a token of the release before
}

// ErrExpired is a token that was valid once.
var ErrExpired = errors.New("the access token has expired")

// Verifier turns an access token into an identity. Errors: bus.ErrUnavailable when it cannot be checked now; ErrExpired when it
// was valid once; anything else means the token is not valid.
type Verifier interface {
	Verify(ctx context.Context, token string) (Identity, error)
}

// The audiences of access tokens: one for customers, one for staff and programs, so that neither opens the other's door.
const (
	StorefrontAudience = "storefront"
	BackofficeAudience = "backoffice"
)

// TokenType is the typ of an access token. Source: RFC 9068.
const TokenType = "at+jwt"

// Claims are what an access token of ours says. Source: RFC 9068.
type Claims struct {
	jwt.RegisteredClaims
	ClientID string `json:"client_id"`
	Scope    string `json:"scope"`         // permissions, separated by spaces
	Session  string `json:"sid,omitempty"` // the log-in that it is of: with it the token ends. Source: OpenID Connect Back-Channel Logout 1.0 §2.1
}

// KeySource finds a verification key by its id. Errors: bus.ErrUnavailable, or there is no such key.
type KeySource interface {
	Key(ctx context.Context, kid string) (ed25519.PublicKey, error)
}

// NewVerifier checks tokens of issuer with keys, each token once (verified.go).
func NewVerifier(issuer string, keys KeySource) Verifier {
	now := time.Now
	c := tokenCheck{issuer: issuer, keys: keys, now: now}
	return &verifiedTokens{check: c.verify, keys: keys, now: now, known: recent.New[digest, verifiedToken](verifiedLimit)}
}

// tokenCheck is the whole check of a token.
type tokenCheck struct {
	issuer string
	keys   KeySource
	now    func() time.Time
}

func (c tokenCheck) verify(ctx context.Context, token string) (verifiedToken, error) {
	var claims Claims
	var found verifiedToken
	parsed, err := jwt.ParseWithClaims(token, &claims, func(t *jwt.Token) (any, error) {
		if t.Header["typ"] != TokenType {
			return nil, fmt.Errorf("typ is %v, not %s", t.Header["typ"], TokenType)
		}
		if _, critical := t.Header["crit"]; critical { // names what must be understood: nothing here needs any of it. Source: RFC 7515 §4.1.11
			return nil, errors.New("crit names an extension that is not known here")
		}
		var err error
		found.kid, _ = t.Header["kid"].(string)
		found.key, err = c.keys.Key(ctx, found.kid)
		return found.key, err
	}, jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithIssuer(c.issuer), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(c.now))
	if onlyExpired(err) {
		return found, ErrExpired
	}
	if err != nil {
		return found, fmt.Errorf("access token: %w", err)
	}
	if !parsed.Valid || claims.Subject == "" {
		return found, errors.New("access token: it names nobody")
	}
	found.expires = claims.ExpiresAt.Time
	found.identity, err = claims.identity()
	return found, err
}

// onlyExpired tells that a token is right but for its time: it is signed by us, and by us for now.
func onlyExpired(err error) bool {
	return errors.Is(err, jwt.ErrTokenExpired) && !errors.Is(err, jwt.ErrTokenInvalidIssuer) && !errors.Is(err, jwt.ErrTokenUsedBeforeIssued) &&
		!errors.Is(err, jwt.ErrTokenNotValidYet)
}

func (c Claims) identity() (Identity, error) {
	i := Identity{Principal: events.Principal{ID: c.Subject}, Session: c.Session}
	for s := range strings.FieldsSeq(c.Scope) {
		i.Scopes = append(i.Scopes, events.Permission(s))
	}
	if len(c.Audience) != 1 {
		return Identity{}, errors.New("access token: it must have one audience")
	}
	switch c.Audience[0] {
	case StorefrontAudience:
		i.Principal.Type = events.Shopper
	case BackofficeAudience:
		i.Principal.Type = events.Staff
		if c.Subject == c.ClientID {
			i.Principal.Type = events.Client
		}
	default:
		return Identity{}, fmt.Errorf("access token: audience %q is not ours", c.Audience[0])
	}
	return i, nil
}

// TokenSettings say whose tokens are accepted.
type TokenSettings struct {
	Issuer  string `env:"TOKEN_ISSUER, default=http://localhost:8080" doc:"The origin that clients see; tokens of another are refused."`
	AuthURL string `env:"AUTH_URL, default=http://auth.mart.svc.cluster.local" doc:"The address of the function auth, for its keys."`
}

// NewRemoteVerifier checks tokens with the keys that the auth function publishes.
func NewRemoteVerifier(s TokenSettings) Verifier {
	return NewVerifier(s.Issuer, &remoteKeys{url: s.AuthURL + "/.well-known/jwks.json", http: &http.Client{Timeout: 5 * time.Second}})
}

// remoteKeys keeps the published keys and reads them again when a token names one it does not know, at most once a second.
type remoteKeys struct {
	url  string
	http *http.Client

	mu   sync.Mutex
	keys map[string]ed25519.PublicKey
	read time.Time
}

const (
	keysLife  = 5 * time.Minute
	keysPause = time.Second
)

func (r *remoteKeys) Key(ctx context.Context, kid string) (ed25519.PublicKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key, known := r.keys[kid]
	age := time.Since(r.read)
	if known && age < keysLife {
		return key, nil
	}
	if age > keysPause {
		fetched, err := r.fetch(ctx)
		if err != nil && !known {
			return nil, fmt.Errorf("%w: read the token keys: %w", bus.ErrUnavailable, err)
		}
		if err == nil {
			r.keys, r.read = fetched, time.Now()
		}
	}
	if key, known = r.keys[kid]; !known {
		return nil, fmt.Errorf("no key %q is published", kid)
	}
	return key, nil
}

func (r *remoteKeys) fetch(ctx context.Context) (map[string]ed25519.PublicKey, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, nil)
	if err != nil {
		return nil, fmt.Errorf("AUTH_URL: %w", err)
	}
	res, err := r.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %d", r.url, res.StatusCode)
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	return ParseKeys(raw)
}

// ParseKeys reads the Ed25519 keys of a JWK set. Source: RFC 7517, RFC 8037.
func ParseKeys(raw []byte) (map[string]ed25519.PublicKey, error) {
	set, err := jwk.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("read a JWK set: %w", err)
	}
	keys := map[string]ed25519.PublicKey{}
	for i := range set.Len() {
		k, _ := set.Key(i)
		kid, _ := k.KeyID()
		var public ed25519.PublicKey
		if err := jwk.Export(k, &public); err == nil && kid != "" {
			keys[kid] = public // keys of other kinds are somebody else's business
		}
	}
	return keys, nil
}

// Claimed is whom an access token says that it is of. Nobody has looked at its signature: it is for a log, which is written where no key is, and
// never for a decision.
func Claimed(token string) (p events.Principal, ok bool) {
	var claims Claims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil || claims.Subject == "" {
		return p, false
	}
	i, err := claims.identity()
	return i.Principal, err == nil
}
