package domain

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/onlinemart/mart/events"
)

// The same checks for values that travel encrypted. One that is already as it should be keeps its ciphertext.

func (f *faults) personalEmail(location string, p events.Personal) events.Personal {
	return keep(p, f.email(location, p.Plaintext()))
}

func (f *faults) personalName(location string, p events.Personal, l limit) events.Personal {
	return keep(p, f.name(location, p.Plaintext(), l))
}

// personsName is how somebody is called, or whom they order for: with nothing in it that has no place in a name, and reads as an address of the web or of a mailbox.
func (f *faults) personsName(location string, p events.Personal, l limit) events.Personal {
	before := len(*f)
	p = f.personalName(location, p, l)
	if i := strings.IndexFunc(p.Plaintext(), unnamed); i >= 0 && len(*f) == before {
		r, _ := utf8.DecodeRuneInString(p.Plaintext()[i:])
		f.add(location, "must be a name: letters, digits, spaces and signs such as . , ' - & ( ) /, of which %q is none", r)
	}
	f.unlinked(location, p.Plaintext(), before)
	return p
}

// webAddress is what reads as an address of the web: a host in small letters, or with a path behind it; and however it is written, behind a word of three and more
// what may be a country's domain, or one that is known. A short word before a capital is on purpose none: Dr.No is a name, and St.Ives a place. So is Dipl.Ing. with
// its point.
var webAddress = regexp.MustCompile(`://|(?i:\bwww\.)|[\p{L}\p{N}]{2}\.(\p{Ll}{2,}($|[^.\p{L}])|\p{L}{2,}/)` +
	`|[\p{L}\p{N}-]{3}\.(\p{L}{2,3}|(?i:info|shop|site|store|online|link|click|live|club|page|blog|space|website))($|[^.\p{L}])`)

// unlinked refuses what reads as an address of the web, in a value that had no fault as long as there were so many.
func (f *faults) unlinked(location, value string, before int) {
	if len(*f) == before && webAddress.MatchString(value) {
		f.add(location, "must not be an address of the web; write a space behind each point")
	}
}

func (f *faults) personalLine(location string, p events.Personal, l limit) events.Personal {
	return keep(p, f.line(location, p.Plaintext(), l))
}

func (f *faults) words(location string, w events.Words, l limit) events.Words {
	w.Personal = keep(w.Personal, f.text(location, w.Plaintext(), l))
	return w
}

func keep(p events.Personal, value string) events.Personal {
	if p.Plaintext() == value {
		return p
	}
	return events.NewPersonal(value)
}
