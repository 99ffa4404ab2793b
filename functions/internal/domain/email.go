package domain

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// maxLocalPart is how long the part before the @ may be that all mail systems carry. Source: RFC 5321 §4.5.3.1.
const maxLocalPart = 64

// emails are what every e-mail address may be, whoever's it is.
var emails = newCustomerLimits["email"]

// FoldEmail is the form of an e-mail address by which it is compared and found. Two that differ in case only are the same, as are the
// two spellings of an internationalised domain; no two mailboxes become one.
func FoldEmail(address string) string {
	for range mostFolds {
		folded := foldOnce(address)
		if folded == address {
			break
		}
		address = folded
	}
	return address
}

// mostFolds is enough for any address: a letter that was lowered may compose with an accent behind it, or make a domain readable, and
// then nothing changes any more.
const mostFolds = 8

func foldOnce(address string) string {
	address = strings.TrimSpace(address)
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return foldLocal(address)
	}
	domain := address[at+1:]
	host, err := hosts.ToASCII(domain)
	if err != nil {
		host = foldLocal(domain) // nobody's address
	}
	return foldLocal(address[:at]) + "@" + host
}

// hosts reads a domain as a mail program does when it looks it up: in small letters, in the letters that the net's directory knows.
// Sources: UTS #46, RFC 5891 §5.
var hosts = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(true), idna.VerifyDNSLength(true))

// foldLocal composes and lowers what stands before the @. A letter becomes a small one only where it is that one's capital: İ is not
// the capital of i, nor is the kelvin sign that of k. Those that composing would change into another letter stay as they are.
func foldLocal(local string) string {
	var b strings.Builder
	for local != "" {
		plain := strings.IndexFunc(local, lookalike)
		if plain < 0 {
			plain = len(local)
		}
		b.WriteString(strings.Map(small, norm.NFC.String(local[:plain])))
		local = local[plain:]
		if local != "" {
			_, size := utf8.DecodeRuneInString(local)
			b.WriteString(local[:size])
			local = local[size:]
		}
	}
	return b.String()
}

// lookalike tells the characters that normalisation replaces by one of ASCII, such as the kelvin sign.
func lookalike(r rune) bool {
	composed := norm.NFC.String(string(r))
	return r > unicode.MaxASCII && r != utf8.RuneError && composed[0] <= unicode.MaxASCII
}

func small(r rune) rune {
	if lower := unicode.ToLower(r); unicode.ToUpper(lower) == r {
		return lower
	}
	return r
}

// email is a plain address: no display name, no comment, no quoting, a domain with a dot.
func (f *faults) email(location, value string) string {
	value = strings.TrimSpace(value)
	if !plainEmail(value) {
		f.add(location, "must be an e-mail address like name@example.com")
	}
	if !strings.ContainsFunc(value, lookalike) {
		value = norm.NFC.String(value)
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
	if len(value) > emails.maxLength || strings.ContainsAny(value, "\"\\ \t\r\n\x00<>(),;:[]") {
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

// hostName tells whether a domain could be looked up, and has at least two labels.
func hostName(domain string) bool {
	host, err := hosts.ToASCII(domain)
	return err == nil && strings.Contains(strings.TrimSuffix(host, "."), ".") && !strings.HasSuffix(host, ".")
}
