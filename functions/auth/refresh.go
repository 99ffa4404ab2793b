package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// refreshToken is "session.secret": which session it is of, and 256 random bits. Only its hash is ever sent or stored.
type refreshToken struct {
	session string
	secret  string
}

const secretBytes = 32

func newRefreshToken(session string) refreshToken {
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // never fails: crypto/rand aborts the program instead
	return refreshToken{session: session, secret: base64.RawURLEncoding.EncodeToString(secret)}
}

func parseRefreshToken(text string) (refreshToken, bool) {
	session, secret, ok := strings.Cut(text, ".")
	if !ok || len(session) != 36 || uuid.Validate(session) != nil {
		return refreshToken{}, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	return refreshToken{session: session, secret: secret}, err == nil && len(raw) == secretBytes
}

// String is what the client keeps.
func (t refreshToken) String() string { return t.session + "." + t.secret }

func (t refreshToken) hash() string {
	sum := sha256.Sum256([]byte(t.String()))
	return hex.EncodeToString(sum[:])
}

// refresh is the refresh_token grant: the token is exchanged for the next of its family.
func (a *authority) refresh(ctx context.Context, _ *formInput, f form) (Tokens, error) {
	if f.get("refresh_token") == "" || f.clientID == "" {
		return Tokens{}, refuse(http.StatusBadRequest, invalidRequest, "refresh_token and client_id are needed.")
	}
	presented, ok := parseRefreshToken(f.get("refresh_token"))
	if !ok {
		return Tokens{}, errBadRefresh
	}
	// A token that was invented costs a question, not a command.
	found, err := a.find(ctx, presented)
	if err != nil {
		return Tokens{}, err
	}
	if found.Revoked || found.ClientID != f.clientID {
		return Tokens{}, errBadRefresh
	}
	next := newRefreshToken(presented.session)
	s, err := run(ctx, a, events.SessionRotated, events.RotateSession.New(presented.session, events.Rotation{
		PresentedHash: presented.hash(), NextHash: next.hash(), ClientID: f.clientID, ExpiresAt: time.Now().Add(a.RefreshLife).UTC(),
	}))
	if err != nil {
		return Tokens{}, err
	}
	return a.issue(s, next)
}

// find reads the session of a refresh token. Error: errBadRefresh when there is none.
func (a *authority) find(ctx context.Context, t refreshToken) (events.SessionState, error) {
	s, err := bus.Ask(ctx, a.runtime.Asker, events.FindSession, events.SessionQuestion{RefreshHash: t.hash()})
	if p, ok := errors.AsType[*events.Problem](err); ok && p.Status == http.StatusNotFound || err == nil && s.ID != t.session {
		return s, errBadRefresh
	}
	if err != nil {
		return s, fmt.Errorf("find a session: %w", err)
	}
	return s, nil
}
