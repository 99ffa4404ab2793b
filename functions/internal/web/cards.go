package web

import (
	"net/http"
	"regexp"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
)

// refuseCards keeps card numbers out of the mart: a body that carries one is refused before anything reads it.
func (a *API) refuseCards(c huma.Context, next func(huma.Context)) {
	if holdsCard(of(c.Context()).body) {
		a.refuse(c, &events.Problem{Status: http.StatusUnprocessableEntity, Code: "card_number", Detail: "The body carries what looks like a card number. Send the provider's token for it (pm_…), never the number."})
		return
	}
	next(c)
}

// An id is no card number, though some are made of digits alone.
var ids = regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)

// holdsCard finds 13 to 19 digits, perhaps in groups, that pass the Luhn check.
func holdsCard(body []byte) bool {
	body = ids.ReplaceAll(body, nil)
	var digits []byte
	for i := 0; i <= len(body); i++ {
		switch {
		case i < len(body) && body[i] >= '0' && body[i] <= '9':
			digits = append(digits, body[i]-'0')
			continue
		case i < len(body) && (body[i] == ' ' || body[i] == '-') && len(digits) > 0:
			continue
		}
		if len(digits) >= 13 && len(digits) <= 19 && luhn(digits) {
			return true
		}
		digits = digits[:0]
	}
	return false
}

// luhn is the check digit rule of ISO/IEC 7812-1.
func luhn(digits []byte) bool {
	sum := 0
	for i, d := range digits {
		n := int(d)
		if (len(digits)-i)%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}
