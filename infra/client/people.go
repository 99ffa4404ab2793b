package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Tokens is the answer of the token endpoint. Source: RFC 6749.
type Tokens struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
	Scope        string `json:"scope"`
	Device       string `json:"device"`
}

// The two doors: customers come in by the storefront, staff by the back office.
const (
	Storefront = "storefront"
	Backoffice = "backoffice"
)

// Login gets tokens for a person. Errors: *Problem-like refusal of the token endpoint.
func (c Client) Login(ctx context.Context, door, email, password string) (Tokens, error) {
	return Post[Tokens](ctx, c.As(""), "/oauth/token", url.Values{
		"grant_type": {"password"}, "client_id": {door}, "username": {email}, "password": {password},
	})
}

// Enter is the same mart as that person.
func (c Client) Enter(ctx context.Context, door, email, password string) (Client, error) {
	t, err := c.Login(ctx, door, email, password)
	return c.As(t.AccessToken), err
}

// The tries of EnterFirst are fewer than the wrong passwords that one place may try at an account; all pauses together are 13 s.
const (
	ownerTries = 9
	ownerPause = 50 * time.Millisecond // before the second; each is twice as long as the one before
)

// EnterFirst is the mart as its first owner, whom a mart that has just been started makes in the background: a refusal is believed only
// when all tries are over. Error: the last one's, or ctx ended.
func (c Client) EnterFirst(ctx context.Context, email, password string) (Client, error) {
	pause := ownerPause
	for tried := 1; ; tried++ {
		owner, err := c.Enter(ctx, Backoffice, email, password)
		if err == nil || tried == ownerTries {
			return owner, err
		}
		select {
		case <-ctx.Done():
			return owner, fmt.Errorf("%w; the last try: %w", ctx.Err(), err)
		case <-time.After(pause):
			pause *= 2
		}
	}
}

// Register makes a customer's account and enters with it. The answer tells nothing of the account: who logs in reads it.
func (c Client) Register(ctx context.Context, email, name, password string) (Client, Customer, error) {
	_, a, err := Do[any](ctx, c.As(""), http.MethodPost, "/customers", map[string]string{"email": email, "name": name, "password": password})
	if err == nil && a.Pending() != "" {
		_, err = c.As("").settled(ctx, a.Pending())
	}
	if err != nil {
		return c, Customer{}, err
	}
	entered, err := c.Enter(ctx, Storefront, email, password)
	if err != nil {
		return c, Customer{}, err
	}
	customer, err := Get[Customer](ctx, entered, "/customers/me")
	return entered, customer, err
}
