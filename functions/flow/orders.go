package flow

import (
	"fmt"
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// orderWords is what has become of an order, by the event that tells it, with its number.
var orderWords = map[string]string{
	events.OrderWaiting.Type():     "Order %s waits to be paid.",
	events.OrderAuthorized.Type():  "Order %s is authorized.",
	events.OrderPaid.Type():        "Order %s is paid.",
	events.OrderCancelled.Type():   "Order %s is cancelled.",
	events.OrderExpired.Type():     "Order %s expired; its goods can be sold again.",
	events.OrderReopened.Type():    "The money for order %s could not be taken; it can be paid again.",
	events.OrderGuestErased.Type(): "What was known of the guest of order %s is forgotten, but for what is needed to send it.",

	events.OrderFulfilled.Type():       "A part of order %s was sent; another is left.",
	events.OrderDelivered.Type():       "A part of order %s has arrived.",
	events.OrderPartCancelled.Type():   "A part of order %s was cancelled.",
	events.OrderReturnRequested.Type(): "The buyer of order %s wants to send something back.",
	events.OrderReturnApproved.Type():  "Something of order %s may be sent back.",
	events.OrderReturnRefused.Type():   "Something of order %s may not be sent back.",
	events.OrderReturnReceived.Type():  "Something of order %s has come back.",
}

// ordered is what has become of an order. Of its parts it says whether that was the last.
func ordered(kind string, o *orderSaid) string {
	words := orderWords[kind]
	switch {
	case kind == events.OrderPlaced.Type():
		return fmt.Sprintf("Order %s was placed: %s for %s, reserved until it is paid, at most until %s.", o.Number, domain.Written(o.Total), goods(o), Clock(o.PayBy))
	case kind == events.OrderFulfilled.Type() && o.Status == events.OrderFulfilledStatus:
		words = "All of order %s has been sent."
	case kind == events.OrderDelivered.Type() && o.Status == events.OrderDeliveredStatus:
		words = "All of order %s has arrived."
	case words == "":
		return fmt.Sprintf("Order %s: %s", o.Number, about(kind))
	}
	return fmt.Sprintf(words, o.Number)
}

func goods(o *orderSaid) string {
	var all []string
	for _, l := range o.Lines {
		all = append(all, fmt.Sprintf("%d × %s (%s)", l.Quantity, l.Name, l.SKU))
	}
	return strings.Join(all, ", ")
}
