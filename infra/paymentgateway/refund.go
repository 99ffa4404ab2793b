package paymentgateway

import (
	"net/http"
)

// refund is a refund as the API shows it. Amounts are in minor units.
type refund struct {
	ID            string            `json:"id"`
	Object        string            `json:"object"`
	Amount        int64             `json:"amount"`
	Charge        *string           `json:"charge"`
	Created       int64             `json:"created"`
	Currency      string            `json:"currency"`
	Metadata      map[string]string `json:"metadata"`
	PaymentIntent string            `json:"payment_intent"`
	Reason        *string           `json:"reason"`
	Status        string            `json:"status"`
}

var createRefund = operation{
	name:    opRefund,
	allowed: []string{"payment_intent", "amount", "metadata", "reason"},
	run: func(g *Gateway, c call) (change, *apiError) {
		in, err := g.book.intent(c.params.get("payment_intent"))
		if err != nil {
			err.status, err.Param = http.StatusBadRequest, "payment_intent"
			return change{}, err
		}
		if in.Shown.Status != succeeded {
			e := unexpectedState("refunded", in)
			return change{}, e
		}
		left := in.Shown.AmountReceived - in.Refunded
		if left == 0 {
			return change{}, invalid("charge_already_refunded", "", "Charge %s has already been refunded.", *in.Shown.LatestCharge)
		}
		amount := left
		if c.params.has("amount") {
			if amount, err = c.params.amount("amount"); err != nil {
				return change{}, err
			}
		}
		if amount > left {
			return change{}, invalid("", "amount", "Refund amount (%d) is greater than unrefunded amount on charge (%d).", amount, left)
		}
		in.Refunded += amount
		r := refund{
			ID: id("re"), Object: "refund", Amount: amount, Charge: in.Shown.LatestCharge, Created: c.at.Unix(), Currency: in.Shown.Currency,
			Metadata: c.params.metadata(), PaymentIntent: in.Shown.ID, Status: succeeded,
		}
		if reason := c.params.get("reason"); reason != "" {
			r.Reason = &reason
		}
		return change{movement: moveRefund, amount: amount, intent: in, refund: &r, event: "refund.created"}, nil
	},
}
