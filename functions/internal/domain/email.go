package domain

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The longest address that mail systems must carry. Source: RFC 5321 §4.5.3.1.
const (
	maxEmail     = 254
	maxLocalPart = 64
)

// FoldEmail is the form of an e-mail address by which it is compared and found: two that differ in case only are the same.
func FoldEmail(address string) string {
	return strings.ToLower(norm.NFC.String(strings.TrimSpace(address)))
}

// email is a plain address: no display name, no comment, no quoting, a domain with a dot.
func (f *faults) email(location, value string) string {
	value = norm.NFC.String(strings.TrimSpace(value))
	if !plainEmail(value) {
		f.add(location, "must be an e-mail address like name@example.com")
	}
	return value
}

// CheckEmail says whether a value could be somebody's address at all. Error: 422 at location.
func CheckEmail(location, value string) error {
	var faults faults
	faults.email(location, value)
	return faults.problem()
}

func plainEmail(value string) bool {
	if len(value) > maxEmail || strings.ContainsAny(value, "\"\\ \t\r\n\x00<>(),;:[]") {
		return false
	}
	if strings.ContainsFunc(value, unseen) {
		return false
	}
	parsed, err := mail.ParseAddress(value)
	if err != nil || parsed.Address != value || parsed.Name != "" {
		return false
	}
	at := strings.LastIndexByte(value, '@')
	return at <= maxLocalPart && hostName(value[at+1:])
}

// unseen tells the characters that nobody sees: with them two addresses look the same, or one reads as another.
func unseen(r rune) bool { return unicode.In(r, unicode.C, unicode.Z) || r == utf8.RuneError }

// hostName tells whether every label could be one of a host's name, and there are at least two.
func hostName(domain string) bool {
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
	}
	return len(labels) > 1
}
