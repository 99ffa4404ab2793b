package domain

import (
	_ "embed" // phones.json
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/onlinemart/mart/events"
)

// NumberPlan is what is known of the telephone numbers with one calling code. Patterns are of national numbers without their prefix,
// lengths of what a pattern may match.
type NumberPlan struct {
	Prefix  string         `json:"prefix,omitempty"`  // what is dialled before a number within the country, such as 0
	Instead string         `json:"instead,omitempty"` // what takes its place; usually nothing
	Lengths []int32        `json:"lengths"`
	Regions []NumberRegion `json:"regions"` // the chief one first: its prefix is that of all
}

// NumberRegion is a country or territory that has the calling code.
type NumberRegion struct {
	Leading string       `json:"leading,omitempty"` // how its numbers begin, where that alone tells them from another's
	Any     NumberKind   `json:"any"`
	Kinds   []NumberKind `json:"kinds"` // fixed lines, mobiles …; a number is of one of them
}

// NumberKind is one kind of number.
type NumberKind struct {
	Pattern string  `json:"pattern"`
	Lengths []int32 `json:"lengths,omitempty"` // none: the pattern says it
}

// phonesJSON is what libphonenumber knows, by calling code; make generate writes it from the library.
//
//go:embed phones.json
var phonesJSON []byte

// numberPlans reads it when the first number comes: a function that sees none does not pay for it at its start.
var numberPlans = sync.OnceValues(func() (plans map[string]NumberPlan, err error) {
	err = json.Unmarshal(phonesJSON, &plans)
	return plans, err
})

// E.164: a calling code that does not begin with 0, at most 15 digits.
var (
	phonePattern   = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	phoneSeparator = strings.NewReplacer(" ", "", "\u00a0", "", "-", "", "\u2010", "", "\u2011", "", ".", "", "(", "", ")", "", "/", "")
)

// phone is an international number as E.164 writes it, without what people put between the digits, or the 0 that is dialled within a
// country only; it may be absent.
func (f *faults) phone(location string, p events.Personal) events.Personal {
	value := phoneSeparator.Replace(strings.TrimSpace(p.Plaintext()))
	if international, ok := strings.CutPrefix(value, "00"); ok {
		value = "+" + international
	}
	if value == "" {
		return keep(p, "")
	}
	number, known := international(value)
	switch {
	case !known:
		f.add(location, "must be an international number like +49 30 123456")
	case number == "":
		f.add(location, "must be a number that can be dialled: with its country's and its area's code, and all its digits")
	}
	return keep(p, number)
}

// international is the number in E.164, "" when nobody can have it. known is false for what is not written like an international
// number, or begins with no country's code.
func international(value string) (number string, known bool) {
	plans, err := numberPlans()
	if err != nil || len(value) < 4 || !phonePattern.MatchString(value) { // the embedded file is readable: a test reads it
		return "", false
	}
	for end := 2; end <= 4; end++ {
		if plan, ok := plans[value[1:end]]; ok {
			national := plan.national(value[end:])
			if !plan.has(national) {
				return "", true
			}
			return value[:end] + national, true
		}
	}
	return "", false
}

// national is the number without its prefix, where that leaves a number. Source: libphonenumber, maybeStripNationalPrefixAndCarrierCode.
func (p NumberPlan) national(number string) string {
	if p.Prefix == "" {
		return number
	}
	prefix := regexp.MustCompile(`^(?:` + p.Prefix + `)`)
	found := prefix.FindStringSubmatchIndex(number)
	if found == nil {
		return number
	}
	stripped := number[found[1]:]
	if last := len(found) - 2; p.Instead != "" && found[last] >= 0 {
		stripped = prefix.ReplaceAllString(number, p.Instead)
	}
	whole := p.Regions[0].Any.Pattern
	if matches(whole, number) && !matches(whole, stripped) || !slices.Contains(p.Lengths, int32(len(stripped))) {
		return number
	}
	return stripped
}

// has tells whether a national number is somebody's in one of the regions. Source: libphonenumber, isValidNumber.
func (p NumberPlan) has(national string) bool {
	for _, r := range p.Regions {
		if r.Leading != "" && len(p.Regions) > 1 {
			if regexp.MustCompile(`^(?:` + r.Leading + `)`).MatchString(national) {
				return r.has(national)
			}
		} else if r.has(national) {
			return true
		}
	}
	return false
}

func (r NumberRegion) has(national string) bool {
	return r.Any.has(national) && slices.ContainsFunc(r.Kinds, func(k NumberKind) bool { return k.has(national) })
}

func (k NumberKind) has(national string) bool {
	return (len(k.Lengths) == 0 || slices.Contains(k.Lengths, int32(len(national)))) && matches(k.Pattern, national)
}
