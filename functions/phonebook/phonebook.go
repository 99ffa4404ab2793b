// Package phonebook writes what libphonenumber knows of the world's telephone numbers, as far as functions/internal/domain checks a
// number by it. The library itself is in no function: it reads all it knows whenever a program starts, and brings languages along that
// nobody reads here.
package phonebook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"

	"github.com/nyaruka/phonenumbers"

	"github.com/onlinemart/mart/functions/internal/domain"
)

// Generate writes the file. Error: the library's data cannot be read, or the file not be written.
func Generate(path string) error {
	plans, err := Plans()
	if err != nil {
		return err
	}
	raw, err := lines(plans)
	if err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o644)
}

// Plans are the rules of all numbers by their calling codes.
func Plans() (map[string]domain.NumberPlan, error) {
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		return nil, fmt.Errorf("read libphonenumber's metadata: %w", err)
	}
	regions := map[string]*phonenumbers.PhoneMetadata{}
	for _, m := range all.GetMetadata() {
		regions[m.GetId()] = m
		if m.GetId() == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY {
			regions[strconv.Itoa(int(m.GetCountryCode()))] = m
		}
	}
	plans := map[string]domain.NumberPlan{}
	for code := range phonenumbers.GetSupportedCallingCodes() {
		names := phonenumbers.GetRegionCodesForCountryCode(code)
		if names[0] == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY {
			names = []string{strconv.Itoa(code)}
		}
		chief := regions[names[0]]
		plan := domain.NumberPlan{
			Prefix: chief.GetNationalPrefixForParsing(), Instead: chief.GetNationalPrefixTransformRule(), Lengths: chief.GetGeneralDesc().GetPossibleLength(),
		}
		for _, name := range names {
			plan.Regions = append(plan.Regions, regionOf(regions[name]))
		}
		plans[strconv.Itoa(code)] = plan
	}
	return plans, nil
}

// lines is an object with a line for each member, so that a new release of the library shows what it changes.
func lines(plans map[string]domain.NumberPlan) ([]byte, error) {
	var out bytes.Buffer
	separator := "{\n"
	for _, code := range slices.Sorted(maps.Keys(plans)) {
		plan, err := json.Marshal(plans[code])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&out, "%s%q: %s", separator, code, plan)
		separator = ",\n"
	}
	out.WriteString("\n}\n")
	return out.Bytes(), nil
}

func regionOf(m *phonenumbers.PhoneMetadata) domain.NumberRegion {
	r := domain.NumberRegion{Leading: m.GetLeadingDigits(), Any: kindOf(m.GetGeneralDesc())}
	for _, d := range []*phonenumbers.PhoneNumberDesc{
		m.GetFixedLine(), m.GetMobile(), m.GetTollFree(), m.GetPremiumRate(), m.GetSharedCost(), m.GetVoip(), m.GetPersonalNumber(), m.GetPager(), m.GetUan(), m.GetVoicemail(),
	} {
		same := func(k domain.NumberKind) bool {
			return k.Pattern == d.GetNationalNumberPattern() && slices.Equal(k.Lengths, d.GetPossibleLength())
		}
		if d.GetNationalNumberPattern() != "" && !slices.ContainsFunc(r.Kinds, same) {
			r.Kinds = append(r.Kinds, kindOf(d))
		}
	}
	return r
}

func kindOf(d *phonenumbers.PhoneNumberDesc) domain.NumberKind {
	return domain.NumberKind{Pattern: d.GetNationalNumberPattern(), Lengths: d.GetPossibleLength()}
}
