package db

import "github.com/onlinemart/mart/events"

// Answers is every question db answers: one line per query.
func (s *Store) Answers() events.Answers {
	return events.Answers{
		events.AwaitOperation.Answer(s.awaitOperation),
		events.GetUser.Answer(s.getUser),
		events.ListUsers.Answer(s.listUsers),
		events.GetUserCredentials.Answer(s.userCredentials),
		events.FindSession.Answer(s.findSession),
		events.GetCustomer.Answer(s.getCustomer),
		events.ListCustomers.Answer(s.listCustomers),
		events.GetCustomerCredentials.Answer(s.customerCredentials),
		events.GetAddress.Answer(s.getAddress),
		events.ListAddresses.Answer(s.listAddresses),
		events.GetBrand.Answer(s.getBrand),
		events.ListBrands.Answer(s.listBrands),
	}
}
