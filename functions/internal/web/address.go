package web

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Origin is the part of an input that says where a request comes from.
type Origin struct{ peer, forwarded string }

// Resolve reads it.
func (o *Origin) Resolve(c huma.Context) []error {
	o.peer, o.forwarded = c.RemoteAddr(), c.Header("X-Forwarded-For")
	return nil
}

// Network is the place that a request comes from, by what these proxies have said of it.
func (o Origin) Network(trusted []netip.Prefix) string {
	return Network(ClientAddress(o.peer, o.forwarded, trusted))
}

// ClientAddress is where a request comes from. What X-Forwarded-For says counts only as far as trusted proxies have said it: the
// last address that is none of theirs. forwarded may be "".
func ClientAddress(peer, forwarded string, trusted []netip.Prefix) string {
	if host, _, err := net.SplitHostPort(peer); err == nil {
		peer = host
	}
	hops := strings.Split(forwarded, ",")
	slices.Reverse(hops)
	for _, hop := range hops {
		at, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil || !trusts(trusted, peer) {
			break
		}
		peer = at.Unmap().String()
	}
	return peer
}

func trusts(trusted []netip.Prefix, address string) bool {
	a, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

// Network is what counts as one place: an IPv4 address, or the /64 that one IPv6 customer has. A wider one would let neighbours keep
// each other waiting; whoever has many is bounded by what all strangers together may try at an account.
func Network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Unmap().Is4() {
		return address
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

// Place is a network as db knows it: a keyed digest, which says nothing of where it is.
func (a *API) Place(network string) string { return a.runtime.Keys.Digest("network", network) }
