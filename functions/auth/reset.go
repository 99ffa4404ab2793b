package auth

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
	"github.com/onlinemart/mart/functions/internal/web"
)

// resetRoutes declares how somebody comes to a new password who has forgotten theirs.
func resetRoutes(a *authority) {
	anyone, often := web.Access{Anyone: true}, []int{http.StatusTooManyRequests}
	web.Read(a.api, web.Route{
		Method: http.MethodPost, Path: "/password-resets", ID: "requestPasswordReset", Summary: "Have a link to a new password mailed",
		Description: resetDescription, Access: anyone, NoCards: true, Status: http.StatusAccepted, Also: often,
	}, a.requestReset)
	web.Change(a.api, web.Route{
		Method: http.MethodPost, Path: "/password-resets/redemption", ID: "redeemPasswordReset",
		Summary: "Set a new password by the link in the mail; ends all log-ins",
		Description: "The page that the link in the mail leads to sends what it has behind #token=, with the new password. All log-ins of the account end, and their access tokens with them; log in with the new one. By the " +
			"link of an invitation a member of staff chooses their first. 409 `reset_closed`: it was used before, is too old, a newer one was sent, or a new password has closed it. 422: the password is too " +
			"short, is among the first that are guessed, or is the address. 429: too many wrong tokens come from this network.",
		Access: anyone, Also: often,
	}, web.Write[redeemInput, events.ResetIssue, struct{}]{
		Command: a.redeemReset, SideEffects: true, Done: events.ResetRedeemed, Status: http.StatusNoContent,
	})
}

const resetDescription = "The answer is the same, after the same time, whether or not there is such an account. If there is, and it may log in, a mail " +
	"goes there with a link to the storefront or the back office, with a token behind #token= that sets a new password once, within 30 minutes. A newer request " +
	"makes the links before worthless. One account is sent five at once, and five more over each hour; what is too much is left out, with the same answer."

// resetDoors are whose password it is, as clients say it.
var resetDoors = map[string]events.AuthType{"customer": events.Shopper, "staff": events.Staff}

// ResetRequest asks for a link.
type ResetRequest struct {
	Account string `json:"account" enum:"customer,staff" doc:"Whose password it is: one address may be a customer's and a member of staff's." example:"customer"`
	Email   string `json:"email" doc:"The address that the account has." example:"ada@example.com"`
}

// TransformSchema gives the address the limits of its declaration.
func (ResetRequest) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.NewCustomer](s)
}

// Resolve finds what is wrong beyond the shape.
func (r ResetRequest) Resolve(huma.Context) []error {
	return web.Faults(domain.CheckEmail("body.email", r.Email))
}

// ResetRedemption sets a new password.
type ResetRedemption struct {
	Token    string `json:"token" minLength:"1" maxLength:"200" doc:"What the link in the mail has behind #token=." example:"e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd.c2VjcmV0"`
	Password string `json:"password" example:"nine quiet boats on tuesday"`
}

// TransformSchema describes the password.
func (ResetRedemption) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	web.DescribePassword(s.Properties["password"])
	return s
}

// Resolve finds what is wrong beyond the shape and whoever's it is.
func (r ResetRedemption) Resolve(huma.Context) []error {
	return web.Faults(domain.CheckPassword("body.password", r.Password, ""))
}

type resetInput struct {
	web.Origin
	Body ResetRequest
}

type redeemInput struct {
	web.PreferInput
	web.Origin
	Body ResetRedemption
}

// heard is the answer to whoever asks for a link: that it was heard.
type heard struct {
	CacheControl string `header:"Cache-Control"`
}

// requestReset has db look who that is, after the answer: so neither what is answered nor how long it takes tells whether there is an account.
func (a *authority) requestReset(ctx context.Context, in *resetInput) (*heard, error) {
	if err := a.perReset.Take(in.Network(a.TrustedProxies)); err != nil {
		return nil, err
	}
	id := events.NewID()
	_, err := a.runtime.Caller().Call(ctx, events.RequestReset.New(id, events.ResetRequest{
		Account: resetDoors[in.Body.Account], Email: events.NewPersonal(in.Body.Email), TokenHash: mailtoken.Hash(mailtoken.New(a.runtime.Keys, mailtoken.PasswordReset, id)),
	}), 0)
	return &heard{CacheControl: web.NoStore}, err
}

// redeemReset hashes no password before the token is known to be good. db decides; what is refused here would be refused there.
func (a *authority) redeemReset(ctx context.Context, in *redeemInput) (events.Outgoing, error) {
	var none events.Outgoing
	network := in.Network(a.TrustedProxies)
	if err := a.perReset.Take(network); err != nil {
		return none, err
	}
	r, err := a.openReset(ctx, in.Body.Token)
	if err != nil {
		return none, err
	}
	a.perReset.GiveBack(network)
	if err := domain.CheckPassword("body.password", in.Body.Password, r.Email.Plaintext()); err != nil {
		return none, err
	}
	hash, err := a.hasher.Hash(ctx, network, in.Body.Password)
	return events.RedeemReset.New(r.ID, events.ResetRedemption{Owner: r.Owner, TokenHash: r.TokenHash, PasswordHash: events.NewPersonal(hash), Network: a.api.Place(network)}), err
}

// openReset is the reset of a token that can be used. Error: domain.ErrResetClosed, whatever is wrong with it.
func (a *authority) openReset(ctx context.Context, token string) (r events.ResetState, err error) {
	id, ok := mailtoken.ID(token)
	if !ok {
		return r, domain.ErrResetClosed
	}
	r, err = bus.Ask(ctx, a.runtime.Asker, events.GetReset, events.Lookup{ID: id})
	if errors.Is(err, &events.Problem{Code: "not_found"}) || err == nil && (!r.Open || !mailtoken.Is(token, r.TokenHash)) {
		return r, domain.ErrResetClosed
	}
	return r, err
}
