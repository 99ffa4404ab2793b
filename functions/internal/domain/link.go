package domain

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	// linkCharacters are those that an address is written with; all others are percent-encoded. Source: RFC 3986 §2.
	linkCharacters = regexp.MustCompile(`^(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$`)
	linkHost       = regexp.MustCompile(`^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?$`)
)

// Link tells whether a text is the absolute address of a page or a picture, of one of the schemes, in the characters of RFC 3986 and with
// nobody's name and password: it can be shown on a page wherever an address belongs.
func Link(text string, schemes ...string) bool {
	u, err := url.Parse(text)
	if err != nil || !linkCharacters.MatchString(text) || u.User != nil || !slices.Contains(schemes, u.Scheme) {
		return false
	}
	if host := u.Hostname(); !linkHost.MatchString(host) {
		_, err := netip.ParseAddr(host)
		return err == nil
	}
	return true
}

// link is the address of a page or a picture, of one of the schemes, or nothing.
func (f *faults) link(location, value string, l limit, schemes ...string) string {
	value = strings.TrimSpace(value)
	if value != "" && (len(value) > l.maxLength || !Link(value, schemes...)) {
		f.add(location, "must be an %s address of at most %d characters, all others than those of RFC 3986 percent-encoded", strings.Join(schemes, " or "), l.maxLength)
	}
	return value
}

// picture is the address of a picture, or nothing: by https, because a page that shows it must not fall back to http, or by http of this
// machine, which browsers trust as much and where a mart on a laptop has its own.
func (f *faults) picture(location, value string, l limit) string {
	value = strings.TrimSpace(value)
	if u, err := url.Parse(value); err == nil && u.Scheme == "http" && slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname()) {
		return f.link(location, value, l, "http")
	}
	return f.link(location, value, l, "https")
}
