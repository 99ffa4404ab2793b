package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
)

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
	try := a.attemptOf(in.Network(a.TrustedProxies), who.ID, owner, f.get("device"))
	if who.ID == "" { // the same from here on, but for what db knows of nobody
		try.account, try.owner = events.DeriveID("no account", a.runtime.Keys.Digest(f.clientID, domain.FoldEmail(email))), events.Principal{}
	}
	turn, err := a.guard(ctx, try, func() error { return a.check(ctx, try.address, who, password) })
	if err != nil {
		return Tokens{}, err
	}
	device := deviceOf(f.get("device"), turn)
	var known sync.WaitGroup
	known.Go(func() { a.recordProven(ctx, try, turn, device) })
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
func (a *authority) check(ctx context.Context, from string, who events.Credentials, password string) error {
	matches, err := a.hasher.Matches(ctx, from, password, who.PasswordHash.Plaintext())
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
