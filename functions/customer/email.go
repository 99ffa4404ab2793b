package customer

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
	"github.com/onlinemart/mart/functions/internal/web"
)

// emailRoutes declares how customers come to another address.
func emailRoutes(api *web.API, r routes) {
	web.Change(api, web.Route{
		Method: http.MethodPut, Path: "/customers/me/email", ID: "changeMyEmail", Summary: "Have a link mailed that makes another e-mail address yours",
		Description: emailDescription, Access: web.Access{Shoppers: true}, NoCards: true, Also: append(gone, http.StatusTooManyRequests),
	}, web.Write[emailInput, events.EmailChangeHeard, struct{}]{
		Command: r.changeEmail, SideEffects: true, Done: events.EmailChangeRequested, Status: http.StatusNoContent,
		Refused: func(_ emailInput, err error) error { return tooManyLinks(verifyInput{}, err) },
	})
}

const emailDescription = "The address that you have stays yours until the link is followed, which leads to /verify-email as that of the welcome does and is redeemed in the same way; then " +
	"the former address is told, and your log-ins elsewhere end. The address that you have is told of the wish at once; a new password makes the link worthless. The answer is the same whether or not there is an account with the new one: if there is, its owner gets a mail, and nothing changes. It counts with " +
	"the links of /email-verifications, and makes the ones before worthless; 409 `email_unchanged` when it is the address that you have."

// EmailChange is another address of the caller's.
type EmailChange struct {
	Email    string `json:"email" doc:"The address that is to become yours." example:"ada.lovelace@example.com"`
	Password string `json:"password" example:"correct horse battery"`
}

// TransformSchema describes both. The password may be of a time when shorter ones were taken.
func (EmailChange) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	web.DescribePassword(s.Properties["password"])
	s.Properties["password"].MinLength, s.Properties["password"].Description = new(1), "The one you have. Wrong ones are counted like those of log-ins."
	return web.LimitsOf[events.EmailChange](s)
}

// Resolve finds what is wrong beyond the shape.
func (e EmailChange) Resolve(huma.Context) []error {
	return web.Faults(domain.CheckEmail("body.email", e.Email))
}

type emailInput struct {
	web.PreferInput
	web.Origin
	Body EmailChange
}

// changeEmail looks at the password before db is asked: a token alone is not enough to make an account another's.
func (r routes) changeEmail(ctx context.Context, in *emailInput) (events.Outgoing, error) {
	var none events.Outgoing
	if err := r.links.Take(in.Network(r.trusted)); err != nil {
		return none, err
	}
	me, err := r.me(ctx)
	if err != nil {
		return none, err
	}
	if _, err := r.changer.Prove(ctx, in.Origin, "body.password", in.Body.Password); err != nil {
		return none, err
	}
	if domain.FoldEmail(me.Email.Plaintext()) == domain.FoldEmail(in.Body.Email) {
		return none, domain.ErrEmailUnchanged
	}
	id := events.NewID()
	return events.RequestEmailChange.New(id, events.EmailChange{
		Email: events.NewPersonal(in.Body.Email), TokenHash: r.hashOf(mailtoken.EmailVerification, id), ResetHash: r.hashOf(mailtoken.PasswordReset, id),
	}), nil
}
