package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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

// sessionWait is how long a request waits for db to store its session. There is no half-finished token to give.
const sessionWait = 10 * time.Second

func (a *authority) token(ctx context.Context, in *formInput, f form) (Tokens, error) {
	grant, ok := grants[f.get("grant_type")]
	if !ok {
		return Tokens{}, refuse(http.StatusBadRequest, unsupportedGrant, "grant_type must be password, refresh_token or client_credentials.")
	}
	return grant(a, ctx, in, f)
}

// logIn is the password grant.
func (a *authority) logIn(ctx context.Context, in *formInput, f form) (Tokens, error) {
	d, ok := doors[f.clientID]
	if !ok || f.clientSecret != "" {
		return Tokens{}, refuse(http.StatusUnauthorized, invalidClient, "client_id must be storefront for customers or backoffice for staff, without a secret.")
	}
	email, password := f.get("username"), f.get("password")
	if email == "" || password == "" {
		return Tokens{}, refuse(http.StatusBadRequest, invalidRequest, "username and password are needed.")
	}
	if len(email) > 1000 || len(password) > 4*domain.MaxPassword {
		return Tokens{}, errBadPassword
	}
	var who events.Credentials
	err := a.throttled(in, f.clientID+" "+domain.FoldEmail(email), func() (err error) {
		who, err = a.checked(ctx, d, email, password)
		return err
	})
	if err != nil {
		return Tokens{}, err
	}
	return a.openSession(ctx, f.clientID, events.Principal{Type: d.owner, ID: who.ID})
}

// throttled lets guess try, unless there were too many wrong ones lately for this account or from this network.
func (a *authority) throttled(in *formInput, account string, guess func() error) error {
	address := network(web.ClientAddress(in.peer, in.forwarded, a.TrustedProxies))
	if err := a.perAddress.Take(address); err != nil {
		return err
	}
	if err := a.perAccount.Take(account); err != nil {
		a.perAddress.GiveBack(address)
		return err
	}
	err := guess()
	if !errors.Is(err, errBadPassword) && !errors.Is(err, errBadClient) {
		a.perAccount.GiveBack(account)
		a.perAddress.GiveBack(address)
	}
	return err
}

// checked is whoever has that address and password. An unknown address, a disabled account, one without a password, and a wrong
// password take the same work and get the same answer.
func (a *authority) checked(ctx context.Context, d door, email, password string) (events.Credentials, error) {
	who, err := d.credentials.Ask(ctx, a.runtime.Asker, events.CredentialsQuestion{Email: events.Private(email)})
	if p, ok := errors.AsType[*events.Problem](err); ok && p.Status == http.StatusNotFound {
		who, err = events.Credentials{}, nil
	}
	if err != nil {
		return who, fmt.Errorf("read credentials: %w", err)
	}
	matches, err := a.hasher.Matches(ctx, password, who.PasswordHash.Reveal())
	if err != nil {
		return who, err
	}
	if !matches || who.Status != events.AccountActive {
		return who, errBadPassword
	}
	return who, nil
}

func (a *authority) openSession(ctx context.Context, clientID string, owner events.Principal) (Tokens, error) {
	next := newRefreshToken(events.NewID())
	s, err := a.run(ctx, events.SessionCreated, events.CreateSession.New(next.session, events.NewSession{
		ClientID: clientID, Owner: owner, RefreshHash: next.hash(), ExpiresAt: time.Now().Add(a.RefreshLife).UTC(),
	}))
	if err != nil {
		return Tokens{}, err
	}
	return a.issue(s, next)
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
	s, err := a.run(ctx, events.SessionRotated, events.RotateSession.New(presented.session, events.Rotation{
		PresentedHash: presented.hash(), NextHash: next.hash(), ClientID: f.clientID, ExpiresAt: time.Now().Add(a.RefreshLife).UTC(),
	}))
	if err != nil {
		return Tokens{}, err
	}
	return a.issue(s, next)
}

// find reads the session of a refresh token. Error: errBadRefresh when there is none.
func (a *authority) find(ctx context.Context, t refreshToken) (events.SessionState, error) {
	s, err := events.FindSession.Ask(ctx, a.runtime.Asker, events.SessionQuestion{RefreshHash: t.hash()})
	if p, ok := errors.AsType[*events.Problem](err); ok && p.Status == http.StatusNotFound || err == nil && s.ID != t.session {
		return s, errBadRefresh
	}
	if err != nil {
		return s, fmt.Errorf("find a session: %w", err)
	}
	return s, nil
}

// run sends a session command and waits until db has decided. Errors: errBadRefresh when it was refused or ended the session,
// errNotNow when there was no answer in time.
func (a *authority) run(ctx context.Context, done events.Message[events.SessionState], command events.Outgoing) (events.SessionState, error) {
	state, err := a.api.Run(ctx, command, sessionWait)
	switch {
	case err != nil:
		return events.SessionState{}, fmt.Errorf("store a session: %w", err)
	case state.Status == events.OperationPending:
		return events.SessionState{}, errNotNow
	case state.Problem != nil && state.Problem.Status >= http.StatusInternalServerError:
		return events.SessionState{}, state.Problem
	case state.Problem != nil || state.Type != done.Type():
		return events.SessionState{}, errBadRefresh
	}
	return done.Decode(a.runtime.Keys, state.Data)
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
	tokens, err := a.sign(d.audience, s.Owner.ID, s.ClientID, scopes)
	tokens.RefreshToken = next.String()
	return tokens, err
}

// program is the client_credentials grant.
func (a *authority) program(ctx context.Context, in *formInput, f form) (Tokens, error) {
	c, err := a.authenticated(ctx, in, f)
	if err != nil {
		return Tokens{}, err
	}
	scopes := c.scopes
	if wanted := f.get("scope"); wanted != "" {
		if scopes, err = parseScopes(wanted, c.scopes); err != nil {
			return Tokens{}, refuse(http.StatusBadRequest, invalidScope, "The program may not have all of these scopes.")
		}
	}
	return a.sign(web.BackofficeAudience, c.id, c.id, scopes)
}

// authenticated is the program that asks. Errors: errBadClient, 429.
func (a *authority) authenticated(ctx context.Context, in *formInput, f form) (c client, err error) {
	if f.clientID == "" || f.clientSecret == "" {
		return c, errBadClient
	}
	err = a.throttled(in, "client "+f.clientID, func() error {
		c, err = a.clients.authenticate(ctx, f.clientID, f.clientSecret)
		return err
	})
	return c, err
}

// sign makes an access token. Source: RFC 9068.
func (a *authority) sign(audience, subject, clientID string, scopes []events.Permission) (Tokens, error) {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	now := time.Now()
	claims := web.Claims{ClientID: clientID, Scope: strings.Join(words, " "), RegisteredClaims: jwt.RegisteredClaims{
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
