package domain

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/onlinemart/mart/events"
)

var postalLimits = limitsOf[events.PostalAddress]()

// PostalAddress is where something is sent, as it is stored. Faults are located below location, for example "body" or
// "body.shippingAddress". Error: 422 with every fault.
func PostalAddress(location string, a events.PostalAddress) (events.PostalAddress, error) {
	var faults faults
	a.Name = faults.personsName(location+".name", a.Name, postalLimits["name"])
	a.Line1 = faults.whereabouts(location+".line1", a.Line1, postalLimits["line1"], faults.personalName)
	a.Line2 = faults.whereabouts(location+".line2", a.Line2, postalLimits["line2"], faults.personalLine)
	a.City = faults.whereabouts(location+".city", a.City, postalLimits["city"], faults.personalName)
	a.PostalCode = faults.postalCode(location+".postalCode", a.PostalCode, a.Country)
	faults.country(location+".country", a.Country)
	faults.region(location+".region", a.Region)
	return a, faults.problem()
}

// whereabouts is a line of an address, which staff read and mails show, and no address of the web.
func (f *faults) whereabouts(location string, p events.Personal, l limit, rule func(string, events.Personal, limit) events.Personal) events.Personal {
	before := len(*f)
	p = rule(location, p, l)
	f.unlinked(location, p.Plaintext(), before)
	return p
}

// country is one of those that there are.
func (f *faults) country(location, code string) {
	if !countries[code] {
		f.add(location, "must be a country's two capital letters, for example US, or GB for the United Kingdom (ISO 3166-1 alpha-2)")
	}
}

// postalCode is how a country's codes look.
type postalCode struct {
	pattern string // of the whole code, in capitals
	example string
	needed  bool
}

// postalCode is a code as its country writes it, in capitals. A country may have none; of what is no country nothing is known.
func (f *faults) postalCode(location string, p events.Personal, country string) events.Personal {
	before := len(*f)
	value := f.line(location, strings.ToUpper(norm.NFKC.String(p.Plaintext())), postalLimits["postalCode"])
	form, coded := postalCodes[country]
	switch {
	case len(*f) > before || !countries[country]:
	case value == "" && form.needed:
		f.add(location, "must not be empty: an address in %s has a postal code such as %s", country, form.example)
	case value != "" && !coded:
		f.add(location, "must be left out: %s has no postal codes", country)
	case value != "" && !matches(form.pattern, value):
		f.add(location, "must be a postal code of %s such as %s", country, form.example)
	default:
		value = spaced(country, value)
	}
	return keep(p, value)
}

// spaces is where the space of a code stands that is written with one, by how many characters follow it. Labels have it, and carriers' readers
// of labels; people leave it out. A country whose codes are also written without is not here.
var spaces = map[string]int{"CA": 3, "GB": 3, "GG": 3, "IE": 4, "IM": 3, "JE": 3, "NL": 2}

// spaced is a valid code with its space. The number of a British forces' post office, after BFPO, is of any length.
func spaced(country, code string) string {
	after := spaces[country]
	if after == 0 || len(code) <= after || strings.Contains(code, " ") || strings.HasPrefix(code, "BFPO") {
		return code
	}
	return code[:len(code)-after] + " " + code[len(code)-after:]
}

// matches compiles the one pattern that is needed: all of them would take longer than a function may take to start.
func matches(pattern, value string) bool {
	return regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(value)
}

// Address is an entry of an address book. Error: 422 with every fault.
func Address(a events.PostalAddress) (events.PostalAddress, error) { return PostalAddress("body", a) }

// eraseAddress takes out whatever is personal: the row and the country are left. It is the Erase of an address, which is no Plain.
func eraseAddress(a *events.AddressState) { a.PostalAddress = events.PostalAddress{Country: a.Country} }

// countries are the officially assigned codes, and XK: Kosovo has none of its own, and under this one it has postal codes and mail.
// Source: ISO 3166-1 alpha-2.
var countries = setOf(strings.Fields(`
	AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI
	CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ
	GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
	LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG
	PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK
	TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW`)...)
