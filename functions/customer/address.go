package customer

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

const (
	addresses  = "/customers/me/addresses"
	oneAddress = addresses + "/{id}"
)

func addressRoutes(api *web.API, r routes) {
	own := web.Access{Shoppers: true}
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: addresses, ID: "listMyAddresses",
		Summary:     "List your addresses",
		Description: "Your address book, of at most 50. An order takes a copy of an address, not its id." + web.Listing,
		Access:      own, Sorts: []string{"-createdAt"},
	}, r.listAddresses)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: oneAddress, ID: "getMyAddress",
		Summary:     "Read one of your addresses",
		Description: "The ETag is what a change sends back as `If-Match`. What is in somebody else's address book is 404, as what does not exist.",
		Access:      own,
	}, r.getAddress)
	web.Change(api, web.Route{
		Method: http.MethodPost, Path: addresses, ID: "createMyAddress",
		Summary: "Add an address",
		Description: "The answer is the new entry, with its ETag, and its address in `Location`. Sent again with the same `Idempotency-Key` it makes no second one. 409 " +
			"`too_many_addresses`: there are 50 already. 422 `invalid` names every fault, `card_number` that something looks like a card's number.",
		Access: own, NoCards: true,
	}, web.Write[createAddressInput, events.AddressState, Address]{
		Command: createAddress, Done: events.AddressCreated, Status: http.StatusCreated, Show: showAddress, Version: addressVersion,
		Href: func(a events.AddressState) string { return addresses + "/" + a.ID },
	})
	web.Change(api, web.Route{
		Method: http.MethodPatch, Path: oneAddress, ID: "updateMyAddress",
		Summary:     "Change an address",
		Description: "A JSON Merge Patch (RFC 7396): what the body leaves out stays, null removes what may be absent. `If-Match` is needed. 428 `precondition_required`: it is missing. 412 `stale_version`: it has changed since. Orders that were placed keep the address as it was.",
		Access:      own, NoCards: true,
	}, web.Write[patchAddressInput, events.AddressState, Address]{
		Command: r.patchAddress, Done: events.AddressUpdated, Status: http.StatusOK, Show: showAddress, Version: addressVersion,
	})
	web.Change(api, web.Route{
		Method: http.MethodDelete, Path: oneAddress, ID: "deleteMyAddress",
		Summary:     "Delete an address",
		Description: "`If-Match` is needed. 428 `precondition_required`: it is missing. 412 `stale_version`: it has changed since. Orders that were placed keep the address.",
		Access:      own,
	}, web.Write[deleteAddressInput, events.AddressState, Address]{
		Command: r.removeAddress, Done: events.AddressDeleted, Status: http.StatusNoContent,
	})
}

// AddressFields is where something is sent.
type AddressFields struct {
	Name       string `json:"name" doc:"Who receives it." example:"Ada Lovelace"`
	Line1      string `json:"line1" doc:"Street and number." example:"1 Main Street"`
	Line2      string `json:"line2,omitempty" doc:"What else it takes to be found: a floor, a company, c/o."`
	City       string `json:"city" doc:"Town or city." example:"London"`
	PostalCode string `json:"postalCode,omitempty" doc:"As the country writes it; absent where it has none." example:"N1 9GU"`
	Country    string `json:"country" doc:"ISO 3166-1 alpha-2." example:"GB"`
	Region     string `json:"region,omitempty" doc:"The part of the country, where taxes depend on it: ISO 3166-2 without the country, such as CA for California."`
}

// TransformSchema gives the members the limits of their declaration.
func (AddressFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.PostalAddress](s)
}

// Address is one entry of an address book.
type Address struct {
	web.Meta
	AddressFields
}

type createAddressInput struct {
	web.PreferInput
	Body AddressFields
}

type patchAddressInput struct {
	web.PreferInput
	web.Conditional
	ID   web.ID                   `path:"id" format:"uuid"`
	Body web.Patch[AddressFields] `contentType:"application/merge-patch+json"`
}

type deleteAddressInput struct {
	web.PreferInput
	web.Conditional
	ID web.ID `path:"id" format:"uuid"`
}

type listAddressesInput struct {
	web.Paging
}

func (r routes) listAddresses(ctx context.Context, in *listAddressesInput) (*web.List[Address], error) {
	page, err := bus.Ask(ctx, r.api.Asker(), events.ListAddresses, events.AddressFilter{Paging: in.Page(), CustomerID: caller(ctx)})
	if err != nil {
		return nil, err
	}
	return web.ShowPage(ctx, page, web.NoStore, showAddress), nil
}

func (r routes) getAddress(ctx context.Context, in *getInput) (*web.Document[Address], error) {
	a, err := r.ownAddress(ctx, string(in.ID), in.MinVersion)
	if err != nil {
		return nil, err
	}
	return web.Show(in.Cached, a.Version, web.NoStore, showAddress(a)), nil
}

func (r routes) ownAddress(ctx context.Context, id string, minVersion int64) (events.AddressState, error) {
	return bus.Ask(ctx, r.api.Asker(), events.GetAddress, events.OwnedLookup{ID: id, CustomerID: caller(ctx), MinVersion: minVersion})
}

func createAddress(_ context.Context, in *createAddressInput) (events.Outgoing, error) {
	a, err := in.Body.stored()
	if err != nil {
		return events.Outgoing{}, err
	}
	return events.CreateAddress.New(events.NewID(), a), nil
}

func (r routes) patchAddress(ctx context.Context, in *patchAddressInput) (events.Outgoing, error) {
	if err := in.Required(); err != nil {
		return events.Outgoing{}, err
	}
	current, err := r.ownAddress(ctx, string(in.ID), 0)
	if err != nil {
		return events.Outgoing{}, err
	}
	version, err := in.At("address", current.Version)
	if err != nil {
		return events.Outgoing{}, err
	}
	was := showAddress(current).AddressFields
	f, err := in.Body.Apply(was)
	if err != nil {
		return events.Outgoing{}, err
	}
	a, err := f.stored()
	if err != nil {
		return events.Outgoing{}, err
	}
	if version == current.Version && AddressFields(web.ShowPostalAddress(a)) == was {
		return events.Outgoing{}, web.Unchanged(current)
	}
	return events.UpdateAddress.New(current.ID, events.Change[events.PostalAddress]{ExpectedVersion: version, Fields: a}), nil
}

func (r routes) removeAddress(ctx context.Context, in *deleteAddressInput) (events.Outgoing, error) {
	version, err := in.Version("address", func() (int64, error) {
		current, err := r.ownAddress(ctx, string(in.ID), 0)
		return current.Version, err
	})
	return events.DeleteAddress.New(string(in.ID), events.Deletion{ExpectedVersion: version}), err
}

// stored is the address as it is kept. Error: 422.
func (f AddressFields) stored() (events.PostalAddress, error) {
	return domain.PostalAddress("body", web.PostalAddress(f).Private())
}

// Resolve finds what is wrong beyond the shape.
func (f AddressFields) Resolve(huma.Context) []error {
	_, err := f.stored()
	return web.Faults(err)
}

func showAddress(a events.AddressState) Address {
	return Address{Meta: web.MetaOf(a.Meta), AddressFields: AddressFields(web.ShowPostalAddress(a.PostalAddress))}
}

func addressVersion(a events.AddressState) int64 { return a.Version }
