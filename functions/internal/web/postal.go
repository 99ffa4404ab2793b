package web

import "github.com/onlinemart/mart/events"

// PostalAddress is where something is sent, as its owner writes and reads it.
type PostalAddress struct {
	Name       string `json:"name" minLength:"1" maxLength:"120"`
	Line1      string `json:"line1" minLength:"1" maxLength:"200"`
	Line2      string `json:"line2,omitempty" maxLength:"200"`
	City       string `json:"city" minLength:"1" maxLength:"100"`
	PostalCode string `json:"postalCode,omitempty" maxLength:"20" doc:"As the country writes it; absent where it has none."`
	Country    string `json:"country" pattern:"^[A-Z]{2}$" patternDescription:"a country's two capital letters, for example US, or GB for the United Kingdom (ISO 3166-1 alpha-2)" doc:"ISO 3166-1 alpha-2, for example US."`
}

// Private is the address as it travels.
func (a PostalAddress) Private() events.PostalAddress {
	return events.PostalAddress{
		Name: events.NewPersonal(a.Name), Line1: events.NewPersonal(a.Line1), Line2: events.NewPersonal(a.Line2), City: events.NewPersonal(a.City),
		PostalCode: events.NewPersonal(a.PostalCode), Country: a.Country,
	}
}

// ShowPostalAddress is an address that travelled, in clear.
func ShowPostalAddress(a events.PostalAddress) PostalAddress {
	return PostalAddress{
		Name: a.Name.Plaintext(), Line1: a.Line1.Plaintext(), Line2: a.Line2.Plaintext(), City: a.City.Plaintext(),
		PostalCode: a.PostalCode.Plaintext(), Country: a.Country,
	}
}
