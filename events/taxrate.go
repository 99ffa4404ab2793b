package events

import (
	"fmt"
	"time"
)

// TaxRateFields is what a member of staff says about a tax: where, on what, how much, and when.
type TaxRateFields struct {
	Name    string `json:"name" minLength:"1" maxLength:"60"` // as an invoice has it: VAT 23 %
	Country string `json:"country" pattern:"^[A-Z]{2}$" patternDescription:"a country's two capital letters, for example US, or GB for the United Kingdom (ISO 3166-1 alpha-2)" doc:"ISO 3166-1 alpha-2."`
	// Region is a part of the country, whose rates stand in the place of the country's; "" is all of it.
	Region   string `json:"region,omitempty" pattern:"^[A-Z0-9]{1,3}$" patternDescription:"one to three capital letters and digits, such as CA for California (ISO 3166-2, without the country)"`
	TaxClass string `json:"taxClass,omitempty" pattern:"^[a-z0-9]+(-[a-z0-9]+)*$" patternDescription:"small letters and digits, in words joined by single dashes" maxLength:"40"`
	// Rate is in thousandths of a percent: 23000 is 23 %, 8875 is 8.875 %.
	Rate     int64 `json:"rate" minimum:"0" maximum:"100000"`
	Included bool  `json:"included"` // prices have it in them; else it is added
	// ValidFrom is the first moment at which it holds, ValidTo the first at which it does no more; zero: it holds until further notice. Rates of
	// one country, region and class never hold at the same moment.
	ValidFrom time.Time `json:"validFrom"`
	ValidTo   time.Time `json:"validTo,omitzero"`
}

// TaxRateState is a tax rate as it is stored.
type TaxRateState struct {
	Meta
	TaxRateFields
}

// TaxRateFilter asks for a page of tax rates.
type TaxRateFilter struct {
	Paging
	Country string `json:"country,omitempty"`
}

// The messages about tax rates.
var (
	taxRates = Resource[TaxRateFields, TaxRateState, TaxRateFilter]{
		Noun: "taxRate", Path: "/tax-rates", By: Order, Write: TaxesWrite, Read: TaxesWrite,
		Example: func(n int) TaxRateFields {
			return TaxRateFields{
				Name: "VAT 6 %", Country: "PT", Region: "20", TaxClass: fmt.Sprintf("class-%d", n), Rate: 6000, Included: true,
				ValidFrom: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), ValidTo: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
			}
		},
	}

	CreateTaxRate, UpdateTaxRate, DeleteTaxRate    = taxRates.Commands()
	TaxRateCreated, TaxRateUpdated, TaxRateDeleted = taxRates.Events()
	GetTaxRate, ListTaxRates                       = taxRates.Queries()
)
