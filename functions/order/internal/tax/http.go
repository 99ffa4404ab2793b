// Package tax is what the order function says of tax rates, which staff write and read.
package tax

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

var writers = web.Access{Staff: events.TaxesWrite}

// Routes declares what comes in by HTTP about tax rates.
func Routes(api *web.API) {
	rates.Declare(api)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/tax-rates", ID: "listTaxRates",
		Summary:     "List tax rates",
		Description: "Past and future ones, too. What certain goods are taxed is what POST /quotes says." + web.Listing,
		Access:      writers, Sorts: []string{"-createdAt", "country"},
	}, list(api))
}

var rates = web.Entity[TaxRateFields, events.TaxRateFields, events.TaxRateState, TaxRate]{
	Noun: "taxRate", Path: "/tax-rates", Read: writers, Write: writers,
	About: web.About{
		Refused: "409 `tax_rate_overlaps`: another rate of this country, region and tax class holds at the same time; let that one end where this one begins. It holds for quotes and orders from then on.",
		Gone:    "Orders that were placed keep their taxes. A rate that ends is better given a validTo: then it can still be read what was owed.",
	},
	Create: events.CreateTaxRate, Update: events.UpdateTaxRate, Delete: events.DeleteTaxRate, Get: events.GetTaxRate,
	Created: events.TaxRateCreated, Updated: events.TaxRateUpdated, Deleted: events.TaxRateDeleted,
	Rules: rules, Fields: fields, Show: show, Meta: func(r events.TaxRateState) events.Meta { return r.Meta },
}

// TaxRateFields is what staff say about a tax rate.
type TaxRateFields struct {
	Name      string   `json:"name" doc:"As an invoice has it: VAT 23 %." example:"VAT 20 %"`
	Country   string   `json:"country" doc:"ISO 3166-1 alpha-2." example:"GB"`
	Region    string   `json:"region,omitempty" doc:"A part of the country, whose rate stands in the place of the country's; absent: all of it."`
	TaxClass  string   `json:"taxClass,omitempty" doc:"Of the products that it holds for; standard when absent. What has no rate of its class is taxed as standard."`
	Rate      int64    `json:"rate" doc:"In thousandths of a percent: 23000 is 23 %, 8875 is 8.875 %." example:"20000"`
	Included  bool     `json:"included" doc:"Whether prices have the tax in them; else it is added to them." example:"true"`
	ValidFrom web.Time `json:"validFrom" format:"date-time" doc:"The first moment at which it holds." example:"2026-01-01T00:00:00Z"`
	ValidTo   web.Time `json:"validTo,omitempty" format:"date-time" doc:"The first moment at which it holds no more; absent: until further notice."`
}

// TransformSchema gives the members the limits of their declaration.
func (TaxRateFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.TaxRateFields](s)
}

// TaxRate is a tax rate as staff see it.
type TaxRate struct {
	web.Meta
	Name      string    `json:"name" doc:"As an invoice has it." example:"VAT 20 %"`
	Country   string    `json:"country" doc:"ISO 3166-1 alpha-2." example:"GB"`
	Region    string    `json:"region,omitempty" doc:"A part of the country, whose rate stands in the place of the country's; absent: all of it."`
	TaxClass  string    `json:"taxClass" doc:"Of the products that it holds for." example:"standard"`
	Rate      int64     `json:"rate" minimum:"0" maximum:"100000" doc:"In thousandths of a percent: 23000 is 23 %." example:"20000"`
	Included  bool      `json:"included" doc:"Whether prices have the tax in them; else it is added to them." example:"true"`
	ValidFrom time.Time `json:"validFrom" doc:"The first moment at which it holds." example:"2026-01-01T00:00:00Z"`
	ValidTo   time.Time `json:"validTo,omitzero" doc:"The first moment at which it holds no more; absent: until further notice."`
}

// Resolve finds what is wrong beyond the shape.
func (f TaxRateFields) Resolve(huma.Context) []error {
	_, err := rules(f)
	return web.Faults(err)
}

func rules(f TaxRateFields) (events.TaxRateFields, error) {
	return domain.TaxRate(events.TaxRateFields{
		Name: f.Name, Country: f.Country, Region: f.Region, TaxClass: f.TaxClass, Rate: f.Rate, Included: f.Included,
		ValidFrom: f.ValidFrom.UTC(), ValidTo: f.ValidTo.UTC(),
	})
}

func fields(r events.TaxRateState) TaxRateFields {
	return TaxRateFields{
		Name: r.Name, Country: r.Country, Region: r.Region, TaxClass: r.TaxClass, Rate: r.Rate, Included: r.Included,
		ValidFrom: web.TimeOf(r.ValidFrom), ValidTo: web.TimeOf(r.ValidTo),
	}
}

func show(r events.TaxRateState) TaxRate {
	return TaxRate{
		Meta: web.MetaOf(r.Meta), Name: r.Name, Country: r.Country, Region: r.Region, TaxClass: r.TaxClass, Rate: r.Rate, Included: r.Included,
		ValidFrom: r.ValidFrom, ValidTo: r.ValidTo,
	}
}

type listInput struct {
	web.Paging
	Country string `query:"country" pattern:"^[A-Z]{2}$" patternDescription:"a country's two capital letters" doc:"Only of this country."`
}

func list(api *web.API) func(context.Context, *listInput) (*web.List[TaxRate], error) {
	return func(ctx context.Context, in *listInput) (*web.List[TaxRate], error) {
		page, err := bus.Ask(ctx, api.Asker(), events.ListTaxRates, events.TaxRateFilter{Paging: in.Page(), Country: in.Country})
		if err != nil {
			return nil, err
		}
		return web.ShowPage(ctx, page, web.NoStore, show), nil
	}
}
