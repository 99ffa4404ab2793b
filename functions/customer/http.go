package customer

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/ownpassword"
	"github.com/onlinemart/mart/functions/internal/password"
	"github.com/onlinemart/mart/functions/internal/web"
)

// gone is who has a token still and has been erased.
var gone = []int{http.StatusNotFound}

// Routes declares what comes in by HTTP.
func Routes(api *web.API, hasher *password.Hasher, links *password.Throttle, trusted []netip.Prefix) {
	r := routes{api, hasher, links, trusted, ownpassword.Changer{API: api, Hasher: hasher, Credentials: events.GetOwnCredentials, Trusted: trusted}}
	own, staff := web.Access{Shoppers: true}, web.Access{Staff: events.CustomersRead}
	web.Change(api, web.Route{
		Method: http.MethodPost, Path: "/customers", ID: "registerCustomer",
		Summary: "Register", Description: registerDescription, Access: web.Access{Anyone: true}, NoCards: true,
	}, web.Write[registerInput, events.RegistrationHeard, Registered]{
		Command: r.register, Done: events.CustomerRegistrationHeard, Status: http.StatusOK, Show: showRegistered,
	})
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/customers/me", ID: "getMyAccount",
		Summary: "Read yourself", Access: own, Also: gone,
	}, r.getMe)
	web.Change(api, web.Route{
		Method: http.MethodPatch, Path: "/customers/me", ID: "updateMyAccount",
		Summary: "Change yourself", Access: own, NoCards: true, Also: gone,
	}, web.Write[patchInput, events.CustomerState, Customer]{
		Command: r.patch, Done: events.CustomerUpdated, Status: http.StatusOK, Show: show, Version: version,
	})
	web.Change(api, web.Route{
		Method: http.MethodDelete, Path: "/customers/me", ID: "deleteMyAccount",
		Summary: "Erase yourself", Access: own, Also: gone,
	}, web.Write[deleteInput, events.CustomerState, Customer]{
		Command: r.remove, Done: events.CustomerDeleted, Status: http.StatusNoContent,
	})
	web.Change(api, web.Route{
		Method: http.MethodPut, Path: "/customers/me/password", ID: "changeMyAccountPassword",
		Summary: "Change your password; ends all your log-ins", Access: own, Also: append(gone, http.StatusTooManyRequests),
	}, web.Write[ownpassword.Input, events.CustomerState, Customer]{
		Command: r.changePassword, SideEffects: true, Done: events.CustomerPasswordChanged, Status: http.StatusNoContent,
	})
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/customers", ID: "listCustomers",
		Summary: "List customers", Access: staff, Sorts: []string{"-createdAt"},
	}, r.list)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/customers/{id}", ID: "getCustomer",
		Summary: "Read a customer", Access: staff,
	}, r.get)
	staffRoutes(api, r)
	emailRoutes(api, r)
	exportRoutes(api, r)
	verificationRoutes(api, r)
	addressRoutes(api, r)
}

// CustomerFields is what customers can change of themselves.
type CustomerFields struct {
	Name     string          `json:"name"`
	Phone    string          `json:"phone,omitempty" doc:"International: +49 30 123456."`
	Language events.Language `json:"language,omitempty" enum:"en,de" doc:"Of mails to you; absent: the shop's own."`
}

// TransformSchema gives the members the limits of their declaration.
func (CustomerFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.CustomerFields](s)
}

// Customer is a customer as they and staff see them.
type Customer struct {
	web.Meta
	Email         string               `json:"email"`
	Name          string               `json:"name"`
	Phone         string               `json:"phone,omitempty"`
	Language      events.Language      `json:"language,omitempty" enum:"en,de" doc:"Of mails to them; absent: the shop's own."`
	Status        events.AccountStatus `json:"status" enum:"active,disabled"`
	EmailVerified bool                 `json:"emailVerified"`
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

type getInput struct {
	web.Cached
	ID web.ID `path:"id" format:"uuid"`
}

type listInput struct {
	web.Paging
	Email string `query:"email" maxLength:"254" doc:"Exactly this address, in any case."`
}

type routes struct {
	api     *web.API
	hasher  *password.Hasher
	links   *password.Throttle // of each network: those that are asked for, and wrong ones
	trusted []netip.Prefix     // whose X-Forwarded-For is believed
	changer ownpassword.Changer
}

// caller is the customer who asks: the routes let in nobody else where it is used.
func caller(ctx context.Context) string { return web.Caller(ctx).Principal.ID }

func (r routes) getMe(ctx context.Context, in *web.Cached) (*web.Document[Customer], error) {
	return r.read(ctx, caller(ctx), *in)
}

func (r routes) get(ctx context.Context, in *getInput) (*web.Document[Customer], error) {
	return r.read(ctx, string(in.ID), in.Cached)
}

func (r routes) read(ctx context.Context, id string, c web.Cached) (*web.Document[Customer], error) {
	found, err := bus.Ask(ctx, r.api.Asker(), events.GetCustomer, events.Lookup{ID: id, MinVersion: c.MinVersion})
	if err != nil {
		return nil, err
	}
	return web.Show(c, found.Version, web.NoStore, show(found)), nil
}

func (r routes) list(ctx context.Context, in *listInput) (*web.List[Customer], error) {
	filter := events.CustomerFilter{Paging: in.Page()}
	if in.Email != "" {
		if err := domain.CheckEmail("query.email", in.Email); err != nil {
			return nil, err
		}
		filter.Email = events.NewPersonal(in.Email)
	}
	page, err := bus.Ask(ctx, r.api.Asker(), events.ListCustomers, filter)
	if err != nil {
		return nil, err
	}
	return web.ShowPage(ctx, page, web.NoStore, show), nil
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

func fieldsOf(c events.CustomerState) CustomerFields {
	return CustomerFields{Name: c.Name.Plaintext(), Phone: c.Phone.Plaintext(), Language: c.Language}
}

// stored is what is said of a customer, as it is kept. Error: 422.
func (f CustomerFields) stored() (events.CustomerFields, error) {
	return domain.Customer(events.CustomerFields{Name: events.NewPersonal(f.Name), Phone: events.NewPersonal(f.Phone), Language: f.Language})
}

// Resolve finds what is wrong beyond the shape.
func (f CustomerFields) Resolve(huma.Context) []error {
	_, err := f.stored()
	return web.Faults(err)
}

func show(c events.CustomerState) Customer {
	return Customer{
		Meta: web.MetaOf(c.Meta), Email: c.Email.Plaintext(), Name: c.Name.Plaintext(), Phone: c.Phone.Plaintext(), Language: c.Language, Status: c.Status, EmailVerified: c.EmailVerified,
	}
}

func version(c events.CustomerState) int64 { return c.Version }
