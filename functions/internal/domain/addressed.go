package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/onlinemart/mart/events"
)

// addressedPerHour is how many mails of one kind go at once to an address that nobody has shown to be theirs, and again over an hour. Whoever makes and closes
// accounts, or has many of them, would otherwise write to it as often as they like.
const addressedPerHour = 5

// Why such an address is written to. Each counts for itself: who asks for an address again and again keeps nobody from registering with it.
const (
	Registering = "registers"
	Changing    = "changes to"
)

// Writing is a mail to an address for a reason, as it is looked up.
func Writing(why, email string) string { return why + " " + FoldEmail(email) }

// Addressed is how often of late an address was written to for a reason.
type Addressed struct {
	Key      string // WritingKey of both
	Asked    Tries
	ForgetAt time.Time
}

// AddressedTo are those, each under its key.
var AddressedTo = Table[Addressed]{"addressed"}

// WritingKey is what db knows it by: not the address, of which it keeps nothing once its customer is erased.
func WritingKey(writing string) string {
	sum := sha256.Sum256([]byte(writing))
	return hex.EncodeToString(sum[:])
}

// mayWrite tells whether one mail more may go out, and counts it. What was decided before, and comes once more after a restore, may.
func (c Case) mayWrite(e events.Envelope, writing string) bool {
	a, _ := AddressedTo.Find(c.Rows, WritingKey(writing))
	a.Key, a.Asked = WritingKey(writing), a.Asked.now(addressedPerHour, c.Now)
	if a.Asked.wait(addressedPerHour) > 0 && c.Now.Sub(c.askedAt(e)) < decidedLate {
		return false
	}
	a.Asked.Spent++
	a.ForgetAt = c.Now.Add(time.Hour) // all have come back by then
	AddressedTo.Put(c.Rows, a.Key, a)
	return true
}
