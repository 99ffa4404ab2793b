package customer

import (
	"context"
	"net/http"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/ownpassword"
	"github.com/onlinemart/mart/functions/internal/web"
)

// gone is who has a token still and has been erased.
var gone = []int{http.StatusNotFound}

// ownRoutes declares what customers may do with their own account.
func (r routes) ownRoutes() {
	own := web.Access{Shoppers: true}
	web.Read(r.api, web.Route{
		Method: http.MethodGet, Path: "/customers/me", ID: "getMyAccount",
		Summary:     "Read yourself",
		Description: "The ETag is what a change of yourself sends back as `If-Match`. 404: you were erased, and your token has not expired yet.",
		Access:      own, Also: gone,
	}, r.getMe)
	web.Change(r.api, web.Route{
		Method: http.MethodPatch, Path: "/customers/me", ID: "updateMyAccount",
		Summary:     "Change yourself",
		Description: "A JSON Merge Patch (RFC 7396): name, phone and language; null removes what may be absent. `If-Match` is needed. 428 `precondition_required`: it is missing. 412 `stale_version`: it has changed since. Orders that were placed keep the name that they were placed with. Another e-mail address is had with PUT /customers/me/email.",
		Access:      own, NoCards: true, Also: gone,
	}, web.Write[patchInput, events.CustomerState, Customer]{
		Command: r.patch, Done: events.CustomerUpdated, Status: http.StatusOK, Show: show, Version: version,
	})
	web.Change(r.api, web.Route{
		Method: http.MethodDelete, Path: "/customers/me", ID: "deleteMyAccount",
		Summary: "Erase yourself",
		Description: "At once and for good: you are logged out everywhere, your addresses, your cart and all that names you are gone, and your orders that are not paid are cancelled. What " +
			"the shop must keep of paid orders stays without your name once they have come to their end. `If-Match` is needed. 428 `precondition_required`: it is missing. 409 " +
			"`payment_in_progress`: one of your orders is being paid; try again in a minute. The e-mail address may register anew.",
		Access: own, Also: gone,
	}, web.Write[deleteInput, events.CustomerState, Customer]{
		Command: r.remove, Done: events.CustomerDeleted, Status: http.StatusNoContent,
	})
	web.Change(r.api, web.Route{
		Method: http.MethodPut, Path: "/customers/me/password", ID: "changeMyAccountPassword",
		Summary: "Change your password; ends your log-ins elsewhere",
		Description: "Takes the current one as well: a token alone is not enough. All your log-ins end but this one, and their access tokens with them, at once: what those ask is 401 `token_expired`. 422 `invalid` at body.new: it is the one you have, and your log-ins go on. At body.current: that is not your " +
			"password; after some wrong ones it is 429 `too_many_attempts`, and Retry-After says for how long.",
		Access: own, Also: append(gone, http.StatusTooManyRequests),
	}, web.Write[ownpassword.Input, events.CustomerState, Customer]{
		Command: r.changePassword, SideEffects: true, Done: events.CustomerPasswordChanged, Status: http.StatusNoContent,
	})
}

type patchInput struct {
	web.PreferInput
	web.Conditional
	Body web.Patch[CustomerFields] `contentType:"application/merge-patch+json"`
}

type deleteInput struct {
	web.PreferInput
	web.Conditional
}

// caller is the customer who asks: the routes let in nobody else where it is used.
func caller(ctx context.Context) string { return web.Caller(ctx).Principal.ID }

func (r routes) getMe(ctx context.Context, in *web.Cached) (*web.Document[Customer], error) {
	return r.read(ctx, caller(ctx), *in)
}

func (r routes) patch(ctx context.Context, in *patchInput) (events.Outgoing, error) {
	if err := in.Required(); err != nil {
		return events.Outgoing{}, err
	}
	current, err := r.me(ctx)
	if err != nil {
		return events.Outgoing{}, err
	}
	version, err := in.At("customer", current.Version)
	if err != nil {
		return events.Outgoing{}, err
	}
	was := fieldsOf(current)
	f, err := in.Body.Apply(was)
	if err != nil {
		return events.Outgoing{}, err
	}
	fields, err := f.stored()
	if err != nil {
		return events.Outgoing{}, err
	}
	if version == current.Version && (CustomerFields{Name: fields.Name.Plaintext(), Phone: fields.Phone.Plaintext(), Language: f.Language}) == was {
		return events.Outgoing{}, web.Unchanged(current)
	}
	return events.UpdateCustomer.New(current.ID, events.Change[events.CustomerFields]{ExpectedVersion: version, Fields: domain.WholeCustomer(fields)}), nil
}

func (r routes) me(ctx context.Context) (events.CustomerState, error) {
	return bus.Ask(ctx, r.api.Asker(), events.GetCustomer, events.Lookup{ID: caller(ctx)})
}

func (r routes) changePassword(ctx context.Context, in *ownpassword.Input) (events.Outgoing, error) {
	me, err := r.me(ctx)
	if err != nil {
		return events.Outgoing{}, err
	}
	changed, err := r.changer.Change(ctx, in, me.Email.Plaintext())
	return events.ChangeCustomerPassword.New(me.ID, changed), err
}

func (r routes) remove(ctx context.Context, in *deleteInput) (events.Outgoing, error) {
	version, err := in.Version("customer", func() (int64, error) {
		current, err := r.me(ctx)
		return current.Version, err
	})
	return events.DeleteCustomer.New(caller(ctx), events.Deletion{ExpectedVersion: version}), err
}
