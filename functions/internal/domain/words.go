package domain

import "github.com/onlinemart/mart/events"

// maxWords is how much a person may write where they say why, in characters.
const maxWords = 500

// Words is what a person says in their own words; "" when they say nothing. Error: 422, what is wrong with it.
func Words(location, text string) (events.Words, error) {
	var f faults
	text = f.text(location, text, maxWords)
	return events.Said(text), f.problem()
}

// NeededWords is Words of which there must be some.
func NeededWords(location, text string) (events.Words, error) {
	words, err := Words(location, text)
	if err == nil && words.IsZero() {
		err = events.Invalid(events.FieldError{Location: location, Message: "must not be empty"})
	}
	return words, err
}
