package web

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

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
