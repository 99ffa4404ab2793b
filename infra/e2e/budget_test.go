package e2e

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/infra/bench"
	"github.com/onlinemart/mart/infra/laptop"
)

// budget is what one purchase costs, from the order that is placed to the mail that is sent. What the benchmark counts, too, is written down
// there and nowhere else; who is woken, and how often, here.
var budget = count{
	"requests":                   6,                               // to order, payment and the webhook, each through the gateway
	"questions":                  int(bench.Budget.Questions) + 1, // operation.await of the order and of the payment; person.keyOf, because the buyer's first order
	"deliveries to db":           7,                               // order.place, payment.start, payment.record twice, inventory.commit, notification.claim and .record
	"deliveries to inventory":    1,                               // order.paid
	"deliveries to notification": 2,                               // order.paid, notification.claimed
	"deliveries to payment":      2,                               // payment.started, payment.authorized
	"records":                    int(bench.Budget.Records),       // seven commands, and what comes of each: of payment.record the order's event, too
	"transactions for commands":  int(bench.Budget.Commands),
}

// statementBudget is the most statements that the transactions of one purchase's commands may have, begin and commit among them.
var statementBudget = int(bench.Budget.Statements)

// budgetTries is how many purchases may cost more, because the machine was busy and something was asked or sent once more.
const budgetTries = 4

// One purchase, and nothing else, costs what is written down: nobody is woken for nothing.
func TestStormAPurchaseKeepsToItsBudget(t *testing.T) {
	m := newMeter()
	s := newStorm(t, 1+budgetTries, func(c *laptop.Config) { m.watch(c) })
	var diff string
	for try := range 1 + budgetTries {
		got, statements := m.of(t, s, func() { s.buyOnce(t, s.buyers[try], s.products[0].ID) })
		if statements > statementBudget {
			t.Errorf("%d statements in the transactions of its commands, at most %d are allowed", statements, statementBudget)
		}
		got.mustWake(t)
		if diff = cmp.Diff(budget, got.sums()); diff == "" {
			break
		}
		diff += "in all: " + got.String()
		t.Log("a purchase costs (-budget +got):", diff)
	}
	if diff != "" {
		t.Error("a purchase costs (-budget +got):", diff)
	}
	s.mustHold(t)
}

// buyOnce is a purchase by a buyer who reads nothing: two requests.
func (s *storm) buyOnce(t *testing.T, b buyer, product string) {
	t.Helper()
	order := b.order(s.ctx, t, product, 1)
	payment, err := b.Pay(s.ctx, order.ID, "pm_card_visa")
	if err != nil || payment.Status != "captured" {
		t.Fatalf("%+v, %v", payment, err)
	}
	s.paid.Add(1)
}
