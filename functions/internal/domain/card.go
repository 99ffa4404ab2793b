package domain

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/onlinemart/mart/events"
)

// The lengths a card number may have. Source: ISO/IEC 7812.
const (
	shortestCard = 13
	longestCard  = 19
)

// RefuseCardNumbers refuses a request body that carries what may be a card number: 13 to 19 wide or narrow, written
// together or in groups, whose Luhn checksum holds. The mart takes a provider's tokens only. Error: Problem "card_number", which
// never repeats the digits.
func RefuseCardNumbers(body []byte) error {
	if !holdsCardNumber(body) {
		return nil
	}
	return events.Unprocessable("card_number",
		"The request seems to contain a card number. Send the payment provider's token for the card instead, such as pm_card_visa.")
}

// cardless are the members in which digits are no card's, whatever they add up to.
var cardless = map[string]bool{"email": true, "phone": true, "password": true, "current": true, "new": true}

// members follows the tokens of a JSON body, and knows of which member a value is.
type members struct {
	objects []bool // of what is open, from the outside in, whether it is an object
	name    string // of the newest member
	named   bool   // and its value is to come
}

// isValue takes the next token, and tells whether it is a value and no name or bracket.
func (m *members) isValue(token json.Token) bool {
	n := len(m.objects)
	switch t := token.(type) {
	case json.Delim:
		if t == '{' || t == '[' {
			m.objects = append(m.objects, t == '{')
		} else {
			m.objects, m.name = m.objects[:n-1], ""
		}
		m.named = false
		return false
	case string:
		if n > 0 && m.objects[n-1] && !m.named {
			m.name, m.named = t, true
			return false
		}
	}
	m.named = false
	return true
}

// holdsCardNumber looks into the values of a JSON body, so that an escaped digit hides nothing, and at the bytes of any other. It leaves out the members
// that are something else by their name: one of ten numbers of 16 digits looks like a card's.
func holdsCardNumber(body []byte) bool {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var m members
	for {
		token, err := d.Token()
		if err == io.EOF {
			return false
		}
		if err != nil {
			return cardIn(string(body))
		}
		if m.isValue(token) && cardless[m.name] {
			continue
		}
		switch v := token.(type) {
		case json.Number:
			if cardIn(v.String()) {
				return true
			}
		case string:
			if !isPhone(v) && cardIn(v) {
				return true
			}
		}
	}
}

// isPhone tells a telephone number that somebody can have: about one of ten German mobiles looks like a card of 13 digits.
func isPhone(text string) bool {
	text = phoneSeparator.Replace(strings.TrimSpace(text))
	if !strings.HasPrefix(text, "+") {
		return false
	}
	number, known := international(text)
	return known && number != ""
}

// An id is no card number, though some are made of digits alone.
var ids = regexp.MustCompile(`(?i)\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`)

// cardIn looks for a run of digit groups, little enough apart, some of which together are a card number.
func cardIn(text string) bool {
	text = plainDigits(ids.ReplaceAllString(text, "|"))
	var groups []string
	for len(text) > 0 {
		digits := leadingDigits(text)
		if digits == "" {
			text = text[1:]
			continue
		}
		groups = append(groups, digits)
		text = text[len(digits):]
		if next := strings.TrimLeftFunc(text, separates); next != "" && isDigit(next[0]) && joins(text[:len(text)-len(next)]) {
			text = next
			continue
		}
		if cardAmong(groups) {
			return true
		}
		groups = groups[:0]
	}
	return false
}

// plainDigits writes every digit of every script as one of ASCII, and drops what nobody sees between them: spaces without width, joiners,
// marks over a digit or around it.
func plainDigits(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me):
			return -1
		case r > unicode.MaxASCII && unicode.Is(unicode.Nd, r):
			return digitOf(r)
		}
		return r
	}, norm.NFKC.String(text))
}

// digitOf is a decimal digit of whatever script in ASCII. Those of a script follow each other from its zero on.
func digitOf(r rune) rune {
	for _, table := range unicode.Nd.R16 {
		if rune(table.Lo) <= r && r <= rune(table.Hi) {
			return '0' + (r-rune(table.Lo))%10
		}
	}
	for _, table := range unicode.Nd.R32 {
		if rune(table.Lo) <= r && r <= rune(table.Hi) {
			return '0' + (r-rune(table.Lo))%10
		}
	}
	return r
}

// widestGap is how many characters may lie between two groups of one number.
const widestGap = 3

// separates tells what people write between the groups of a number: spaces, dashes, dots, commas, slashes, underscores and their like.
func separates(r rune) bool {
	return unicode.In(r, unicode.Z, unicode.Pd, unicode.Pc, unicode.Po) || strings.ContainsRune("\t\r\n", r)
}

// joins tells whether what stands between two groups makes them one number. A comma and a space after it begin another one.
func joins(gap string) bool {
	return utf8.RuneCountInString(gap) <= widestGap && !listed.MatchString(gap)
}

var listed = regexp.MustCompile(`[,;\x{060C}\x{061B}\x{3001}]\s`)

// cardAmong tries every sequence of neighbouring groups.
func cardAmong(groups []string) bool {
	for i := range groups {
		number := ""
		for _, g := range groups[i:] {
			number += g
			if len(number) > longestCard {
				break
			}
			if len(number) >= shortestCard && luhn(number) {
				return true
			}
		}
	}
	return false
}

func leadingDigits(s string) string {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return s[:n]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// luhn is the checksum every card number satisfies. Source: ISO/IEC 7812-1, annex B.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
