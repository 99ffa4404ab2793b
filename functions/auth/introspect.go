package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Introspection is what a token says. Source: RFC 7662.
type Introspection struct {
	Active    bool     `json:"active" doc:"Whether it is a live token of the mart; where it is not, there is nothing else." example:"true"`
	Scope     string   `json:"scope,omitempty" doc:"What it lets one do, with spaces between." example:"shop"`
	ClientID  string   `json:"client_id,omitempty" doc:"By which program it was had." example:"storefront"`
	TokenType string   `json:"token_type,omitempty" doc:"Bearer, or refresh_token." example:"Bearer"`
	Subject   string   `json:"sub,omitempty" doc:"The id of whom it is for." example:"102527d5-03f2-5370-a372-3748397623d5"`
	Audience  []string `json:"aud,omitempty" nullable:"false" doc:"Which side it opens: the storefront's or the back office's."`
	Issuer    string   `json:"iss,omitempty" doc:"Who has issued it: the mart's origin." example:"http://localhost:8080"`
	ID        string   `json:"jti,omitempty" doc:"The token's own id."`
	IssuedAt  int64    `json:"iat,omitempty" doc:"When it was issued, in seconds since 1970." example:"1772530860"`
	ExpiresAt int64    `json:"exp,omitempty" doc:"When it expires, in seconds since 1970." example:"1772531460"`
}

// introspect answers programs only. Whatever is not a live token of ours is "active": false, and nothing more.
func (a *authority) introspect(ctx context.Context, in *formInput) (*answer[Introspection], error) {
	ctx = byItself(ctx)
	f, err := in.parse()
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	if _, err := a.authenticated(ctx, in, f); err != nil {
		return nil, a.fail(ctx, err)
	}
	if f.get("token") == "" {
		return nil, refuse(http.StatusBadRequest, invalidRequest, "token is needed.")
	}
	found, err := a.decode(ctx, f.get("token"))
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	return &answer[Introspection]{CacheControl: web.NoStore, Pragma: "no-cache", Body: found}, nil
}

func (a *authority) decode(ctx context.Context, token string) (Introspection, error) {
	if refresh, ok := parseRefreshToken(token); ok {
		return a.decodeRefresh(ctx, refresh)
	}
	if _, err := a.verifier.Verify(ctx, token); err != nil {
		return Introspection{}, nil //nolint:nilerr // a token that is not valid is an answer, not an error
	}
	var c web.Claims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &c); err != nil { // it was verified just now
		return Introspection{}, err
	}
	if over, err := a.over(ctx, c.Session); err != nil || over {
		return Introspection{}, err
	}
	return Introspection{
		Active: true, Scope: c.Scope, ClientID: c.ClientID, TokenType: "Bearer", Subject: c.Subject, Audience: c.Audience, Issuer: c.Issuer,
		ID: c.ID, IssuedAt: c.IssuedAt.Unix(), ExpiresAt: c.ExpiresAt.Unix(),
	}, nil
}

// over tells whether a log-in has ended. One that db does not know, as a db of the release before knows none by its id, has not.
func (a *authority) over(ctx context.Context, session string) (bool, error) {
	if session == "" {
		return false, nil
	}
	s, err := bus.Ask(ctx, a.runtime.Asker, events.FindSession, events.SessionQuestion{ID: session})
	if p, ok := errors.AsType[*events.Problem](err); ok && p.Status == http.StatusNotFound {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find a session: %w", err)
	}
	return s.Revoked, nil
}

func (a *authority) decodeRefresh(ctx context.Context, t refreshToken) (Introspection, error) {
	s, err := a.find(ctx, t)
	if errors.Is(err, errBadRefresh) {
		return Introspection{}, nil
	}
	if err != nil || !s.Current || s.Revoked || !s.ExpiresAt.After(time.Now()) {
		return Introspection{}, err
	}
	return Introspection{
		Active: true, ClientID: s.ClientID, TokenType: "refresh_token", Subject: s.Owner.ID, Issuer: a.Issuer,
		IssuedAt: s.UpdatedAt.Unix(), ExpiresAt: s.ExpiresAt.Unix(),
	}, nil
}

// revoke ends the log-in a refresh token belongs to. Whoever has the token may; an unknown one is as good as ended. Source: RFC 7009.
func (a *authority) revoke(ctx context.Context, in *formInput) (*answer[Nothing], error) {
	ctx = byItself(ctx)
	f, err := in.parse()
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	if f.get("token") == "" {
		return nil, refuse(http.StatusBadRequest, invalidRequest, "token is needed.")
	}
	if t, ok := parseRefreshToken(f.get("token")); ok {
		if err := a.end(ctx, t); err != nil {
			return nil, a.fail(ctx, err)
		}
	}
	return &answer[Nothing]{CacheControl: web.NoStore, Pragma: "no-cache"}, nil
}

func (a *authority) end(ctx context.Context, t refreshToken) error {
	s, err := a.find(ctx, t)
	if errors.Is(err, errBadRefresh) || err == nil && s.Revoked {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = run(ctx, a, events.SessionRevoked, events.RevokeSession.New(t.session, events.Revocation{RefreshHash: t.hash()}))
	if errors.Is(err, errBadRefresh) || errors.Is(err, errNotNow) {
		return nil // somebody else has ended it meanwhile, or db will when it is back
	}
	return err
}

// Nothing is a body that says nothing.
type Nothing struct{}
