package customer

import (
	"context"
	"net/http"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/password"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Describe declares the routes with nothing behind them, for the API's description.
func Describe(api *web.API) { Routes(api, nil) }

// Routes declares what comes in by HTTP.
func Routes(api *web.API, hasher *password.Hasher) {
	r := routes{api, hasher}
	own, staff := web.Access{Shoppers: true}, web.Access{Staff: events.CustomersRead}
	web.Change(api, web.Route{Method: http.MethodPost, Path: "/customers", ID: "registerCustomer", Summary: "Register", Access: web.Access{Anyone: true}, NoCards: true},
		web.Write[registerInput, events.CustomerState, Customer]{
			Ask: r.register, Done: events.CustomerRegistered, Status: http.StatusCreated, Show: show, Tag: version,
			Href: func(events.CustomerState) string { return "/customers/me" },
		})
	web.Read(api, web.Route{Method: http.MethodGet, Path: "/customers/me", ID: "getMyAccount", Summary: "Read yourself", Access: own}, r.getMe)
	web.Change(api, web.Route{Method: http.MethodPatch, Path: "/customers/me", ID: "updateMyAccount", Summary: "Change yourself", Access: own, NoCards: true},
		web.Write[patchInput, events.CustomerState, Customer]{Ask: r.patch, Done: events.CustomerUpdated, Status: http.StatusOK, Show: show, Tag: version})
	web.Change(api, web.Route{Method: http.MethodDelete, Path: "/customers/me", ID: "deleteMyAccount", Summary: "Erase yourself", Access: own},
		web.Write[deleteInput, events.CustomerState, Customer]{Ask: remove, Done: events.CustomerDeleted, Status: http.StatusNoContent})
	web.Read(api, web.Route{Method: http.MethodGet, Path: "/customers", ID: "listCustomers", Summary: "List customers", Access: staff}, r.list)
	web.Read(api, web.Route{Method: http.MethodGet, Path: "/customers/{id}", ID: "getCustomer", Summary: "Read a customer", Access: staff}, r.get)
	addressRoutes(api, r)
}

// Registration is what somebody says who registers.
type Registration struct {
	Email    string `json:"email" minLength:"3" maxLength:"254"`
	Password string `json:"password" maxLength:"500" format:"password" writeOnly:"true" doc:"10 to 128 characters."`
	Name     string `json:"name" minLength:"1" maxLength:"120"`
	Phone    string `json:"phone,omitempty" maxLength:"40" doc:"International: +49 30 123456."`
}

// CustomerFields is what customers can change of themselves.
type CustomerFields struct {
	Name  string `json:"name" minLength:"1" maxLength:"120"`
	Phone string `json:"phone,omitempty" maxLength:"40" doc:"International: +49 30 123456."`
}

// Customer is a customer as they and staff see them.
type Customer struct {
	web.Meta
	Email         string               `json:"email"`
	Name          string               `json:"name"`
	Phone         string               `json:"phone,omitempty"`
	Status        events.AccountStatus `json:"status"`
	EmailVerified bool                 `json:"emailVerified"`
}

type registerInput struct {
	web.Waiting
	Body Registration
}

type patchInput struct {
	web.Waiting
	web.Conditional
	Body web.Patch[CustomerFields] `contentType:"application/merge-patch+json"`
}

type deleteInput struct {
	web.Waiting
	web.Conditional
}

type getInput struct {
	web.Cached
	ID string `path:"id" format:"uuid"`
}

type listInput struct {
	web.Paging
	Email string `query:"email" maxLength:"254" doc:"Exactly this address, in any case."`
}

type routes struct {
	api    *web.API
	hasher *password.Hasher
}

// caller is the customer who asks: the routes let in nobody else where it is used.
func caller(ctx context.Context) string { return web.Caller(ctx).Principal.ID }

func (r routes) register(ctx context.Context, in *registerInput) (events.Outgoing, error) {
	b := in.Body
	c, err := domain.NewCustomer(events.NewCustomer{Email: events.Private(b.Email), Name: events.Private(b.Name), Phone: events.Private(b.Phone)}, b.Password)
	if err != nil {
		return events.Outgoing{}, err
	}
	hash, err := r.hasher.Hash(ctx, b.Password)
	if err != nil {
		return events.Outgoing{}, err
	}
	c.PasswordHash = events.Private(hash)
	return events.RegisterCustomer.New(events.NewID(), c), nil
}

func (r routes) getMe(ctx context.Context, in *web.Cached) (*web.Document[Customer], error) {
	return r.read(ctx, caller(ctx), *in)
}

func (r routes) get(ctx context.Context, in *getInput) (*web.Document[Customer], error) {
	return r.read(ctx, in.ID, in.Cached)
}

func (r routes) read(ctx context.Context, id string, c web.Cached) (*web.Document[Customer], error) {
	found, err := events.GetCustomer.Ask(ctx, r.api.Asker(), events.Lookup{ID: id, MinVersion: c.MinVersion})
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
		filter.Email = events.Private(in.Email)
	}
	page, err := events.ListCustomers.Ask(ctx, r.api.Asker(), filter)
	if err != nil {
		return nil, err
	}
	return web.ShowPage(ctx, page, web.NoStore, show), nil
}

func (r routes) patch(ctx context.Context, in *patchInput) (events.Outgoing, error) {
	version, err := in.Version()
	if err != nil {
		return events.Outgoing{}, err
	}
	id := caller(ctx)
	current, err := events.GetCustomer.Ask(ctx, r.api.Asker(), events.Lookup{ID: id})
	if err != nil {
		return events.Outgoing{}, err
	}
	f, err := in.Body.Apply(CustomerFields{Name: current.Name.Reveal(), Phone: current.Phone.Reveal()})
	if err != nil {
		return events.Outgoing{}, err
	}
	fields, err := domain.Customer(events.CustomerFields{Name: events.Private(f.Name), Phone: events.Private(f.Phone)})
	if err != nil {
		return events.Outgoing{}, err
	}
	return events.UpdateCustomer.New(id, events.Change[events.CustomerFields]{ExpectedVersion: version, Fields: fields}), nil
}

func remove(ctx context.Context, in *deleteInput) (events.Outgoing, error) {
	version, err := in.Version()
	return events.DeleteCustomer.New(caller(ctx), events.Deletion{ExpectedVersion: version}), err
}

func show(c events.CustomerState) Customer {
	return Customer{
		Meta: web.MetaOf(c.Meta), Email: c.Email.Reveal(), Name: c.Name.Reveal(), Phone: c.Phone.Reveal(), Status: c.Status, EmailVerified: c.EmailVerified,
	}
}

func version(c events.CustomerState) int64 { return c.Version }
