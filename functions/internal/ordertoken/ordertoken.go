// Package ordertoken makes and reads the tokens by which whoever has bought without an account opens their order: the order's id, until when the token
// is good, and a digest of both that only those can make who have the personal keys. So the function that answers an order and the one that
// writes the mails make them, each by itself, and nothing stores one: no table, no topic, no journal and no log.
package ordertoken

import (
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/onlinemart/mart/events"
)

// Life is how long after it was placed an order is opened by a token: as long as anything becomes of an order, with its returns.
const Life = 90 * 24 * time.Hour

// Header is the header that a token is sent in. It is no part of a path or a query: those are written into logs.
const Header = "Order-Token"

// purpose keeps the digests apart from all others that are made with the keys.
const purpose = "token of an order"

// New is the token of an order that was placed at a time, by the current key.
func New(k *events.Keys, order string, placed time.Time) string {
	until := strconv.FormatInt(placed.Add(Life).Unix(), 36)
	return order + "." + until + "." + k.Digest(purpose, order, until)
}

// Good tells whether the token of an order that was placed at a time is good still.
func Good(placed, now time.Time) bool { return now.Before(placed.Add(Life)) }

// Order is the order that a token opens, by whichever key of the ring it was made. It reports false where it opens none, or none any more.
func Order(k *events.Keys, token string, now time.Time) (id string, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(parts[0]) != 36 || uuid.Validate(parts[0]) != nil {
		return "", false
	}
	until, err := strconv.ParseInt(parts[1], 36, 64)
	if !k.Digested(parts[2], purpose, parts[0], parts[1]) || err != nil || now.Unix() >= until {
		return "", false
	}
	return parts[0], true
}
