package paymentgateway

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	maxBody      = 64 << 10
	maxAmount    = 99_999_999 // eight digits, in minor units
	maxKeyLength = 255
)

// params are a request's parameters in Stripe's form encoding: a=1, metadata[order_id]=…, expand[]=….
type params url.Values

// readParams refuses what no route takes: a body too large, a parameter not in allowed, and a card number anywhere.
func readParams(w http.ResponseWriter, r *http.Request, allowed []string) (params, *apiError) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return nil, invalid("", "", "The request could not be read as form parameters.")
	}
	for name, values := range r.Form {
		top, _, _ := strings.Cut(name, "[")
		if top != "expand" && !slices.Contains(allowed, top) {
			return nil, invalid("parameter_unknown", name, "Received unknown parameter: %s", top)
		}
		if carriesCardNumber(name) || slices.ContainsFunc(values, carriesCardNumber) {
			return nil, invalid("", top, "This gateway takes no card numbers: send a payment method token such as pm_card_visa.")
		}
	}
	return params(r.Form), nil
}

func (p params) get(name string) string { return url.Values(p).Get(name) }
func (p params) has(name string) bool   { return url.Values(p).Has(name) }
func (p params) is(name string) bool    { return p.get(name) == "true" }

// mostAmount is the most of one payment: eight digits, and twelve of rupiah. What names no currency is part of a payment.
func (p params) mostAmount() int64 {
	if currency := strings.ToLower(p.get("currency")); currency == "" || currency == "idr" {
		return 999_999_999_999
	}
	return maxAmount
}

// amount reads a positive number of minor units.
func (p params) amount(name string) (int64, *apiError) {
	if !p.has(name) {
		return 0, invalid("parameter_missing", name, "Missing required param: %s.", name)
	}
	n, err := strconv.ParseInt(p.get(name), 10, 64)
	switch {
	case err != nil:
		return 0, invalid("parameter_invalid_integer", name, "Invalid integer: %s", p.get(name))
	case n < 1:
		return 0, invalid("parameter_invalid_integer", name, "This value must be greater than or equal to 1.")
	case n > p.mostAmount():
		return 0, invalid("amount_too_large", name, "Amount must be no more than %d.", p.mostAmount())
	}
	return n, nil
}

var currencyCode = regexp.MustCompile(`^[a-z]{3}$`)

// currency reads an ISO 4217 code; answers show it in lower case.
func (p params) currency() (string, *apiError) {
	code := strings.ToLower(p.get("currency"))
	if code == "" {
		return "", invalid("parameter_missing", "currency", "Missing required param: currency.")
	}
	if !currencyCode.MatchString(code) {
		return "", invalid("", "currency", "Invalid currency: %s", code)
	}
	return code, nil
}

// bounds are the conditions of a range of times, such as created[gte]=1700000000.
var bounds = map[string]func(t, bound int64) bool{
	"gt": func(t, bound int64) bool { return t > bound }, "gte": func(t, bound int64) bool { return t >= bound },
	"lt": func(t, bound int64) bool { return t < bound }, "lte": func(t, bound int64) bool { return t <= bound },
}

// within reads a range of Unix times. Without one, every time is within.
func (p params) within(name string) (func(t int64) bool, *apiError) {
	limits := map[string]int64{}
	for bound := range bounds {
		full := name + "[" + bound + "]"
		if !p.has(full) {
			continue
		}
		n, err := strconv.ParseInt(p.get(full), 10, 64)
		if err != nil {
			return nil, invalid("parameter_invalid_integer", full, "Invalid integer: %s", p.get(full))
		}
		limits[bound] = n
	}
	return func(t int64) bool {
		for bound, limit := range limits {
			if !bounds[bound](t, limit) {
				return false
			}
		}
		return true
	}, nil
}

// metadata gathers metadata[key]=value.
func (p params) metadata() map[string]string {
	m := map[string]string{}
	for name, values := range p {
		if key, ok := strings.CutPrefix(name, "metadata["); ok && values[0] != "" {
			m[strings.TrimSuffix(key, "]")] = values[0]
		}
	}
	return m
}

var (
	digitRuns = regexp.MustCompile(`[0-9]+`)
	// The ways people write card numbers; the groups of a UUID do not fit them.
	groupedDigits = regexp.MustCompile(`\b[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{1,7}\b|\b[0-9]{4}[ -][0-9]{6}[ -][0-9]{5}\b`)
	separators    = strings.NewReplacer(" ", "", "-", "")
)

// carriesCardNumber reports 13 to 19 digits that pass Luhn's check, in one run or in the usual groups.
func carriesCardNumber(s string) bool {
	if slices.ContainsFunc(digitRuns.FindAllString(s, -1), isCardNumber) {
		return true
	}
	return slices.ContainsFunc(groupedDigits.FindAllString(s, -1), func(g string) bool { return isCardNumber(separators.Replace(g)) })
}

func isCardNumber(digits string) bool {
	if len(digits) < 13 || len(digits) > 19 {
		return false
	}
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
