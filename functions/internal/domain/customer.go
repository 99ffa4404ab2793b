package domain

import (
	"cmp"
	"slices"

	"github.com/onlinemart/mart/events"
)

var (
	newCustomerLimits = limitsOf[events.NewCustomer]()
	customerLimits    = limitsOf[events.CustomerFields]()
)

// NewCustomer is somebody who registers, as they are stored, but for the hash of their password. Error: 422 with every fault.
func NewCustomer(c events.NewCustomer, password string) (events.NewCustomer, error) {
	var faults faults
	c = faults.newCustomer(c)
	faults.password("body.password", password, c.Email.Plaintext())
	return c, faults.problem()
}

// Registration is somebody who registers and whose password was hashed before. Error: 422 with every fault.
func Registration(c events.NewCustomer) (events.NewCustomer, error) {
	var faults faults
	c = faults.newCustomer(c)
	return c, faults.problem()
}

func (f *faults) newCustomer(c events.NewCustomer) events.NewCustomer {
	c.Email = f.personalEmail("body.email", c.Email)
	c.Name = f.personsName("body.name", c.Name, newCustomerLimits["name"])
	c.Phone = f.phone("body.phone", c.Phone)
	f.languageAt("body.language", c.Language, newCustomerLimits["language"])
	return c
}

// Customer is what customers can change of themselves, as it is stored. Error: 422 with every fault.
func Customer(c events.CustomerFields) (events.CustomerFields, error) {
	var faults faults
	c.Name = faults.personsName("body.name", c.Name, customerLimits["name"])
	c.Phone = faults.phone("body.phone", c.Phone)
	faults.languageAt("body.language", c.Language, customerLimits["language"])
	return c, faults.problem()
}

// languageAt is that of mails to somebody, where they say one.
func (f *faults) languageAt(location string, l events.Language, of limit) {
	if l != "" && !slices.Contains(of.values, string(l)) {
		f.add(location, "must be a language that mails are written in: %s or %s", events.English, events.German)
	}
}

// languageAfter is a customer's language after a change of them, which says nothing of it when a function of the release before has sent it.
func languageAfter(before events.Language, f events.CustomerFields) events.Language {
	if f.Language == events.MartLanguage {
		return ""
	}
	return cmp.Or(f.Language, before)
}

// WholeCustomer is all that customers say of themselves who leave nothing as it was: who names no language takes the mart's.
func WholeCustomer(f events.CustomerFields) events.CustomerFields {
	f.Language = cmp.Or(f.Language, events.MartLanguage)
	return f
}
