package user

import (
	"context"
	"net/http"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/ownpassword"
	"github.com/onlinemart/mart/functions/internal/web"
)

// gone is who has a token still and has been removed.
var gone = []int{http.StatusNotFound}

// ownRoutes declares what each member of staff may do with their own account.
func (r routes) ownRoutes() {
	staff := web.Access{AnyStaff: true}
	web.Read(r.api, web.Route{
		Method: http.MethodGet, Path: "/users/me", ID: "getMe",
		Summary:     "Read yourself",
		Description: "Your name, address and roles. The ETag is what a change sends back as `If-Match`. 404: you were removed, and your token has not expired yet.",
		Access:      staff, Also: gone,
	}, r.getMe)
	web.Change(r.api, web.Route{
		Method: http.MethodPatch, Path: "/users/me", ID: "updateMe",
		Summary:     "Change your name",
		Description: "A JSON Merge Patch (RFC 7396) of your name alone: address, roles and status are an owner's to change. `If-Match` is needed. 428 `precondition_required`: it is missing. 412 `stale_version`: it has changed since.",
		Access:      staff, Also: gone,
	}, web.Write[patchMeInput, events.UserState, User]{
		Command: r.patchMe, Done: events.UserUpdated, Status: http.StatusOK, Show: show, Version: version,
	})
	web.Change(r.api, web.Route{
		Method: http.MethodPut, Path: "/users/me/password", ID: "changeMyPassword",
		Summary: "Change your password; ends your log-ins elsewhere",
		Description: "Takes the current one as well: a token alone is not enough. All your log-ins end but this one, and their access tokens with them, at once: what those ask is 401 `token_expired`. 422 `invalid` at body.new: it is the one you have, and your log-ins go on. At body.current: that is not your " +
			"password; after some wrong ones it is 429 `too_many_attempts`, and Retry-After says for how long.",
		Access: staff, Also: append(gone, http.StatusTooManyRequests),
	}, web.Write[ownpassword.Input, events.UserState, User]{
		Command: r.changePassword, SideEffects: true, Done: events.UserPasswordChanged, Status: http.StatusNoContent,
	})
}

type patchMeInput struct {
	web.PreferInput
	web.Conditional
	Body web.Patch[OwnFields] `contentType:"application/merge-patch+json"`
}

func (r routes) getMe(ctx context.Context, in *web.Cached) (*web.Document[User], error) {
	return r.read(ctx, web.Caller(ctx).Principal.ID, *in)
}

func (r routes) patchMe(ctx context.Context, in *patchMeInput) (events.Outgoing, error) {
	return r.change(ctx, web.Caller(ctx).Principal.ID, in.Conditional, func(f UserFields) (UserFields, error) {
		own, err := in.Body.Apply(OwnFields{Name: f.Name})
		f.Name = own.Name
		return f, err
	})
}

func (r routes) changePassword(ctx context.Context, in *ownpassword.Input) (events.Outgoing, error) {
	me, err := bus.Ask(ctx, r.api.Asker(), events.GetUser, events.Lookup{ID: web.Caller(ctx).Principal.ID})
	if err != nil {
		return events.Outgoing{}, err
	}
	changed, err := r.changer.Change(ctx, in, me.Email.Plaintext())
	return events.ChangeUserPassword.New(me.ID, changed), err
}
