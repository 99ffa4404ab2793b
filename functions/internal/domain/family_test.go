package domain

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

func TestFamily(t *testing.T) {
	t.Parallel()
	option := func(name string, values ...string) events.FamilyOption {
		return events.FamilyOption{Name: name, Values: values}
	}
	got, err := Family(events.FamilyFields{Name: " Linen shirt ", Options: []events.FamilyOption{option(" size", "S ", "M")}})
	want := events.FamilyFields{Name: "Linen shirt", Slug: "linen-shirt", Options: []events.FamilyOption{option("size", "S", "M")}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for at, options := range map[string][]events.FamilyOption{
		"body.options": nil, "body.options[0].name": {option("", "S")}, "body.options[0].values": {option("size")}, "body.options[0].values[1]": {option("size", "S", " S")},
		"body.options[1].name": {option("size", "S"), option("size ", "M")}, "body.options[0].values[0]": {option("size", strings.Repeat("x", 61))},
	} {
		_, err := Family(events.FamilyFields{Name: "Shirt", Options: options})
		problem, is := errors.AsType[*events.Problem](err)
		if !is || len(problem.Errors) == 0 || problem.Errors[0].Location != at {
			t.Errorf("%s: %v", at, err)
		}
	}
}

// A product is in no family, or has a text for each option that it names.
func TestProduct_HasAPlaceInAFamily(t *testing.T) {
	t.Parallel()
	id := events.NewID()
	fields := func(p *events.FamilyPlace) events.ProductFields {
		return events.ProductFields{SKU: "A", Name: "A", Price: events.Money{Amount: 1, Currency: "EUR"}, Status: events.ProductDraft, Family: p}
	}
	for _, c := range []struct{ said, stored *events.FamilyPlace }{
		{nil, nil},
		{&events.FamilyPlace{}, &events.FamilyPlace{}},
		{&events.FamilyPlace{ID: strings.ToUpper(id), Options: map[string]string{" size": "S "}}, &events.FamilyPlace{ID: id, Options: map[string]string{"size": "S"}}},
	} {
		got, err := Product(fields(c.said))
		if diff := cmp.Diff(c.stored, got.Family); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	for _, wrong := range []events.FamilyPlace{
		{ID: "x"},
		{Options: map[string]string{"size": "S"}},
		{ID: id, Options: map[string]string{"size": ""}},
		{ID: id, Options: map[string]string{"": "S"}},
		{ID: id, Options: map[string]string{"a": "1", "b": "1", "c": "1", "d": "1", "e": "1", "f": "1"}},
	} {
		if _, err := Product(fields(&wrong)); !errors.Is(err, events.Invalid()) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}
