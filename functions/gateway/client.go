package gateway

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// client is who is at the other end.
type client struct {
	address string
	proto   string // http or https
}

type clientKey struct{}

func clientOf(ctx context.Context) client {
	c, _ := ctx.Value(clientKey{}).(client)
	return c
}

// identify finds the client behind the proxies we trust. Anybody else's X-Forwarded-For is a claim, not an address.
func identify(trusted []netip.Prefix, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := client{proto: "http"}
		if r.TLS != nil {
			c.proto = "https"
		}
		peer, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			peer = r.RemoteAddr
		}
		c.address = peer
		if within(trusted, peer) {
			c.address = nearest(trusted, peer, r.Header.Values("X-Forwarded-For"))
			if proto := r.Header.Get("X-Forwarded-Proto"); proto == "http" || proto == "https" {
				c.proto = proto
			}
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), clientKey{}, c)))
	})
}

// nearest is the last address of the chain that is not a trusted proxy: what is before it, its sender could have made up.
func nearest(trusted []netip.Prefix, peer string, chains []string) string {
	hops := strings.Split(strings.Join(chains, ","), ",")
	slices.Reverse(hops)
	for _, hop := range hops {
		hop = strings.TrimSpace(hop)
		if _, err := netip.ParseAddr(hop); err != nil {
			return peer
		}
		if peer = hop; !within(trusted, hop) {
			return hop
		}
	}
	return peer
}

func within(prefixes []netip.Prefix, address string) bool {
	a, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}
