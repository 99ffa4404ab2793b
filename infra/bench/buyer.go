package bench

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/infra/client"
)

// buyer is a customer, or a member of staff, whose token is renewed before it ends, without a password: hashing one is no part of what is measured.
type buyer struct {
	client.Client
	door    string
	refresh string
	until   time.Time // when the token is renewed
}

// password is every buyer's.
const password = "nine quiet boats on tuesday"

// register makes an account and enters with it.
func register(ctx context.Context, mart string) (*buyer, error) {
	anyone, email := client.New(mart), uuid.NewString()+"@example.com"
	account := map[string]string{"email": email, "name": "Bench", "password": password}
	if _, err := client.Post[any](ctx, anyone, "/customers", account); err != nil {
		return nil, err
	}
	return enter(ctx, mart, client.Storefront, email, password)
}

// enter is who has an account already.
func enter(ctx context.Context, mart, door, email, password string) (*buyer, error) {
	b := &buyer{Client: client.New(mart), door: door}
	tokens, err := b.Login(ctx, door, email, password)
	b.take(tokens)
	return b, err
}

// take uses these tokens from now on, for half of their life.
func (b *buyer) take(t client.Tokens) {
	b.Client, b.refresh = b.As(t.AccessToken), t.RefreshToken
	b.until = time.Now().Add(time.Duration(t.ExpiresIn) * time.Second / 2)
}

// renewed has a token that lives long enough for what is next.
func (b *buyer) renewed(ctx context.Context) error {
	if time.Now().Before(b.until) {
		return nil
	}
	tokens, _, err := client.Do[client.Tokens](ctx, b.As(""), http.MethodPost, "/oauth/token", url.Values{
		"grant_type": {"refresh_token"}, "client_id": {b.door}, "refresh_token": {b.refresh},
	})
	if err == nil {
		b.take(tokens)
	}
	return err
}

// buys one unit, until the money is captured.
func (b *buyer) buys(ctx context.Context, product string) error {
	if err := b.renewed(ctx); err != nil {
		return err
	}
	_, err := buy(ctx, b.Client, product)
	return err
}
