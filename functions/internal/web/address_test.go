package web

import (
	"net/netip"
	"testing"
)

func TestClientAddress(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32")}
	for _, c := range []struct{ peer, forwarded, want string }{
		{"198.51.100.1:443", "", "198.51.100.1"},
		{"198.51.100.1:443", "203.0.113.9", "198.51.100.1"}, // whoever is not trusted may claim what they like
		{"10.1.2.3:80", "203.0.113.9", "203.0.113.9"},
		{"10.1.2.3:80", "1.1.1.1, 203.0.113.9", "203.0.113.9"}, // the first was the client's own claim
		{"127.0.0.1:80", "203.0.113.9, 10.9.9.9", "203.0.113.9"},
		{"10.1.2.3:80", "nonsense, 10.9.9.9", "10.9.9.9"},
		{"10.1.2.3:80", "", "10.1.2.3"},
		{"[::ffff:10.1.2.3]:80", "2001:db8::1", "2001:db8::1"},
		{"pipe", "203.0.113.9", "pipe"},
	} {
		if got := ClientAddress(c.peer, c.forwarded, proxies); got != c.want {
			t.Errorf("%s %q: %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
}
