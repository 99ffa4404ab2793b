package db

import (
	"context"

	"github.com/onlinemart/mart/events"
)

// Answers is every question db answers: one line per query.
func (s *Store) Answers() events.Answers {
	return events.Answers{
		answer(events.AwaitOperation, s.awaitOperation),
		answer(events.GetUser, s.getUser),
		answer(events.ListUsers, s.listUsers),
		answer(events.GetUserCredentials, s.userCredentials),
		answer(events.GetLoginStanding, s.loginStanding),
		answer(events.FindSession, s.findSession),
		answer(events.GetCustomer, s.getCustomer),
		answer(events.ListCustomers, s.listCustomers),
		answer(events.GetCustomerCredentials, s.customerCredentials),
		answer(events.GetAddress, s.getAddress),
		answer(events.ListAddresses, s.listAddresses),
		answer(events.GetBrand, s.getBrand),
		answer(events.ListBrands, s.listBrands),
		answer(events.GetOrder, s.getOrder),
		answer(events.ListOrders, s.listOrders),
		answer(events.GetPayment, s.getPayment),
		answer(events.ListPayments, s.listPayments),
		answer(events.GetStock, s.getStock),
		answer(events.ListStock, s.listStock),
		answer(events.ListMovements, s.listMovements),
		answer(events.GetNotification, s.getNotification),
		answer(events.ListNotifications, s.listNotifications),
		answer(events.GetCategory, s.getCategory),
		answer(events.ListCategories, s.listCategories),
		answer(events.GetProduct, s.getProduct),
		answer(events.ListProducts, s.listProducts),
	}
}

// answer ties a query to what reads. A value that Postgres cannot read is the asker's fault: the same question would fail again.
func answer[Q, A any](q events.Query[Q, A], read func(context.Context, events.Received[Q]) (A, error)) events.Handler {
	return q.Answer(func(ctx context.Context, e events.Received[Q]) (A, error) {
		a, err := read(ctx, e)
		if unreadable(err) || outOfRange(err) {
			return a, errUnreadable
		}
		return a, err
	})
}
