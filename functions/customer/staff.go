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

// staffRoutes declares what staff do to customers.
func staffRoutes(api *web.API, r routes) {
	writers := web.Access{Staff: events.CustomersWrite}
	web.Change(api, web.Route{
		Method: http.MethodPut, Path: "/customers/{id}/status", ID: "setCustomerStatus", Summary: "Suspend a customer, or reinstate one",
		Description: "Who is `disabled` is logged out at once, whatever access token they have, and neither logs in nor orders nor pays, until they are `active` again. What they have ordered goes on.",
		Access:      writers, Also: gone,
	}, web.Write[statusInput, events.CustomerState, Customer]{
		Command: r.setStatus, Done: events.CustomerSuspended, Also: []events.Message[events.CustomerState]{events.CustomerReinstated},
		Status: http.StatusOK, Show: show, Version: version,
	})
	web.Change(api, web.Route{
		Method: http.MethodDelete, Path: "/customers/{id}", ID: "eraseCustomer", Summary: "Erase a customer",
		Description: "As they would erase themselves: their orders that are not paid are cancelled, and nothing that names them is left in their account.", Access: writers,
	}, web.Write[eraseInput, events.CustomerState, Customer]{
		Command: r.erase, Done: events.CustomerDeleted, Status: http.StatusNoContent,
	})
}

// CustomerStatus is whether a customer may log in.
type CustomerStatus struct {
	Status events.AccountStatus `json:"status" doc:"disabled suspends, active reinstates." example:"disabled"`
}

// TransformSchema gives the members the limits of their declaration.
func (CustomerStatus) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.CustomerStatusChange](s)
}

// Resolve finds what is wrong beyond the shape.
func (s CustomerStatus) Resolve(huma.Context) []error {
	_, err := domain.CustomerStatus(events.CustomerStatusChange(s))
	return web.Faults(err)
}

type statusInput struct {
	web.PreferInput
	ID   web.ID `path:"id" format:"uuid"`
	Body CustomerStatus
}

type eraseInput struct {
	web.PreferInput
	web.Conditional
	ID web.ID `path:"id" format:"uuid"`
}

func (r routes) setStatus(ctx context.Context, in *statusInput) (events.Outgoing, error) {
	current, err := r.customer(ctx, in.ID)
	switch {
	case err != nil:
		return events.Outgoing{}, err
	case current.Status == in.Body.Status:
		return events.Outgoing{}, web.Unchanged(current)
	}
	return events.SetCustomerStatus.New(current.ID, events.CustomerStatusChange(in.Body)), nil
}

func (r routes) erase(ctx context.Context, in *eraseInput) (events.Outgoing, error) {
	version, err := in.Version("customer", func() (int64, error) {
		current, err := r.customer(ctx, in.ID)
		return current.Version, err
	})
	return events.EraseCustomer.New(string(in.ID), events.Deletion{ExpectedVersion: version}), err
}

func (r routes) customer(ctx context.Context, id web.ID) (events.CustomerState, error) {
	return bus.Ask(ctx, r.api.Asker(), events.GetCustomer, events.Lookup{ID: string(id)})
}
