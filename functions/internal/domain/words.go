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
