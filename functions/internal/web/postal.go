package web

import (
	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
)

// PostalAddress is where something is sent, as its owner writes and reads it.
type PostalAddress struct {
	Name       string `json:"name" doc:"Who receives it." example:"Ada Lovelace"`
	Line1      string `json:"line1" doc:"Street and number." example:"1 Main Street"`
	Line2      string `json:"line2,omitempty" doc:"What else it takes to be found: a floor, a company, c/o."`
	City       string `json:"city" doc:"Town or city." example:"London"`
	PostalCode string `json:"postalCode,omitempty" doc:"As the country writes it; absent where it has none." example:"N1 9GU"`
	Country    string `json:"country" doc:"ISO 3166-1 alpha-2, for example US." example:"GB"`
	Region     string `json:"region,omitempty" doc:"The part of the country, where taxes depend on it: ISO 3166-2 without the country, such as CA for California."`
}

// TransformSchema gives the members the limits of their declaration.
func (PostalAddress) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return LimitsOf[events.PostalAddress](s)
}

// Private is the address as it travels.
func (a PostalAddress) Private() events.PostalAddress {
	return events.PostalAddress{
		Name: events.NewPersonal(a.Name), Line1: events.NewPersonal(a.Line1), Line2: events.NewPersonal(a.Line2), City: events.NewPersonal(a.City),
		PostalCode: events.NewPersonal(a.PostalCode), Country: a.Country, Region: a.Region,
	}
}

// ShowPostalAddress is an address that travelled, in clear.
func ShowPostalAddress(a events.PostalAddress) PostalAddress {
	return PostalAddress{
		Name: a.Name.Plaintext(), Line1: a.Line1.Plaintext(), Line2: a.Line2.Plaintext(), City: a.City.Plaintext(),
		PostalCode: a.PostalCode.Plaintext(), Country: a.Country, Region: a.Region,
	}
}
