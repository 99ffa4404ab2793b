package domain_test

import (
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// A name is one line, whatever it names: it goes into lists, into mails and, a person's, into a mail's header.
func TestANameIsOneLine(t *testing.T) {
	t.Parallel()
	product := events.ProductFields{SKU: "A-1", Price: events.Money{Amount: 1, Currency: "USD"}, Status: events.ProductDraft}
	for _, name := range []string{"two\nlines", "two\r\nlines", "two\rlines", "a\ttab", "two\u0085lines", "two\u2028lines", "two\u2029lines"} {
		product.Name = name
		private := events.NewPersonal(name)
		for what, err := range map[string]error{
			"brand":    must(domain.Brand(events.BrandFields{Name: name})),
			"category": must(domain.Category(events.CategoryFields{Name: name})),
			"product":  must(domain.Product(product)),
			"customer": must(domain.Customer(events.CustomerFields{Name: private})),
			"register": must(domain.NewCustomer(events.NewCustomer{Email: events.NewPersonal("ada@example.com"), Name: private}, "correct horse battery")),
			"user":     must(domain.User(events.UserFields{Email: events.NewPersonal("ada@example.com"), Name: private, Roles: []events.Role{events.OwnerRole}, Status: events.AccountActive})),
			"new user": must(domain.NewUser(events.NewUser{Email: events.NewPersonal("ada@example.com"), Name: private, Roles: []events.Role{events.OwnerRole}}, "")),
			"address": must(domain.PostalAddress("body", events.PostalAddress{
				Name: private, Line1: events.NewPersonal("1 Main Street"), City: events.NewPersonal("London"), PostalCode: events.NewPersonal("N1 9GU"), Country: "GB",
			})),
		} {
			t.Run(what, func(t *testing.T) { faultsOf(t, err, "body.name") })
		}
	}
	faultsOf(t, must(domain.PostalAddress("body", events.PostalAddress{
		Name: events.NewPersonal("Ada"), Line1: events.NewPersonal("1\nMain Street"), Line2: events.NewPersonal("\nback\ndoor"), City: events.NewPersonal("Lon\ndon"), PostalCode: events.NewPersonal("N\n1"), Country: "GB",
	})), "body.line1", "body.line2", "body.city", "body.postalCode")
	if err := must(domain.Brand(events.BrandFields{Name: " one line \n", Description: "may have\nmore"})); err != nil {
		t.Error(err)
	}
}
