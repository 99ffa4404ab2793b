package db

import (
	"context"
	"time"

	"github.com/onlinemart/mart/events"
)

// Answers is every question db answers: one line per query.
func (s *Store) Answers() events.Answers {
	return events.Answers{
		readable(events.AwaitOperation, s.operation),
		answer(s, events.ListJournal, s.listJournal),
		answer(s, events.GetUser, s.getUser),
		answer(s, events.ListUsers, s.listUsers),
		answer(s, events.GetUserCredentials, s.userCredentials),
		answer(s, events.GetLoginStanding, s.loginStanding),
		answer(s, events.FindSession, s.findSession),
		answer(s, events.GetCustomer, s.getCustomer),
		answer(s, events.ListCustomers, s.listCustomers),
		answer(s, events.GetCustomerCredentials, s.customerCredentials),
		answer(s, events.GetAddress, s.getAddress),
		answer(s, events.ListAddresses, s.listAddresses),
		answer(s, events.GetBrand, s.getBrand),
		answer(s, events.ListBrands, s.listBrands),
		answer(s, events.GetOrder, s.getOrder),
		answer(s, events.ListOrders, s.listOrders),
		answer(s, events.GetPayment, s.getPayment),
		answer(s, events.ListPayments, s.listPayments),
		answer(s, events.GetStock, s.getStock),
		answer(s, events.ListStock, s.listStock),
		answer(s, events.ListMovements, s.listMovements),
		answer(s, events.GetNotification, s.getNotification),
		answer(s, events.ListNotifications, s.listNotifications),
		answer(s, events.GetCategory, s.getCategory),
		answer(s, events.ListCategories, s.listCategories),
		answer(s, events.GetProduct, s.getProduct),
		answer(s, events.ListProducts, s.listProducts),
	}
}

// readWithin bounds a read, with all that it waits for: a Postgres that stands still says nothing, and whoever asks wants to be told that. A
// statement has its own, shorter limit there.
const readWithin = versionWait + 3*time.Second

// answer ties a query to what reads, and bounds it.
func answer[Q, A any](s *Store, q events.Query[Q, A], read func(context.Context, events.Received[Q]) (A, error)) events.Handler {
	return readable(q, func(ctx context.Context, e events.Received[Q]) (A, error) {
		ctx, cancel := context.WithTimeout(ctx, s.readWithin)
		defer cancel()
		return read(ctx, e)
	})
}

// readable ties a query to what reads. A value that Postgres cannot read is the asker's fault: the same question would fail again.
func readable[Q, A any](q events.Query[Q, A], read func(context.Context, events.Received[Q]) (A, error)) events.Handler {
	return q.Answer(func(ctx context.Context, e events.Received[Q]) (A, error) {
		a, err := read(ctx, e)
		if unreadable(err) || outOfRange(err) {
			return a, errUnreadable
		}
		return a, err
	})
}
