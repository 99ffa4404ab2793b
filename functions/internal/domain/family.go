package domain

import (
	"fmt"
	"maps"
	"slices"

	"github.com/onlinemart/mart/events"
)

var (
	familyLimits = limitsOf[events.FamilyFields]()
	optionLimits = limitsOf[events.FamilyOption]()
)

// Family is a family's fields as they are stored: trimmed, with a slug. Error: 422 with every fault.
func Family(f events.FamilyFields) (events.FamilyFields, error) {
	var faults faults
	f.Name = faults.name("body.name", f.Name, familyLimits["name"])
	f.Slug = faults.slug("body.slug", f.Slug, f.Name, familyLimits["slug"])
	f.Description = faults.text("body.description", f.Description, familyLimits["description"])
	f.Options = faults.options("body.options", f.Options)
	return f, faults.problem()
}

// options differ in their names, and the values of one differ.
func (f *faults) options(location string, options []events.FamilyOption) []events.FamilyOption {
	if most := familyLimits["options"].maxItems; len(options) == 0 || len(options) > most {
		f.add(location, "expected 1 to %d options", most)
	}
	stored, names := make([]events.FamilyOption, len(options)), map[string]bool{}
	for i, option := range options {
		at := fmt.Sprintf("%s[%d]", location, i)
		option.Name = f.name(at+".name", option.Name, optionLimits["name"])
		if names[option.Name] {
			f.add(at+".name", "is there twice")
		}
		names[option.Name] = true
		option.Values = f.optionValues(at+".values", option.Values)
		stored[i] = option
	}
	return stored
}

func (f *faults) optionValues(location string, values []string) []string {
	if most := optionLimits["values"].maxItems; len(values) == 0 || len(values) > most {
		f.add(location, "expected 1 to %d values", most)
	}
	stored := make([]string, len(values))
	for i, value := range values {
		at := fmt.Sprintf("%s[%d]", location, i)
		stored[i] = f.name(at, value, optionLimits["name"])
		if slices.Contains(stored[:i], stored[i]) {
			f.add(at, "is there twice")
		}
	}
	return stored
}

// place is where in a family a product is said to be, as it is stored.
func (f *faults) place(p *events.FamilyPlace) *events.FamilyPlace {
	if p == nil {
		return nil
	}
	stored := events.FamilyPlace{ID: f.id("body.familyId", p.ID)}
	if most := familyLimits["options"].maxItems; len(p.Options) > most {
		f.add("body.options", "expected %d at most", most)
		return &stored
	}
	if p.ID == "" && len(p.Options) > 0 {
		f.add("body.options", "are of a family; name it in familyId")
	}
	for _, name := range slices.Sorted(maps.Keys(p.Options)) {
		if stored.Options == nil {
			stored.Options = map[string]string{}
		}
		at := "body.options." + name
		stored.Options[f.name(at, name, optionLimits["name"])] = f.name(at, p.Options[name], optionLimits["name"])
	}
	return &stored
}

// FamilyRows are the families.
var FamilyRows = Table[Row[events.FamilyState]]{"family"}

// Families is how families are decided.
var Families = Plain[events.FamilyFields, events.FamilyState]{
	Noun: "family", Rows: FamilyRows,
	Of: func(m events.Meta, f events.FamilyFields) events.FamilyState {
		return events.FamilyState{Meta: m, FamilyFields: f}
	},
	Meta:    func(f *events.FamilyState) *events.Meta { return &f.Meta },
	Check:   checkFamily,
	Use:     &FamilyUse,
	Created: events.FamilyCreated, Updated: events.FamilyUpdated, Deleted: events.FamilyDeleted,
}

var (
	// FamilySlugTaken refuses a second live family of one slug.
	FamilySlugTaken = events.Refuse("slug_taken", "Another family has this slug; choose another one.")
	// FamilyPlaceTaken refuses a second live product of a family with the same values.
	FamilyPlaceTaken = events.Refuse("options_taken", "Another product of this family has the same options; choose others, or change that product first.")
)

// OptionUse is how many live products of a family have a value of an option.
type OptionUse struct {
	Option, Value string
	Products      int64
}

// FamilyOptions is what of each family's options its live products have, as it was when the batch was loaded.
var FamilyOptions = Table[[]OptionUse]{"options of products of a family"}

func checkFamily(c Case, id string, f events.FamilyFields) error {
	if isTaken(c, FamilyRows, func(s events.FamilyState) bool { return s.Slug == f.Slug && s.ID != id }) {
		return FamilySlugTaken
	}
	return nil
}

// UpdateFamily replaces a family's fields. Its products have a value for each option still, one that there is. Errors: as of Families.Update; Problem
// in_use.
func UpdateFamily(c Case, m events.Received[events.Change[events.FamilyFields]]) ([]events.Outgoing, error) {
	row, err := Families.at(c, m.Subject, m.Data.ExpectedVersion)
	if err != nil {
		return nil, err
	}
	if err := keepsOptions(c, row.State, m.Data.Fields.Options); err != nil {
		return nil, err
	}
	return Families.Update(c, m)
}

// keepsOptions refuses other options than what products have of a family.
func keepsOptions(c Case, before events.FamilyState, options []events.FamilyOption) error {
	if n := FamilyUse.count(c, before.ID); n > 0 && !slices.Equal(optionNames(before.Options), optionNames(options)) {
		return events.Refuse("in_use", "%s this family and a value for each of its options: which options there are stays as long. Values can be added, and their order changed.", FamilyUse.amount(n))
	}
	for _, option := range before.Options {
		kept := valuesOf(options, option.Name)
		for _, value := range option.Values {
			if n := c.optionUse(before.ID, option.Name, value); n > 0 && !slices.Contains(kept, value) {
				return events.Refuse("in_use", "%s the %s %s, so it must stay. Change or delete them first.", FamilyUse.amount(n), option.Name, value)
			}
		}
	}
	return nil
}

func optionNames(options []events.FamilyOption) []string {
	names := make([]string, len(options))
	for i, option := range options {
		names[i] = option.Name
	}
	slices.Sort(names)
	return names
}

func valuesOf(options []events.FamilyOption, name string) []string {
	for _, option := range options {
		if option.Name == name {
			return option.Values
		}
	}
	return nil
}

// optionUse is how many live products of a family have a value: those that were stored, and what was decided since.
func (c Case) optionUse(family, option, value string) (n int64) {
	stored, _ := FamilyOptions.Get(c.Rows, family)
	for _, use := range stored {
		if use.Option == option && use.Value == value {
			n = use.Products
		}
	}
	has := func(p Row[events.ProductState]) bool {
		return FamilyUse.by(p, family) && p.State.Family.Options[option] == value
	}
	for _, p := range ProductRows.Changes(c.Rows) {
		if !p.Made && has(p.Before) {
			n--
		}
		if has(p.After) {
			n++
		}
	}
	return n
}

// familyOf is the family of a product; "" is none.
func familyOf(p events.ProductFields) string {
	if p.Family == nil {
		return ""
	}
	return p.Family.ID
}

func samePlace(a, b *events.FamilyPlace) bool {
	return a != nil && b != nil && a.ID == b.ID && maps.Equal(a.Options, b.Options)
}

// placeFaults says why a product may not be where it is said to be. Where it is already it may stay.
func placeFaults(c Case, place events.FamilyPlace, before *events.FamilyPlace) []events.FieldError {
	if place.ID == "" || samePlace(&place, before) {
		return nil
	}
	if !isLive(c, FamilyRows, place.ID) {
		return []events.FieldError{{Location: "body.familyId", Message: "there is none with this id"}}
	}
	family, _ := FamilyRows.Get(c.Rows, place.ID)
	return optionFaults(family.State, place.Options)
}

// optionFaults says what is wrong with the values that a product has for a family's options: it has one for each, and no others.
func optionFaults(family events.FamilyState, options map[string]string) (faults []events.FieldError) {
	for _, option := range family.Options {
		switch value, has := options[option.Name]; {
		case !has:
			faults = append(faults, events.FieldError{Location: "body.options", Message: "must have a value for " + option.Name})
		case !slices.Contains(option.Values, value):
			faults = append(faults, events.FieldError{Location: "body.options." + option.Name, Message: "is none of the family's values; add it to the family first"})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if valuesOf(family.Options, name) == nil {
			faults = append(faults, events.FieldError{Location: "body.options." + name, Message: "is no option of the family"})
		}
	}
	return faults
}

// fitsFamily says why a family does not take products of another one: it lacks a value of theirs, or has a product like one of them.
func fitsFamily(c Case, into string, moved []Row[events.ProductState]) error {
	family, _ := FamilyRows.Get(c.Rows, into)
	for _, p := range moved {
		if len(optionFaults(family.State, p.State.Family.Options)) > 0 {
			return events.Invalid(events.FieldError{Location: "query.reassign", Message: "has not the options of product " + p.State.SKU + "; add them to it first"})
		}
		place := &events.FamilyPlace{ID: into, Options: p.State.Family.Options}
		if isTaken(c, ProductRows, func(other events.ProductState) bool { return samePlace(other.Family, place) }) {
			return events.Refuse("options_taken", "The other family has a product with the same options as product %s. Change or delete one of them first.", p.State.SKU)
		}
	}
	return nil
}
