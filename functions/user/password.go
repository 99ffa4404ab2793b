package user

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// PasswordChange replaces one's own password.
type PasswordChange struct {
	Current string `json:"current"`
	New     string `json:"new"`
}

// TransformSchema describes both. The current one may be of a time when shorter ones were taken.
func (PasswordChange) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	web.DescribePassword(s.Properties["new"])
	web.DescribePassword(s.Properties["current"])
	s.Properties["current"].MinLength, s.Properties["current"].Description = new(1), ""
	return s
}

// Resolve finds what is wrong beyond the shape and whoever's it is.
func (p PasswordChange) Resolve(huma.Context) []error {
	return web.Faults(domain.CheckPassword("body.new", p.New, ""))
}

type passwordInput struct {
	web.PreferInput
	Body PasswordChange
}

// changePassword lets only those change it who know the current one: a token alone is not enough to lock its owner out.
func (r routes) changePassword(ctx context.Context, in *passwordInput) (events.Outgoing, error) {
	id := web.Caller(ctx).Principal.ID
	me, err := bus.Ask(ctx, r.api.Asker(), events.GetUser, events.Lookup{ID: id})
	if err != nil {
		return events.Outgoing{}, err
	}
	if err := domain.CheckPassword("body.new", in.Body.New, me.Email.Plaintext()); err != nil {
		return events.Outgoing{}, err
	}
	known, err := bus.Ask(ctx, r.api.Asker(), events.GetUserCredentials, events.CredentialsQuestion{ID: id})
	if err != nil {
		return events.Outgoing{}, err
	}
	if err := r.prove(ctx, id, in.Body.Current, known); err != nil {
		return events.Outgoing{}, err
	}
	hash, err := r.hasher.Hash(ctx, in.Body.New)
	if err != nil {
		return events.Outgoing{}, err
	}
	return events.ChangeUserPassword.New(id, events.NewPassword{PreviousHash: known.PasswordHash, PasswordHash: events.NewPersonal(hash)}), nil
}

// prove checks the current password. Errors: 422, 429, 503.
func (r routes) prove(ctx context.Context, id, current string, known events.Credentials) error {
	if err := r.guesses.Take(id); err != nil {
		return err
	}
	matches, err := r.hasher.Matches(ctx, current, known.PasswordHash.Plaintext())
	if err != nil || matches {
		r.guesses.GiveBack(id)
		return err
	}
	return events.Invalid(events.FieldError{Location: "body.current", Message: "is not your password"})
}
