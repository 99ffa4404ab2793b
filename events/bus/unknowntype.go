package bus

import (
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/onlinemart/mart/events"
)

// errUnknownType means that a newer release of ours says something that this one does not know.
var errUnknownType = errors.New("is not declared here: its sender is newer")

const (
	// rolloutGrace is how old a message of a newer release may become while it waits: by then the new revision of this function is there.
	rolloutGrace = 5 * time.Minute
	// unknownTypesLimit is how many may wait at one replica. Each keeps one of the 50 places of its source, which the others need.
	unknownTypesLimit = 10
)

// unknownTypes are the messages of a newer release that are delivered again until that release is here to take them.
type unknownTypes struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// mayWait tells whether e is to be delivered again; otherwise it is a dead letter. A question may always be asked again: it is about
// nothing, and its asker waits for it, not a source.
func (n *unknownTypes) mayWait(e events.Envelope, now time.Time) bool {
	if e.Subject == "" {
		return true
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	maps.DeleteFunc(n.until, func(_ string, end time.Time) bool { return !now.Before(end) })
	key := e.Source + " " + e.ID
	if _, waits := n.until[key]; waits {
		return true
	}
	age := max(0, now.Sub(e.Time))
	if age >= rolloutGrace || len(n.until) >= unknownTypesLimit {
		return false
	}
	n.until[key] = now.Add(rolloutGrace - age)
	return true
}
