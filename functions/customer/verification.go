package customer

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
	"github.com/onlinemart/mart/functions/internal/password"
	"github.com/onlinemart/mart/functions/internal/web"
)

// verificationRoutes declares how customers confirm their address.
func verificationRoutes(api *web.API, r routes) {
	often := []int{http.StatusTooManyRequests}
	web.Change(api, web.Route{
		Method: http.MethodPost, Path: "/email-verifications", ID: "requestEmailVerification", Summary: "Have a link mailed that confirms your address",
		Description: verificationDescription, Access: web.Access{Shoppers: true}, Also: append(gone, often...),
	}, web.Write[verifyInput, events.VerificationIssue, struct{}]{
		Command: r.requestVerification, SideEffects: true, Done: events.VerificationIssued, Status: http.StatusNoContent, Refused: tooManyLinks,
	})
	web.Change(api, web.Route{
		Method: http.MethodPost, Path: "/email-verifications/redemption", ID: "redeemEmailVerification",
		Summary: "Confirm an e-mail address by the link in the mail",
		Description: "The page that the link in the mail leads to sends what it has behind #token=. It takes no access token: whoever has the link reads the mailbox. A link of PUT " +
			"/customers/me/email makes its address yours by it. 409 `verification_closed`: it was used before, is too old, a newer one was sent, or a new password has closed it. 429: too many wrong tokens " +
			"come from this network.",
		Access: web.Access{Anyone: true}, Also: often,
	}, web.Write[redeemInput, events.VerificationIssue, struct{}]{
		Command: r.redeemVerification, SideEffects: true, Done: events.VerificationRedeemed, Status: http.StatusNoContent,
	})
}

const verificationDescription = "The mail that welcomes a customer has the first link; this sends another, to /verify-email of the storefront, with a token behind #token= that " +
	"confirms the address once, within 72 hours. A newer link makes the ones before worthless. One customer is sent five at once, and five more over each hour; 409 " +
	"`already_verified` when there is nothing to confirm."

// VerificationRedemption confirms an address.
type VerificationRedemption struct {
	Token string `json:"token" minLength:"1" maxLength:"200" doc:"What the link in the mail has behind #token=." example:"e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd.c2VjcmV0"`
}

type verifyInput struct {
	web.PreferInput
	web.Origin
}

type redeemInput struct {
	web.PreferInput
	web.Origin
	Body VerificationRedemption
}

// requestVerification counts the request at its network; db counts it at its customer.
func (r routes) requestVerification(ctx context.Context, in *verifyInput) (events.Outgoing, error) {
	var none events.Outgoing
	if err := r.links.Take(in.Network(r.trusted)); err != nil {
		return none, err
	}
	switch me, err := r.me(ctx); {
	case err != nil:
		return none, err
	case me.EmailVerified:
		return none, domain.ErrVerified
	}
	id := events.NewID()
	return events.RequestVerification.New(id, events.VerificationRequest{TokenHash: r.hashOf(mailtoken.EmailVerification, id)}), nil
}

// hashOf is what db stores of the token of a link.
func (r routes) hashOf(purpose mailtoken.Purpose, id string) string {
	return mailtoken.Hash(mailtoken.New(r.api.Keys(), purpose, id))
}

// tooManyLinks says when one more may go out, at the latest.
func tooManyLinks(_ verifyInput, err error) error {
	if spent, refused := errors.AsType[*events.Problem](err); refused && errors.Is(err, domain.ErrVerificationsSpent) {
		return &password.TooMany{After: strconv.Itoa(cmp.Or(spent.RetryAfter, int(domain.VerificationPause/time.Second)))} // a db of the release before says no time
	}
	return err
}

// redeemVerification counts wrong tokens at their network. db decides; what is refused here would be refused there.
func (r routes) redeemVerification(ctx context.Context, in *redeemInput) (events.Outgoing, error) {
	var none events.Outgoing
	network := in.Network(r.trusted)
	if err := r.links.Take(network); err != nil {
		return none, err
	}
	v, err := r.openVerification(ctx, in.Body.Token)
	if err != nil {
		return none, err
	}
	r.links.GiveBack(network)
	return events.RedeemVerification.New(v.ID, events.VerificationRedemption{CustomerID: v.CustomerID, TokenHash: v.TokenHash, Network: r.api.Place(network)}), nil
}

// openVerification is the verification of a token that can be used. Error: domain.ErrVerificationClosed, whatever is wrong with it.
func (r routes) openVerification(ctx context.Context, token string) (v events.VerificationState, err error) {
	id, ok := mailtoken.ID(token)
	if !ok {
		return v, domain.ErrVerificationClosed
	}
	v, err = bus.Ask(ctx, r.api.Asker(), events.GetVerification, events.Lookup{ID: id})
	if errors.Is(err, &events.Problem{Code: "not_found"}) || err == nil && (!v.Open || !mailtoken.Is(token, v.TokenHash)) {
		return v, domain.ErrVerificationClosed
	}
	return v, err
}
