package domain

import "github.com/onlinemart/mart/events"

// Words is what a person says in their own words in the member of a T; "" when they say nothing. Error: 422, what is wrong with it.
func Words[T any](member, text string) (events.Words, error) {
	var f faults
	text = f.text("body."+member, text, limitsOf[T]()[member])
	return events.Said(text), f.problem()
}

// NeededWords is Words of which there must be some.
func NeededWords[T any](member, text string) (events.Words, error) {
	words, err := Words[T](member, text)
	if err == nil && words.IsZero() {
		err = events.Invalid(events.FieldError{Location: "body." + member, Message: "must not be empty"})
	}
	return words, err
}

// What the mart says where people might say something. It stays when their words go with their customer.
const (
	notPaidInTime    = "not paid in time"
	accountClosed    = "the account was closed"
	guestForgotten   = "the guest was erased"
	notCarriedOut    = "the payment was not carried out"
	orderCancelled   = "the order was cancelled"
	goodsReturned    = "goods were returned"
	partCancelled    = "a part of the order was cancelled"
	anotherAmountWas = "the provider answered with another amount than it was asked for"
)

// OwnWords is all that the mart itself says.
func OwnWords() []string {
	return []string{notPaidInTime, accountClosed, guestForgotten, notCarriedOut, orderCancelled, goodsReturned, partCancelled, anotherAmountWas}
}
