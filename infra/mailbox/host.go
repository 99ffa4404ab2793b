package mailbox

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// onlyHere lets no other site's page in: a name that anybody can register may be made to mean this machine (DNS rebinding), so the page
// answers to other names only where it is told; and what changes something must come from the page itself, or from no page at all.
func (i *Inbox) onlyHere(next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name := nameOf(r.Host); !private(name) && !slices.Contains(i.hosts, name) {
			http.Error(w, "this inbox does not answer to the name "+strconv.Quote(name)+"; ALLOWED_HOSTS takes others", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func nameOf(host string) string {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
}

// reserved are the ends of names that nobody can register. Source: RFC 6761, RFC 9476 and Kubernetes.
var reserved = []string{".localhost", ".svc", ".cluster.local", ".internal"}

// private tells an address, a name of this network alone, or one that is reserved for this machine or a cluster.
func private(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil || !strings.Contains(name, ".") {
		return true
	}
	return slices.ContainsFunc(reserved, func(end string) bool { return strings.HasSuffix(name, end) })
}
