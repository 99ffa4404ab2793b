package db

import "github.com/onlinemart/mart/functions/db/internal/inbox"

// noun is what the engine is told of one kind of thing.
type noun = inbox.Noun

// nouns are all there are, each in the file of its name. Their order is that in which locks are taken and rows written, table by table: what
// a row refers to comes before the row.
var nouns = []noun{
	user, customer, address, session, login, reset, verification,
	brand, category, family, product, shippingMethod, taxRate, quote,
	order, cart, note, stock, payment, notification,
	operation, journalEntry,
	deadLetter, personKey,
}
