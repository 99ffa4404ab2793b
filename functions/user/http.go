package user

import (
	"context"
	"net/http"
	"net/netip"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
	"github.com/onlinemart/mart/functions/internal/ownpassword"
	"github.com/onlinemart/mart/functions/internal/password"
	"github.com/onlinemart/mart/functions/internal/web"
)

// gone is who has a token still and has been removed.
var gone = []int{http.StatusNotFound}

// Routes declares what comes in by HTTP.
func Routes(api *web.API, hasher *password.Hasher, trusted []netip.Prefix) {
	r := routes{api, hasher, ownpassword.Changer{API: api, Hasher: hasher, Credentials: events.GetUserCredentials, Trusted: trusted}}
	journalRoutes(api)
	owners, staff := web.Access{Staff: events.UsersWrite}, web.Access{AnyStaff: true}
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/users", ID: "listUsers",
		Summary: "List the staff", Access: owners, Sorts: []string{"-createdAt"},
	}, r.list)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/users/{id}", ID: "getUser",
		Summary: "Read a member of staff", Access: owners,
	}, r.get)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/users/me", ID: "getMe",
		Summary: "Read yourself", Access: staff, Also: gone,
	}, r.getMe)
	web.Change(api, web.Route{
		Method: http.MethodPost, Path: "/users", ID: "createUser",
		Summary: "Add a member of staff, or invite one", Access: owners,
	}, web.Write[createInput, events.UserState, User]{
		Command: r.create, Done: events.UserCreated, Status: http.StatusCreated, Show: show, Version: version, Href: href,
	})
	web.Change(api, web.Route{
		Method: http.MethodPatch, Path: "/users/{id}", ID: "updateUser",
		Summary: "Change a member of staff", Access: owners,
	}, web.Write[patchInput, events.UserState, User]{
		Command: r.patch, Done: events.UserUpdated, Status: http.StatusOK, Show: show, Version: version,
	})
	web.Change(api, web.Route{
		Method: http.MethodPatch, Path: "/users/me", ID: "updateMe",
		Summary: "Change your name", Access: staff, Also: gone,
	}, web.Write[patchMeInput, events.UserState, User]{
		Command: r.patchMe, Done: events.UserUpdated, Status: http.StatusOK, Show: show, Version: version,
	})
	web.Change(api, web.Route{
		Method: http.MethodDelete, Path: "/users/{id}", ID: "deleteUser",
		Summary: "Remove a member of staff", Access: owners,
	}, web.Write[deleteInput, events.UserState, User]{
		Command: r.remove, Done: events.UserDeleted, Status: http.StatusNoContent,
	})
	web.Change(api, web.Route{
		Method: http.MethodPut, Path: "/users/me/password", ID: "changeMyPassword",
		Summary: "Change your password; ends all your log-ins", Access: staff, Also: append(gone, http.StatusTooManyRequests),
	}, web.Write[ownpassword.Input, events.UserState, User]{
		Command: r.changePassword, SideEffects: true, Done: events.UserPasswordChanged, Status: http.StatusNoContent,
	})
}

// NewUser is what an owner says about somebody new.
type NewUser struct {
	Email    string        `json:"email"`
	Name     string        `json:"name"`
	Roles    []events.Role `json:"roles" nullable:"false"`
	Password string        `json:"password,omitempty"`
}

// TransformSchema gives the members the limits of their declaration.
func (NewUser) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	web.DescribePassword(s.Properties["password"])
	s.Properties["password"].Description += " They change it once they have logged in. Absent: a mail invites them to choose one, by a link that is good for 72 hours."
	return withRoles(web.LimitsOf[events.NewUser](s))
}

// UserFields is what an owner can change.
type UserFields struct {
	Email  string               `json:"email"`
	Name   string               `json:"name"`
	Roles  []events.Role        `json:"roles" nullable:"false"`
	Status events.AccountStatus `json:"status"`
}

// TransformSchema gives the members the limits of their declaration.
func (UserFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return withRoles(web.LimitsOf[events.UserFields](s))
}

// withRoles names the roles that there are, of which a member of staff may have each once.
func withRoles(s *huma.Schema) *huma.Schema {
	roles, all := s.Properties["roles"], domain.Roles()
	roles.MaxItems, roles.Items.Enum = new(len(all)), nil
	roles.Extensions = map[string]any{"uniqueItems": true} // only said: huma compares them in a map, and lists in a list make it panic
	for _, role := range all {
		roles.Items.Enum = append(roles.Items.Enum, string(role))
	}
	return s
}

// OwnFields is what everybody can change of themselves.
type OwnFields struct {
	Name string `json:"name"`
}

// TransformSchema gives the members the limits of their declaration.
func (OwnFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.UserFields](s)
}

// User is a member of staff as clients see them.
type User struct {
	web.Meta
	Email  string               `json:"email"`
	Name   string               `json:"name"`
	Roles  []events.Role        `json:"roles" nullable:"false"`
	Status events.AccountStatus `json:"status" enum:"active,disabled"`
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

type patchMeInput struct {
	web.PreferInput
	web.Conditional
	Body web.Patch[OwnFields] `contentType:"application/merge-patch+json"`
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

func (r routes) getMe(ctx context.Context, in *web.Cached) (*web.Document[User], error) {
	return r.read(ctx, web.Caller(ctx).Principal.ID, *in)
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
	hash, err := r.hasher.Hash(ctx, in.Body.Password)
	u.PasswordHash = events.NewPersonal(hash)
	return events.CreateUser.New(id, u), err
}

func (r routes) patch(ctx context.Context, in *patchInput) (events.Outgoing, error) {
	return r.change(ctx, string(in.ID), in.Conditional, in.Body.Apply)
}

func (r routes) patchMe(ctx context.Context, in *patchMeInput) (events.Outgoing, error) {
	return r.change(ctx, web.Caller(ctx).Principal.ID, in.Conditional, func(f UserFields) (UserFields, error) {
		own, err := in.Body.Apply(OwnFields{Name: f.Name})
		f.Name = own.Name
		return f, err
	})
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

// sameFields tells whether two say the same of somebody, whichever way it is encrypted.
func sameFields(a, b events.UserFields) bool {
	return a.Email.Plaintext() == b.Email.Plaintext() && a.Name.Plaintext() == b.Name.Plaintext() && slices.Equal(a.Roles, b.Roles) && a.Status == b.Status
}

// stored is what is said of a member of staff, as it is kept. Error: 422.
func (f UserFields) stored() (events.UserFields, error) {
	return domain.User(events.UserFields{Email: events.NewPersonal(f.Email), Name: events.NewPersonal(f.Name), Roles: f.Roles, Status: f.Status})
}

// Resolve finds what is wrong beyond the shape.
func (f UserFields) Resolve(huma.Context) []error {
	_, err := f.stored()
	return web.Faults(err)
}

// stored is somebody new as they are kept, but for the password's hash. Error: 422.
func (n NewUser) stored() (events.NewUser, error) {
	return domain.NewUser(events.NewUser{Email: events.NewPersonal(n.Email), Name: events.NewPersonal(n.Name), Roles: n.Roles}, n.Password)
}

// Resolve finds what is wrong beyond the shape.
func (n NewUser) Resolve(huma.Context) []error {
	_, err := n.stored()
	return web.Faults(err)
}

func (r routes) changePassword(ctx context.Context, in *ownpassword.Input) (events.Outgoing, error) {
	me, err := bus.Ask(ctx, r.api.Asker(), events.GetUser, events.Lookup{ID: web.Caller(ctx).Principal.ID})
	if err != nil {
		return events.Outgoing{}, err
	}
	changed, err := r.changer.Change(ctx, in, me.Email.Plaintext())
	return events.ChangeUserPassword.New(me.ID, changed), err
}

func (r routes) remove(ctx context.Context, in *deleteInput) (events.Outgoing, error) {
	version, err := in.Version("user", func() (int64, error) {
		current, err := bus.Ask(ctx, r.api.Asker(), events.GetUser, events.Lookup{ID: string(in.ID)})
		return current.Version, err
	})
	return events.DeleteUser.New(string(in.ID), events.Deletion{ExpectedVersion: version}), err
}

func fieldsOf(u events.UserState) UserFields {
	return UserFields{Email: u.Email.Plaintext(), Name: u.Name.Plaintext(), Roles: u.Roles, Status: u.Status}
}

func show(u events.UserState) User {
	return User{Meta: web.MetaOf(u.Meta), Email: u.Email.Plaintext(), Name: u.Name.Plaintext(), Roles: u.Roles, Status: u.Status}
}

func href(u events.UserState) string   { return "/users/" + u.ID }
func version(u events.UserState) int64 { return u.Version }
