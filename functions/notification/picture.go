package notification

import (
	"net/url"
	"slices"
	"strings"
)

// picture is where a picture is fetched, by whoever is at home on that page. The pictures of the demo catalogue lie beside the mart's own shop, and
// are stored with the address that the mart had then: where mails lead to the mart's own pages on this machine, they are looked for where
// those are now. All others are where they say.
func picture(home, address string) string {
	at, err := url.Parse(address)
	if err != nil || !ofThisMachine(at) || !strings.HasPrefix(at.Path, "/shop/pictures/") {
		return address
	}
	page, err := url.Parse(home)
	if err != nil || !ofThisMachine(page) || !slices.Contains([]string{"/shop", "/office"}, strings.TrimSuffix(page.Path, "/")) {
		return address
	}
	at.Scheme, at.Host = page.Scheme, page.Host
	return at.String()
}

func ofThisMachine(u *url.URL) bool {
	return slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
}
