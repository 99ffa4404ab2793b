// Package ownpassword lets people change their own password who are logged in and know the current one. Each try to name it is counted in
// db at their account, together with those of log-ins: who has got hold of a token guesses no faster than who has none.
package ownpassword

import (
	"context"
	"net/netip"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/password"
	"github.com/onlinemart/mart/functions/internal/web"
)

// PasswordChange replaces one's own password.
type PasswordChange struct {
	Current string `json:"current" example:"correct horse battery"`
	New     string `json:"new" example:"nine quiet boats on tuesday"`
}

// TransformSchema describes both. The current one may be of a time when shorter ones were taken.
func (PasswordChange) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	web.DescribePassword(s.Properties["new"])
	web.DescribePassword(s.Properties["current"])
	s.Properties["current"].MinLength, s.Properties["current"].Description = new(1), "The one you have. Wrong ones are counted like those of log-ins."
	return s
}

// Resolve finds what is wrong beyond the shape and whoever's it is.
func (p PasswordChange) Resolve(huma.Context) []error {
	return web.Faults(domain.CheckNewPassword("body.new", p.New, p.Current, ""))
}

// Input is a request to change it.
type Input struct {
	web.PreferInput
	web.Origin
	Body PasswordChange
}

// Changer changes passwords of staff or of customers.
type Changer struct {
	API         *web.API
	Hasher      *password.Hasher
	Credentials events.Query[events.CredentialsQuestion, events.Credentials] // of those whom the routes let in
	Trusted     []netip.Prefix                                               // whose X-Forwarded-For is believed
}

// Change is what db is to store for the caller, who has that address. A token alone is not enough to lock its owner out. Errors: 422, 429, 503.
func (c Changer) Change(ctx context.Context, in *Input, email string) (n events.NewPassword, err error) {
	if err := domain.CheckNewPassword("body.new", in.Body.New, in.Body.Current, email); err != nil {
		return n, err
	}
	known, err := c.Prove(ctx, in.Origin, "body.current", in.Body.Current)
	if err != nil {
		return n, err
	}
	hash, err := c.Hasher.Hash(ctx, in.Network(c.Trusted), in.Body.New)
	return events.NewPassword{PreviousHash: known.PasswordHash, PasswordHash: events.NewPersonal(hash)}, err
}

// Prove lets the caller go on who names their current password, at location of the request. Errors: 422, 429, 503.
func (c Changer) Prove(ctx context.Context, from web.Origin, location, current string) (known events.Credentials, err error) {
	caller := web.Caller(ctx).Principal
	if known, err = bus.Ask(ctx, c.API.Asker(), c.Credentials, events.CredentialsQuestion{ID: caller.ID}); err != nil {
		return known, err
	}
	network := from.Network(c.Trusted)
	tried := try{by: caller, network: network, place: c.API.Place(network), location: location, password: current}
	return known, c.prove(ctx, tried, known)
}

// try is a password that somebody names as their current one.
type try struct {
	by                                 events.Principal
	network, place, location, password string
}

// prove checks the current password once db has counted the try, and gives the try back unless the password was wrong.
func (c Changer) prove(ctx context.Context, t try, known events.Credentials) error {
	turn, err := web.Decide(ctx, c.API, events.LoginTried, events.TryPassword.New(t.by.ID, events.LoginTry{Owner: t.by, Network: t.place}))
	switch {
	case err != nil:
		return err
	case turn.WaitSeconds > 0:
		return tooSoon(turn.WaitSeconds)
	}
	matches, err := c.Hasher.Matches(ctx, t.network, t.password, known.PasswordHash.Plaintext())
	if err == nil && !matches {
		if turn.SaysSeconds > 0 { // what a log-in answers, too: it does not tell whether they have been here before
			return tooSoon(turn.SaysSeconds)
		}
		return events.Invalid(events.FieldError{Location: t.location, Message: "is not your password"})
	}
	end := events.LoginEnd{Place: turn.Place, Stranger: turn.Stranger, Proven: matches, Network: t.place}
	if _, endErr := web.Decide(context.WithoutCancel(ctx), c.API, events.LoginEnded, events.EndPasswordTry.New(t.by.ID, end)); err == nil {
		err = endErr
	}
	return err
}

func tooSoon(seconds int) error { return &password.TooMany{After: strconv.Itoa(seconds)} }
