package kafkasource

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/http/httpguts"
)

// rfc3339ish is a time as the dispatcher takes it: seconds may be left out, t and z be small, an offset be hours alone.
var rfc3339ish = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d)(?::(\d\d)(?:\.(\d{0,9}))?)?(?:[Zz]|([+-]\d\d)(?::(\d\d))?)$`)

// rewriteTime reads a time and writes it as the dispatcher does: whole seconds at least, no zeros at the end of a fraction, Z for no
// offset. Error: errNoEvent.
func rewriteTime(value string) (string, error) {
	if t, err := time.Parse(time.RFC3339Nano, value); err == nil && t.Format(time.RFC3339Nano) == value && reached(t) {
		return value, nil // as nearly all come
	}
	part := rfc3339ish.FindStringSubmatch(value)
	if part == nil {
		return "", fmt.Errorf("%w: time %q", errNoEvent, value)
	}
	seconds, fraction, offset := orElse(part[3], "00"), strings.TrimRight(part[4], "0"), "Z"
	if fraction != "" {
		fraction = "." + fraction
	}
	if minutes := orElse(part[6], "00"); part[5] != "" && part[5][1:]+minutes != "0000" {
		offset = part[5] + ":" + minutes
	}
	out := part[1] + "T" + part[2] + ":" + seconds + fraction + offset
	t, err := time.Parse(time.RFC3339Nano, out)
	if err != nil {
		return "", fmt.Errorf("%w: time %q", errNoEvent, value)
	}
	if !reached(t) {
		return "", fmt.Errorf("%w: the time zone of %q", errNoEvent, value)
	}
	return out, nil
}

// reached tells whether a time's zone is one of those that the dispatcher knows.
func reached(t time.Time) bool {
	_, east := t.Zone()
	return east <= 18*60*60 && east >= -18*60*60
}

// isURI tells what java.net.URI takes for a URI or a reference to one, empty or with letters of any language, too.
func isURI(value string) bool {
	for i, r := range value {
		switch {
		case r == '%':
			if len(value) < i+3 {
				return false
			}
			if _, err := strconv.ParseUint(value[i+1:i+3], 16, 8); err != nil {
				return false
			}
		case r > unicode.MaxASCII:
			if unicode.IsControl(r) || unicode.IsSpace(r) {
				return false
			}
		case r <= ' ' || strings.ContainsRune("\"<>\\^`{|}\x7f", r):
			return false
		}
	}
	return validScheme(value) && validBrackets(value) && strings.Count(value, "#") <= 1
}

// validScheme tells whether what stands before the first colon, if it is one of a scheme, can be one with something after it.
func validScheme(value string) bool {
	end := strings.IndexAny(value, ":/?#")
	if end < 0 || value[end] != ':' {
		return true
	}
	if end+1 == len(value) || value[end+1] == '#' {
		return false
	}
	for i, r := range value[:end] {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", r)) {
			return false
		}
	}
	return end > 0
}

// validBrackets tells whether brackets stand only around the address of a host, or in a query or fragment.
func validBrackets(value string) bool {
	if path, _, _ := strings.Cut(strings.ReplaceAll(value, "#", "?"), "?"); !strings.ContainsAny(path, "[]") {
		return true
	}
	u, err := url.Parse(value)
	return err == nil && strings.HasPrefix(u.Host, "[") && !strings.ContainsAny(u.Path, "[]")
}

// decodeUTF8 is text as a JVM reads it: what is no UTF-8 becomes U+FFFD.
func decodeUTF8(value []byte) string { return strings.ToValidUTF8(string(value), "\uFFFD") }

// decodeLatin1 is text as a JVM reads it from a header.
func decodeLatin1(value string) string {
	runes := make([]rune, len(value))
	for i := range len(value) {
		runes[i] = rune(value[i])
	}
	return string(runes)
}

// headerValue is text as the dispatcher writes it into a header: in Latin-1, a question mark for each UTF-16 unit beyond. What no
// header can hold (control characters) loses the record there; here it is percent-encoded.
func headerValue(value string) string {
	var out strings.Builder
	for _, r := range value {
		switch {
		case r < 0x80:
			out.WriteByte(byte(r))
		case r <= 0xFF:
			out.WriteByte(byte(r)) // Latin-1
		case r > 0xFFFF:
			out.WriteString("??")
		default:
			out.WriteByte('?')
		}
	}
	if httpguts.ValidHeaderFieldValue(out.String()) {
		return out.String()
	}
	return url.PathEscape(value)
}

func compact(data []byte) ([]byte, error) {
	var out bytes.Buffer
	if err := json.Compact(&out, data); err != nil {
		return nil, fmt.Errorf("%w: data: %w", errNoEvent, err)
	}
	return out.Bytes(), nil
}
