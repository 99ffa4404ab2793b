package domain

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/onlinemart/mart/events"
	"golang.org/x/text/unicode/norm"
)

// faults collects everything wrong with a request, so that its sender hears all at once.
type faults []events.FieldError

func (f *faults) add(location, format string, args ...any) {
	*f = append(*f, events.FieldError{Location: location, Message: fmt.Sprintf(format, args...)})
}

func (f faults) problem() error {
	if len(f) == 0 {
		return nil
	}
	return events.Invalid(f...)
}

// name is a line that must not be empty.
func (f *faults) name(location, value string, most int) string {
	value = f.line(location, value, most)
	if value == "" {
		f.add(location, "must not be empty")
	}
	return value
}

// line is a text without line breaks and tabs: they have no place in a name, and would end a mail's header.
func (f *faults) line(location, value string, most int) string {
	value = f.trimmed(location, value, most)
	if hasControls(value, "") || strings.ContainsAny(value, "\u2028\u2029") {
		f.add(location, "must be one line, without control characters")
	}
	return value
}

// text is trimmed, in Unicode's composed form, without control characters but line breaks.
func (f *faults) text(location, value string, most int) string {
	value = f.trimmed(location, value, most)
	if hasControls(value, "\n\t") {
		f.add(location, "must not contain control characters")
	}
	return value
}

func (f *faults) trimmed(location, value string, most int) string {
	value = strings.TrimSpace(norm.NFC.String(value))
	if utf8.RuneCountInString(value) > most {
		f.add(location, "must be at most %d characters", most)
	}
	return value
}

// hasControls tells whether there are control characters other than those allowed, or what is no text at all.
func hasControls(value, but string) bool {
	return !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune(but, r) })
}

var slugPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// slug is what was given, else made from the name: lower-case words joined by dashes.
func (f *faults) slug(location, value, name string) string {
	if value == "" {
		value = Slug(name)
	}
	if !slugPattern.MatchString(value) || len(value) > 140 {
		f.add(location, "must be lower-case letters, digits and single dashes, at most 140; give one when the name has none")
	}
	return value
}

// Slug makes a slug of a name: accents dropped, everything else that is no letter or digit becomes a dash.
func Slug(name string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r): // an accent of the letter before it
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.TrimSuffix(b.String(), "-")
}
