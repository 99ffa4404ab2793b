package phonebook

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

func TestTheFileIsOfThisLibrary(t *testing.T) {
	t.Parallel()
	fresh := filepath.Join(t.TempDir(), "phones.json")
	if err := Generate(fresh); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(fresh)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../internal/domain/phones.json")
	if err != nil || string(got) != string(want) {
		t.Errorf("phones.json is not what the library says: run make generate (%v)", err)
	}
}

// ours is what becomes of a number in the mart, "" when it is refused.
func ours(number string) string {
	c, err := domain.Customer(events.CustomerFields{Name: events.NewPersonal("A"), Phone: events.NewPersonal(number)})
	if err != nil {
		return ""
	}
	return c.Phone.Plaintext()
}

// theirs is what the library makes of it.
func theirs(number string) string {
	n, err := phonenumbers.Parse(number, "ZZ")
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return ""
	}
	return phonenumbers.Format(n, phonenumbers.E164)
}

func TestNumbersAreReadAsTheLibraryReadsThem(t *testing.T) {
	t.Parallel()
	read := 0
	for _, example := range examples() {
		code, national := int(example.GetCountryCode()), phonenumbers.GetNationalSignificantNumber(example)
		for _, number := range []string{
			phonenumbers.Format(example, phonenumbers.E164), phonenumbers.Format(example, phonenumbers.INTERNATIONAL),
			fmt.Sprintf("+%d (0)%s", code, national), fmt.Sprintf("+%d 8 %s", code, national), fmt.Sprintf("+%d %s", code, national[1:]),
			fmt.Sprintf("+%d%s0", code, national), fmt.Sprintf("+%d1%s", code, national), fmt.Sprintf("+%d%s", code, strings.Repeat("9", len(national))),
		} {
			if digits := strings.Count(strings.Map(digit, number), "d"); digits < 7 || digits > 15 {
				continue // no number of E.164, whatever the library makes of it
			}
			read++
			if got, want := ours(number), theirs(number); got != want {
				t.Errorf("%s: %q, the library says %q", number, got, want)
			}
		}
	}
	if read < 5000 {
		t.Errorf("only %d numbers were compared", read)
	}
}

func digit(r rune) rune {
	if r >= '0' && r <= '9' {
		return 'd'
	}
	return r
}

// examples are numbers of every kind in every country.
func examples() (all []*phonenumbers.PhoneNumber) {
	for _, region := range slices.Sorted(maps.Keys(phonenumbers.GetSupportedRegions())) {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			if n := phonenumbers.GetExampleNumberForType(region, kind); n != nil {
				all = append(all, n)
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(phonenumbers.GetSupportedGlobalNetworkCallingCodes())) {
		if n := phonenumbers.GetExampleNumberForNonGeoEntity(code); n != nil {
			all = append(all, n)
		}
	}
	return all
}

func TestAnyDigits(t *testing.T) {
	t.Parallel()
	some := examples()
	rapid.Check(t, func(t *rapid.T) {
		number := "+" + rapid.StringMatching(`[1-9][0-9]{6,14}`).Draw(t, "digits")
		if rapid.Bool().Draw(t, "near a real one") {
			near := []byte(phonenumbers.Format(rapid.SampledFrom(some).Draw(t, "example"), phonenumbers.E164))
			near[rapid.IntRange(2, len(near)-1).Draw(t, "at")] = byte('0' + rapid.IntRange(0, 9).Draw(t, "digit"))
			number = string(near)
		}
		if len(number) < 8 || len(number) > 16 {
			return
		}
		if got, want := ours(number), theirs(number); got != want {
			t.Fatalf("%s: %q, the library says %q", number, got, want)
		}
	})
}
