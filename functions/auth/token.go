package auth

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// grants is what a token can be had for.
var grants = map[string]func(*authority, context.Context, *formInput, form) (Tokens, error){
	"password":           (*authority).logIn,
	"refresh_token":      (*authority).refresh,
	"client_credentials": (*authority).program,
}

// grantTypes is the same by name.
var grantTypes = slices.Sorted(maps.Keys(grants))

const (
	// longestWait is how long a request can wait for db to store its session, for which there is no half-finished token to give.
	longestWait = 25 * time.Second
	// waitAtATime is how long db is asked to wait with one question.
	waitAtATime = 10 * time.Second
)

func (a *authority) token(ctx context.Context, in *formInput, f form) (Tokens, error) {
	grant, ok := grants[f.get("grant_type")]
	if !ok {
		code := unsupportedGrant
		if f.get("grant_type") == "" {
			code = invalidRequest // Source: RFC 6749 §5.2: what is needed is missing
		}
		return Tokens{}, refuse(http.StatusBadRequest, code, "grant_type must be password, refresh_token or client_credentials.")
	}
	return grant(a, ctx, in, f)
}

// run sends a command and waits until db has decided. Errors: errBadRefresh when it was refused or ended the session, errNotNow when
// there was no answer in time.
func run[S any](ctx context.Context, a *authority, done events.Message[S], command events.Outgoing) (none S, err error) {
	state, err := a.decided(ctx, command)
	switch {
	case err != nil:
		return none, fmt.Errorf("have %s decided: %w", command.Of().Type(), err)
	case state.Status == events.OperationPending:
		return none, errNotNow
	case state.Problem != nil && state.Problem.Status >= http.StatusInternalServerError:
		return none, state.Problem
	case state.Problem != nil || state.Type != done.Type():
		return none, errBadRefresh
	}
	return done.Decode(a.runtime.Keys, state.Data)
}

// decided sends a command and asks what became of it until that is known, or the wait is over: then it is pending.
func (a *authority) decided(ctx context.Context, command events.Outgoing) (events.OperationState, error) {
	end := time.Now().Add(a.SessionWait)
	state, err := a.runtime.Caller().Call(ctx, command, min(waitAtATime, a.SessionWait))
	for err == nil && state.Status == events.OperationPending && time.Now().Before(end) {
		state, err = a.runtime.Caller().Outcome(ctx, command.WithID(state.ID, ""), min(waitAtATime, time.Until(end)))
	}
	return state, err
}

// issue makes the tokens of a session: a customer may shop, staff may what their roles allow at this moment.
func (a *authority) issue(s events.SessionState, next refreshToken) (Tokens, error) {
	d, ok := doors[s.ClientID]
	if !ok || d.owner != s.Owner.Type {
		return Tokens{}, errBadRefresh
	}
	scopes := []events.Permission{events.Shop}
	if s.Owner.Type == events.Staff {
		scopes = domain.Scopes(s.Roles)
	}
	tokens, err := a.sign(d.audience, s.Owner.ID, s.ClientID, s.ID, scopes)
	tokens.RefreshToken = next.String()
	return tokens, err
}

// sign makes an access token, of a log-in unless it is a program's. Source: RFC 9068.
func (a *authority) sign(audience, subject, clientID, session string, scopes []events.Permission) (Tokens, error) {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	now := time.Now()
	claims := web.Claims{ClientID: clientID, Scope: strings.Join(words, " "), Session: session, RegisteredClaims: jwt.RegisteredClaims{
		Issuer: a.Issuer, Subject: subject, Audience: jwt.ClaimStrings{audience}, ID: events.NewID(),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(a.AccessLife)),
	}}
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	t.Header["typ"], t.Header["kid"] = web.TokenType, a.keys.signing.id
	signed, err := t.SignedString(a.keys.signing.private)
	if err != nil {
		return Tokens{}, fmt.Errorf("sign an access token: %w", err)
	}
	return Tokens{AccessToken: signed, TokenType: "Bearer", ExpiresIn: int(a.AccessLife / time.Second), Scope: claims.Scope}, nil
}
