// Package quotetoken makes what proves that the mart has made an offer: until when it holds, and a digest of what was offered, which only those can
// make who have the keys that seal messages. So a quote need not be stored, and nobody can make a better one.
package quotetoken

import (
	"strconv"
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
)

// purpose keeps these signatures apart from those of messages.
const purpose = "a quote of the mart"

// New is the proof of an offer, which holds until a moment, to the second.
func New(k *events.Keys, offer string, until time.Time) string {
	stamp := strconv.FormatInt(until.Unix(), 36)
	return stamp + "." + k.Sign(purpose, stamp, offer)
}

// Holds tells whether the mart has made this very offer, and it holds at a moment.
func Holds(k *events.Keys, token, offer string, at time.Time) bool {
	stamp, signature, _ := strings.Cut(token, ".")
	if k.CheckSignature(signature, purpose, stamp, offer) != nil {
		return false
	}
	until, err := strconv.ParseInt(stamp, 36, 64)
	return err == nil && at.Before(time.Unix(until, 0))
}
