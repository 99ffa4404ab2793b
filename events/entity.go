package events

import "time"

// Meta is what every stored thing has.
type Meta struct {
	ID        string    `json:"id" format:"uuid"`
	Version   int64     `json:"version" minimum:"1"` // 1, 2, 3 … without gaps
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// Money is an amount in the currency's minor unit: {1999, "USD"} is 19.99 dollars.
type Money struct {
	Amount   int64  `json:"amount" minimum:"0" maximum:"1000000000000" doc:"In the currency's minor unit: 1999 is 19.99 USD." example:"1290"`
	Currency string `json:"currency" pattern:"^[A-Z]{3}$" patternDescription:"three capital letters, such as USD" doc:"ISO 4217." example:"EUR"`
}

// Change replaces all fields of a thing whose version is still the expected one.
type Change[T any] struct {
	ExpectedVersion int64 `json:"expectedVersion" minimum:"1"`
	Fields          T     `json:"fields"`
}

// Deletion hides a thing whose version is still the expected one and frees its unique names.
type Deletion struct {
	ExpectedVersion int64 `json:"expectedVersion" minimum:"1"`
}

// Merger deletes a thing as a Deletion does, and gives what refers to it to another one of its kind.
type Merger struct {
	ExpectedVersion int64  `json:"expectedVersion" minimum:"1"`
	IntoID          string `json:"intoId" format:"uuid"`
}

// Lookup asks for one thing.
type Lookup struct {
	ID         string `json:"id"`
	MinVersion int64  `json:"minVersion,omitempty"` // wait until it has at least this version
	Public     bool   `json:"public,omitempty"`     // for somebody from whom what is not shown to everybody is hidden: it counts as not there
}

// MaxCursor is how many characters a cursor has at most: that behind a name of 200 characters, each of six bytes in JSON, takes 1,700.
const MaxCursor = 2000

// Paging asks for one page of a list. Cursor is opaque: what the page before it gave as NextCursor.
type Paging struct {
	Limit  int    `json:"limit" minimum:"1" maximum:"100"`
	Cursor string `json:"cursor,omitempty"`
	Sort   string `json:"sort,omitempty"` // a field's name, "-" before it for descending
}

// Page is one page of a list.
type Page[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"nextCursor,omitempty"` // absent on the last page
}
