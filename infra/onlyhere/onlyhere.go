// Package onlyhere keeps other sites' pages out of tools that serve whoever sits at this machine and ask for no password: the mail inbox,
// the test payment gateway's switches. A browser here reaches them as well as any program does, whatever page it shows.
package onlyhere

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Handler lets no other site's page in: a name that anybody can register may be made to mean this machine (DNS rebinding), so next answers
// to other names only where hosts has them; and what changes something must come from the page itself, or from no page at all. what is
// how a refusal calls it: "this inbox".
func Handler(what string, hosts []string, next http.Handler) http.Handler {
	next = Unprompted(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name := nameOf(r.Host); !private(name) && !slices.Contains(hosts, name) {
			http.Error(w, what+" does not answer to the name "+strconv.Quote(name)+"; ALLOWED_HOSTS takes others", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Unprompted refuses what another site's page asks that would change something.
func Unprompted(next http.Handler) http.Handler {
	return http.NewCrossOriginProtection().Handler(next)
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
