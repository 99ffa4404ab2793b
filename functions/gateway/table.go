package gateway

import (
	"path"
	"strings"

	"github.com/onlinemart/mart/events"
)

// prefixes says by the first part of a path whose it is: what the nouns' declarations say, and the keys, which are no noun. What is not
// here cannot be reached from outside: no function's port for events, no metrics, no health.
var prefixes = prefixesOf(events.Nouns())

func prefixesOf(nouns []events.Noun) map[string]events.Function {
	found := map[string]events.Function{".well-known": events.Auth}
	for _, n := range nouns {
		if n.Path != "" {
			found[strings.TrimPrefix(n.Path, "/")] = n.By
		}
	}
	return found
}

// operations is where outcomes are asked for: /operations/<function>-<id>.
const operations = "operations"

// webhooks is where providers post what may be larger than a client's request.
const webhooks = "/payments/webhooks/"

// What anybody may make: accounts, carts and orders.
const (
	registrations = "/customers"
	carts         = "/carts"
	orders        = "/orders"
)

// functionFor is the function that a request for this path goes to.
func functionFor(requested string) (events.Function, bool) {
	if !isCanonical(requested) {
		return "", false
	}
	first, rest, _ := strings.Cut(requested[1:], "/")
	if first != operations {
		f, ok := prefixes[first]
		return f, ok
	}
	name, _, ok := strings.Cut(rest, "-")
	if f := events.Function(name); ok && public(f) {
		return f, true
	}
	return "", false
}

// operationID is the id of an operation that a path asks for, whoever's it is.
func operationID(requested string) (string, bool) {
	id, asked := strings.CutPrefix(requested, "/"+operations+"/")
	return id, asked && id != "" && !strings.Contains(id, "/") && isCanonical(requested)
}

// isCanonical tells a path that no other server reads as a different one, as it might /brands/../metrics and //brands.
func isCanonical(requested string) bool {
	return strings.HasPrefix(requested, "/") && path.Clean(requested) == strings.TrimSuffix(requested, "/")
}

func public(f events.Function) bool {
	for _, known := range prefixes {
		if known == f {
			return true
		}
	}
	return false
}
