// Package shipping is what the order function says of shipping methods: staff write them, everybody reads the active ones.
package shipping

import (
	"context"
	"net/http"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

var writers = web.Access{Staff: events.ShippingWrite}

// Routes declares what comes in by HTTP about shipping methods.
func Routes(api *web.API) {
	methods.Declare(api)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/shipping-methods", ID: "listShippingMethods",
		Summary: "List shipping methods",
		Description: "Everybody sees the active ones only; status is for staff who write shipping methods, and 403 to everybody else. What sending certain goods somewhere costs is what " +
			"POST /quotes says." + web.Listing,
		Access: web.Access{Anyone: true}, Also: []int{http.StatusForbidden}, Sorts: []string{"-createdAt", "name"},
	}, list(api))
}

var methods = web.Entity[ShippingMethodFields, events.ShippingMethodFields, events.ShippingMethodState, ShippingMethod]{
	Noun: "shippingMethod", Path: "/shipping-methods", Read: web.Access{Anyone: true}, Write: writers,
	About: web.About{
		Shown:   "A retired one is found by staff who write shipping methods, and is 404 to everybody else.",
		Refused: "What it costs holds for quotes and orders from then on: an order that names an older quote is 409 `quote_changed`.",
		Gone:    "Orders that were placed by it keep what they were charged; a quote that names it is 409 `quote_changed`. One that is only not to be chosen any more is retired by its status.",
	},
	Create: events.CreateShippingMethod, Update: events.UpdateShippingMethod, Delete: events.DeleteShippingMethod, Get: events.GetShippingMethod,
	Created: events.ShippingMethodCreated, Updated: events.ShippingMethodUpdated, Deleted: events.ShippingMethodDeleted,
	Rules: rules, Fields: fields, Show: show, Meta: func(s events.ShippingMethodState) events.Meta { return s.Meta },
	Hidden: hidden, Cache: cache,
}

// ShippingMethod is a shipping method as clients see it.
type ShippingMethod struct {
	web.Meta
	Name        string                 `json:"name" doc:"For people who choose." example:"Parcel"`
	Description string                 `json:"description,omitempty" doc:"More about it, for people who choose." example:"To your door."`
	Zones       []events.ShippingZone  `json:"zones" nullable:"false" doc:"Where it goes."`
	Price       events.ShippingPrice   `json:"price" doc:"What it costs, by what it depends on."`
	Delivery    events.DeliveryPromise `json:"delivery" doc:"How many days it takes from the payment to the door."`
	TaxClass    string                 `json:"taxClass" doc:"Which of a country's tax rates holds for it." example:"standard"`
	Status      events.ShippingStatus  `json:"status" enum:"active,retired" doc:"Only an active one is shown to customers and can be chosen." example:"active"`
}

func show(s events.ShippingMethodState) ShippingMethod {
	return ShippingMethod{
		Meta: web.MetaOf(s.Meta), Name: s.Name, Description: s.Description, Zones: s.Zones, Price: s.Price, Delivery: s.Delivery,
		TaxClass: s.TaxClass, Status: s.Status,
	}
}

// hidden tells what is kept from everybody but those who write shipping methods.
func hidden(s events.ShippingMethodState) bool { return s.Status != events.ShippingActive }

// cache lets everybody keep an active method for a moment, and nobody any other.
func cache(s events.ShippingMethodState) string {
	if s.Status == events.ShippingActive {
		return web.CacheBriefly
	}
	return web.NoStore
}

type listInput struct {
	web.Paging
	Country string                `query:"country" pattern:"^[A-Z]{2}$" patternDescription:"a country's two capital letters" doc:"Only those that go there, or to a part of it."`
	Status  events.ShippingStatus `query:"status" enum:"active,retired" doc:"For staff who write shipping methods; everybody else sees active ones only."`
}

func list(api *web.API) func(context.Context, *listInput) (*web.List[ShippingMethod], error) {
	return func(ctx context.Context, in *listInput) (*web.List[ShippingMethod], error) {
		filter, cache := events.ShippingMethodFilter{Paging: in.Page(), Country: in.Country, Status: in.Status}, web.CacheBriefly
		if writers.Allows(web.Caller(ctx)) {
			cache = web.NoStore
		} else {
			var err error
			if filter, err = domain.PublicShippingMethods(filter); err != nil {
				return nil, err
			}
		}
		page, err := bus.Ask(ctx, api.Asker(), events.ListShippingMethods, filter)
		if err != nil {
			return nil, err
		}
		return web.ShowPage(ctx, page, cache, show), nil
	}
}
