package domain

import "github.com/onlinemart/mart/events"

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
	c.Name = f.personalName("body.name", c.Name, newCustomerLimits["name"])
	c.Phone = f.phone("body.phone", c.Phone)
	return c
}

// Customer is what customers can change of themselves, as it is stored. Error: 422 with every fault.
func Customer(c events.CustomerFields) (events.CustomerFields, error) {
	var faults faults
	c.Name = faults.personalName("body.name", c.Name, customerLimits["name"])
	c.Phone = faults.phone("body.phone", c.Phone)
	return c, faults.problem()
}
