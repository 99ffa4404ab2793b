package domain

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

func TestPostalAddress_CodesOfTheCountry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ country, code, want string }{
		{"HK", "", ""},
		{"AE", "", ""},
		{"QA", "", ""},
		{"PA", "", ""},
		{"HK", "999077", "!"},
		{"AE", "00000", "!"},
		{"DE", "53225", "53225"},
		{"DE", " 53225 ", "53225"},
		{"DE", "５３２２５", "53225"},
		{"DE", "5322", "!"},
		{"DE", "", "!"},
		{"DE", "D-53225", "!"},
		{"DE", "53225\n1", "!"},
		{"GB", "ec1y 8sy", "EC1Y 8SY"},
		{"GB", "EC1Y8SY", "EC1Y 8SY"},
		{"GB", "ls14ap", "LS1 4AP"},
		{"GB", "m11ae", "M1 1AE"},
		{"GB", "gir0aa", "GIR 0AA"},
		{"GB", "bfpo12", "BFPO12"},
		{"GB", "BFPO 1234", "BFPO 1234"},
		{"GB", "12345", "!"},
		{"GB", "", "!"},
		{"US", "95014", "95014"},
		{"US", "22162-1010", "22162-1010"},
		{"US", "9501", "!"},
		{"NL", "1234 ab", "1234 AB"},
		{"NL", "1234ab", "1234 AB"},
		{"CA", "h3z 2y7", "H3Z 2Y7"},
		{"CA", "h3z2y7", "H3Z 2Y7"},
		{"JE", "je23xp", "JE2 3XP"},
		{"JP", "154-0023", "154-0023"},
		{"PT", "1100-148", "1100-148"},
		{"IE", "", ""},
		{"IE", "A65 F4E2", "A65 F4E2"},
		{"IE", "a65f4e2", "A65 F4E2"},
		{"IE", "12", "!"},
		{"XK", "10000", "10000"},
		{"XK", "90000", "!"},
		{"XX", "anything", "!"},
	} {
		a := events.PostalAddress{Name: events.NewPersonal("A"), Line1: events.NewPersonal("B"), City: events.NewPersonal("C"), PostalCode: events.NewPersonal(c.code), Country: c.country}
		got, err := PostalAddress("body", a)
		value := got.PostalCode.Plaintext()
		if err != nil {
			value = "!"
		}
		if value != c.want {
			t.Errorf("%s %q: %q %v, want %q", c.country, c.code, value, err, c.want)
		}
	}
}

// Every example is a code by its own pattern, and every country of the table is one.
func TestPostalCodes_TheTableHolds(t *testing.T) {
	t.Parallel()
	for _, country := range slices.Sorted(maps.Keys(postalCodes)) {
		form := postalCodes[country]
		if !countries[country] || !matches(form.pattern, form.example) || matches(form.pattern, "") {
			t.Errorf("%s: %+v", country, form)
		}
	}
	var without []string
	for country := range countries {
		if _, coded := postalCodes[country]; !coded {
			without = append(without, country)
		}
	}
	if diff := cmp.Diff([2]int{250, 71}, [2]int{len(countries), len(without)}); diff != "" {
		t.Error(diff)
	}
}

func TestPostalAddress_SaysWhatIsWrongWithACode(t *testing.T) {
	t.Parallel()
	for country, want := range map[string]events.FieldError{
		"HK": {Location: "body.postalCode", Message: "must be left out: HK has no postal codes"},
		"DE": {Location: "body.postalCode", Message: "must be a postal code of DE such as 26133"},
		"XX": {Location: "body.country", Message: "must be a country's two capital letters, for example US, or GB for the United Kingdom (ISO 3166-1 alpha-2)"},
	} {
		_, err := PostalAddress("body", events.PostalAddress{
			Name: events.NewPersonal("A"), Line1: events.NewPersonal("B"), City: events.NewPersonal("C"), PostalCode: events.NewPersonal("X1"), Country: country,
		})
		if diff := cmp.Diff([]events.FieldError{want}, faultsIn(err)); diff != "" {
			t.Errorf("%s: %s", country, diff)
		}
	}
}
