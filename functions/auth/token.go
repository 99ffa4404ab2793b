package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
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
	// question is how long db is asked to wait at a time.
	question = 10 * time.Second
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
	who, err := a.credentials(ctx, d, email)
	if err != nil {
		return Tokens{}, err
	}
	owner := events.Principal{Type: d.owner, ID: who.ID}
	k := a.knockOf(in.Network(a.TrustedProxies), who.ID, owner, f.get("device"))
	if who.ID == "" { // the same from here on, but for what db knows of nobody
		k.account, k.owner = events.DeriveID("no account", a.runtime.Keys.Digest(f.clientID, domain.FoldEmail(email))), events.Principal{}
	}
	turn, err := a.guarded(ctx, k, func() error { return a.check(ctx, who, password) })
	if err != nil {
		return Tokens{}, err
	}
	device := deviceOf(f.get("device"), turn)
	var known sync.WaitGroup
	known.Go(func() { a.proven(ctx, k, turn, device) })
	tokens, err := a.openSession(ctx, f.clientID, owner)
	known.Wait()
	tokens.Device = device
	return tokens, err
}

// credentials are what a password is checked against; zero for an address that is not known.
func (a *authority) credentials(ctx context.Context, d door, email string) (events.Credentials, error) {
	who, err := bus.Ask(ctx, a.runtime.Asker, d.credentials, events.CredentialsQuestion{Email: events.NewPersonal(email)})
	if p, ok := errors.AsType[*events.Problem](err); ok && p.Status == http.StatusNotFound {
		return events.Credentials{}, nil
	}
	if err != nil {
		return who, fmt.Errorf("read credentials: %w", err)
	}
	return who, nil
}

// check lets nobody in but an active account with its password. An unknown address, a disabled account, one without a password, and a
// wrong password take the same work and get the same answer.
func (a *authority) check(ctx context.Context, who events.Credentials, password string) error {
	matches, err := a.hasher.Matches(ctx, password, who.PasswordHash.Plaintext())
	if err != nil {
		return err
	}
	if !matches || who.Status != events.AccountActive {
		return errBadPassword
	}
	return nil
}

func (a *authority) openSession(ctx context.Context, clientID string, owner events.Principal) (Tokens, error) {
	next := newRefreshToken(events.NewID())
	s, err := run(ctx, a, events.SessionCreated, events.CreateSession.New(next.session, events.NewSession{
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
	state, err := a.runtime.Caller().Call(ctx, command, min(question, a.SessionWait))
	for err == nil && state.Status == events.OperationPending && time.Now().Before(end) {
		state, err = a.runtime.Caller().Outcome(ctx, command.WithID(state.ID, ""), min(question, time.Until(end)))
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
			return Tokens{}, refuse(http.StatusBadRequest, invalidScope, lacking(wanted, c.scopes))
		}
	}
	return a.sign(web.BackofficeAudience, c.id, c.id, scopes)
}

// lacking names the first scope that the program wants and does not have. One that nobody has is not repeated: an error_description
// may hold only some characters (RFC 6749 §5.2).
func lacking(wanted string, has []events.Permission) string {
	for word := range strings.FieldsSeq(wanted) {
		switch scope := events.Permission(word); {
		case slices.Contains(has, scope):
		case slices.Contains(domain.Scopes(domain.Roles()), scope):
			return "The program does not have the scope " + word + "."
		default:
			return "One of the scopes is not known; /.well-known/oauth-authorization-server lists them."
		}
	}
	return "The program may not have these scopes."
}

// authenticated is the program that asks. Errors: errBadClient, 429.
func (a *authority) authenticated(ctx context.Context, in *formInput, f form) (c client, err error) {
	if f.clientID == "" || f.clientSecret == "" {
		return c, errBadClient
	}
	if a.clients.proven.holds(f.clientID, sha256.Sum256([]byte(f.clientSecret))) {
		return a.clients.known[f.clientID], nil // whatever others try under its name
	}
	var owner events.Principal
	if _, known := a.clients.known[f.clientID]; known { // else it is whatever somebody typed, which is written down nowhere
		owner = events.Principal{Type: events.Client, ID: f.clientID}
	}
	k := a.knockOf(in.Network(a.TrustedProxies), events.DeriveID("program", f.clientID), owner, "")
	turn, err := a.guarded(ctx, k, func() error {
		c, err = a.clients.authenticate(ctx, f.clientID, f.clientSecret)
		return err
	})
	if err != nil {
		return client{}, err
	}
	a.proven(ctx, k, turn, "")
	return c, nil
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
