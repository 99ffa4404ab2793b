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

// Routes declares what comes in by HTTP.
func Routes(api *web.API, hasher *password.Hasher, links *password.Throttle, trusted []netip.Prefix) {
	r := routes{api, hasher, links, trusted, ownpassword.Changer{API: api, Hasher: hasher, Credentials: events.GetOwnCredentials, Trusted: trusted}}
	staff := web.Access{Staff: events.CustomersRead}
	web.Change(api, web.Route{
		Method: http.MethodPost, Path: "/customers", ID: "registerCustomer",
		Summary: "Register", Description: registerDescription, Access: web.Access{Anyone: true}, NoCards: true,
		Also: []int{http.StatusTooManyRequests},
	}, web.Write[registerInput, events.RegistrationHeard, Registered]{
		Command: r.register, Done: events.CustomerRegistrationHeard, Status: http.StatusOK, Show: showRegistered,
	})
	r.ownRoutes()
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/customers", ID: "listCustomers",
		Summary:     "List customers",
		Description: "The newest first; email finds exactly one. Who was erased is in no list." + web.Listing,
		Access:      staff, Sorts: []string{"-createdAt"},
	}, r.list)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/customers/{id}", ID: "getCustomer",
		Summary:     "Read a customer",
		Description: "What support needs to help somebody: their address, whether it is confirmed, whether they are suspended. Passwords are shown to nobody. Who was erased is 404.",
		Access:      staff,
	}, r.get)
	staffRoutes(api, r)
	emailRoutes(api, r)
	exportRoutes(api, r)
	verificationRoutes(api, r)
	addressRoutes(api, r)
}

// CustomerFields is what customers can change of themselves.
type CustomerFields struct {
	Name     string          `json:"name" doc:"How mails address you." example:"Ada Lovelace"`
	Phone    string          `json:"phone,omitempty" doc:"International: +49 30 123456." example:"+44 20 7946 0958"`
	Language events.Language `json:"language,omitempty" enum:"en,de" doc:"Of mails to you; absent: the shop's own."`
}

// TransformSchema gives the members the limits of their declaration.
func (CustomerFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.CustomerFields](s)
}

// Customer is a customer as they and staff see them.
type Customer struct {
	web.Meta
	Email         string               `json:"email" doc:"What they log in with, and where mails go." example:"ada@example.com"`
	Name          string               `json:"name" doc:"How mails address them." example:"Ada Lovelace"`
	Phone         string               `json:"phone,omitempty" doc:"International; absent where they have given none."`
	Language      events.Language      `json:"language,omitempty" enum:"en,de" doc:"Of mails to them; absent: the shop's own."`
	Status        events.AccountStatus `json:"status" enum:"active,disabled" doc:"Who is disabled was suspended by staff, and can neither log in nor order nor pay." example:"active"`
	EmailVerified bool                 `json:"emailVerified" doc:"Whether they have followed a link that was mailed to this address." example:"true"`
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
