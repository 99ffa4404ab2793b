package user

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
	"github.com/onlinemart/mart/functions/internal/ownpassword"
	"github.com/onlinemart/mart/functions/internal/password"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Routes declares what comes in by HTTP.
func Routes(api *web.API, hasher *password.Hasher, trusted []netip.Prefix) {
	r := routes{api, hasher, ownpassword.Changer{API: api, Hasher: hasher, Credentials: events.GetUserCredentials, Trusted: trusted}}
	journalRoutes(api)
	letterRoutes(api)
	owners := web.Access{Staff: events.UsersWrite}
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/users", ID: "listUsers",
		Summary:     "List the staff",
		Description: "Everybody who works for the mart, with their roles, suspended ones, too." + web.Listing,
		Access:      owners, Sorts: []string{"-createdAt"},
	}, r.list)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/users/{id}", ID: "getUser",
		Summary:     "Read a member of staff",
		Description: "With roles and status. The ETag is what a change sends back as `If-Match`. Who was removed is 404.",
		Access:      owners,
	}, r.get)
	r.nameRoute()
	r.changing(owners)
	r.ownRoutes()
}

// changing declares what owners do with their staff.
func (r routes) changing(owners web.Access) {
	web.Change(r.api, web.Route{
		Method: http.MethodPost, Path: "/users", ID: "createUser",
		Summary: "Add a member of staff, or invite one",
		Description: "With a password they can log in at once. Without one a mail invites them to choose one, by a link that is good for 72 hours; it can be had anew with POST " +
			"/password-resets. 409 `email_taken`: a member of staff has this address. Several roles together may what each of them may.",
		Access: owners,
	}, web.Write[createInput, events.UserState, User]{
		Command: r.create, Done: events.UserCreated, Status: http.StatusCreated, Show: show, Version: version, Href: href,
	})
	web.Change(r.api, web.Route{
		Method: http.MethodPatch, Path: "/users/{id}", ID: "updateUser",
		Summary: "Change a member of staff",
		Description: "A JSON Merge Patch (RFC 7396): name, address, roles and status; a list of roles is replaced as a whole. `If-Match` is needed. 428 `precondition_required`: it is missing. 412 `stale_version`: it has changed since. Other roles, another address and another status end their log-ins, with their access tokens; who is disabled cannot log in again. What is decided from now on goes by the new roles, whatever a token still says. 409 `last_owner`: nobody would be left who may do this. 409 `email_taken`: another member of staff has the address. 403: whoever asks is no " +
			"active owner any more, or a program.",
		Access: owners,
	}, web.Write[patchInput, events.UserState, User]{
		Command: r.patch, Done: events.UserUpdated, Status: http.StatusOK, Show: show, Version: version,
	})
	web.Change(r.api, web.Route{
		Method: http.MethodDelete, Path: "/users/{id}", ID: "deleteUser",
		Summary:     "Remove a member of staff",
		Description: "They are logged out and cannot log in any more; the journal keeps what they did by their id. `If-Match` is needed. 428 `precondition_required`: it is missing. 412 `stale_version`: it has changed since. 409 `last_owner`: nobody would be left who may do this.",
		Access:      owners,
	}, web.Write[deleteInput, events.UserState, User]{
		Command: r.remove, Done: events.UserDeleted, Status: http.StatusNoContent,
	})
}

type createInput struct {
	web.PreferInput
	Body NewUser
}

type patchInput struct {
	web.PreferInput
	web.Conditional
	ID   web.ID                `path:"id" format:"uuid"`
	Body web.Patch[UserFields] `contentType:"application/merge-patch+json"`
}

type deleteInput struct {
	web.PreferInput
	web.Conditional
	ID web.ID `path:"id" format:"uuid"`
}

type getInput struct {
	web.Cached
	ID web.ID `path:"id" format:"uuid"`
}

type listInput struct {
	web.Paging
}

type routes struct {
	api     *web.API
	hasher  *password.Hasher
	changer ownpassword.Changer
}

func (r routes) list(ctx context.Context, in *listInput) (*web.List[User], error) {
	page, err := bus.Ask(ctx, r.api.Asker(), events.ListUsers, events.UserFilter{Paging: in.Page()})
	if err != nil {
		return nil, err
	}
	return web.ShowPage(ctx, page, web.NoStore, show), nil
}

func (r routes) get(ctx context.Context, in *getInput) (*web.Document[User], error) {
	return r.read(ctx, string(in.ID), in.Cached)
}

func (r routes) read(ctx context.Context, id string, c web.Cached) (*web.Document[User], error) {
	u, err := bus.Ask(ctx, r.api.Asker(), events.GetUser, events.Lookup{ID: id, MinVersion: c.MinVersion})
	if err != nil {
		return nil, err
	}
	return web.Show(c, u.Version, web.NoStore, show(u)), nil
}

func (r routes) create(ctx context.Context, in *createInput) (events.Outgoing, error) {
	u, err := in.Body.stored()
	if err != nil {
		return events.Outgoing{}, err
	}
	id := events.NewID()
	if in.Body.Password == "" {
		u.ResetHash = mailtoken.Hash(mailtoken.New(r.api.Keys(), mailtoken.PasswordReset, id))
		return events.CreateUser.New(id, u), nil
	}
	hash, err := r.hasher.Hash(ctx, web.Caller(ctx).Principal.ID, in.Body.Password)
	u.PasswordHash = events.NewPersonal(hash)
	return events.CreateUser.New(id, u), err
}

func (r routes) patch(ctx context.Context, in *patchInput) (events.Outgoing, error) {
	return r.change(ctx, string(in.ID), in.Conditional, in.Body.Apply)
}

func (r routes) change(ctx context.Context, id string, based web.Conditional, patch func(UserFields) (UserFields, error)) (events.Outgoing, error) {
	if err := based.Required(); err != nil {
		return events.Outgoing{}, err
	}
	current, err := bus.Ask(ctx, r.api.Asker(), events.GetUser, events.Lookup{ID: id})
	if err != nil {
		return events.Outgoing{}, err
	}
	version, err := based.At("user", current.Version)
	if err != nil {
		return events.Outgoing{}, err
	}
	f, err := patch(fieldsOf(current))
	if err != nil {
		return events.Outgoing{}, err
	}
	fields, err := f.stored()
	if err != nil {
		return events.Outgoing{}, err
	}
	if version == current.Version && sameFields(fields, current.UserFields) {
		return events.Outgoing{}, web.Unchanged(current)
	}
	return events.UpdateUser.New(id, events.Change[events.UserFields]{ExpectedVersion: version, Fields: fields}), nil
}

func (r routes) remove(ctx context.Context, in *deleteInput) (events.Outgoing, error) {
	version, err := in.Version("user", func() (int64, error) {
		current, err := bus.Ask(ctx, r.api.Asker(), events.GetUser, events.Lookup{ID: string(in.ID)})
		return current.Version, err
	})
	return events.DeleteUser.New(string(in.ID), events.Deletion{ExpectedVersion: version}), err
}
