package domain

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
)

// A quote's token proves that the mart has made an offer: until when it holds, and a digest of what was offered, which only those can make who have
// the keys that seal messages. So a quote need not be stored, and nobody can make a better one.

// quotePurpose keeps these signatures apart from those of messages.
const quotePurpose = "a quote of the mart"

// newQuoteToken is the proof of an offer, which holds until a moment, to the second.
func newQuoteToken(k *events.Keys, offer string, until time.Time) string {
	stamp := strconv.FormatInt(until.Unix(), 36)
	return stamp + "." + k.Sign(quotePurpose, stamp, offer)
}

// quoteHolds tells whether the mart has made this very offer, and it holds at a moment.
func quoteHolds(k *events.Keys, token, offer string, at time.Time) bool {
	stamp, signature, _ := strings.Cut(token, ".")
	if k.CheckSignature(signature, quotePurpose, stamp, offer) != nil {
		return false
	}
	until, err := strconv.ParseInt(stamp, 36, 64)
	return err == nil && at.Before(time.Unix(until, 0))
}

// quoteOffer is all that must be the same when somebody takes a quote at its word. Within a country and a region the postal code matters only for which
// methods there are, and of a method only what it costs; a picture is no part of it.
func quoteOffer(to events.Destination, lines []events.OrderLine, sum events.Sum) string {
	lines = slices.Clone(lines)
	for i := range lines {
		lines[i].ImageURL = ""
	}
	text, err := json.Marshal(struct {
		Country, Region string
		Lines           []events.OrderLine
		Sum             events.Sum
	}{to.Country, to.Region, lines, sum})
	if err != nil {
		panic(err) // it holds texts and numbers alone: a fault of ours
	}
	return string(text)
}

// ProveQuote gives each choice of a quote its token.
func ProveQuote(k *events.Keys, to events.Destination, q events.Quote) events.Quote {
	for i, choice := range q.Choices {
		q.Choices[i].Quote = newQuoteToken(k, quoteOffer(to, q.Lines, choice.Sum), q.ValidUntil)
	}
	return q
}
