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
		events.GetOrder.Answer(s.getOrder),
		events.ListOrders.Answer(s.listOrders),
		events.GetPayment.Answer(s.getPayment),
		events.ListPayments.Answer(s.listPayments),
		events.GetStock.Answer(s.getStock),
		events.ListStock.Answer(s.listStock),
		events.ListMovements.Answer(s.listMovements),
		events.GetNotification.Answer(s.getNotification),
		events.ListNotifications.Answer(s.listNotifications),
		events.GetCategory.Answer(s.getCategory),
		events.ListCategories.Answer(s.listCategories),
		events.GetProduct.Answer(s.getProduct),
		events.ListProducts.Answer(s.listProducts),
	}
}
