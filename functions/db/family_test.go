package db

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// familyNamed is a family with room for a thousand products.
func familyNamed(name string) events.FamilyFields {
	size, colour := events.FamilyOption{Name: "size"}, events.FamilyOption{Name: "colour"}
	for i := range 100 {
		size.Values = append(size.Values, fmt.Sprintf("s%d", i))
	}
	for i := range 10 {
		colour.Values = append(colour.Values, fmt.Sprintf("c%d", i))
	}
	return events.FamilyFields{Name: name, Slug: name, Options: []events.FamilyOption{size, colour}}
}

// nthPlace is in SQL what familyNamed has room for, by its number.
func nthPlace(n string) string {
	return `jsonb_build_object('size', 's' || (` + n + `) % 100, 'colour', 'c' || (` + n + `) / 100)`
}

var places atomic.Int64

// placeIn is a place in a family that none of the last hundred products has, and none that was shelved.
func placeIn(family string) *events.FamilyPlace {
	return &events.FamilyPlace{ID: family, Options: map[string]string{"size": fmt.Sprintf("s%d", places.Add(1)%100), "colour": "c9"}}
}

// shirt is the command that makes a product of a family.
func shirt(family string, options map[string]string) (id string, create events.Outgoing) {
	id = events.NewID()
	f := productNamed("S-"+id[24:], "Shirt", 1000)
	f.Family = &events.FamilyPlace{ID: family, Options: options}
	return id, events.CreateProduct.New(id, f)
}

func (m *market) family(options ...events.FamilyOption) string {
	m.t.Helper()
	id := events.NewID()
	m.must(events.CreateFamily.New(id, events.FamilyFields{Name: "Shirt", Slug: "shirt-" + id, Options: options}))
	return id
}

var (
	sizes   = events.FamilyOption{Name: "size", Values: []string{"S", "M", "L"}}
	colours = events.FamilyOption{Name: "colour", Values: []string{"red", "blue"}}
)

// Two products of a family never have all the same options, whatever shares the batch; each has a value for each option, one that there is.
func TestFamily_ProductsDifferInAnOption(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	family := m.family(sizes, colours)
	first, create := shirt(family, map[string]string{"size": "S", "colour": "red"})
	_, same := shirt(family, map[string]string{"colour": "red", "size": "S"})
	_, other := shirt(family, map[string]string{"size": "M", "colour": "red"})
	all := []events.Envelope{m.command(create), m.command(same), m.command(other)}
	var got []string
	for i, err := range m.togetherWith(all...) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, code(m.outcome(m.store, all[i])))
	}
	if diff := cmp.Diff([]string{"", "options_taken", ""}, got); diff != "" {
		t.Error(diff)
	}
	_, again := shirt(family, map[string]string{"size": "S", "colour": "red"})
	m.refused("options_taken", again)
	for _, options := range []map[string]string{
		nil, {"size": "S"}, {"size": "S", "colour": "green"}, {"size": "S", "colour": "blue", "cut": "slim"}, {"size": "XL", "colour": "blue"},
	} {
		_, wrong := shirt(family, options)
		m.refused("invalid", wrong)
	}
	_, nowhere := shirt(events.NewID(), map[string]string{"size": "S", "colour": "red"})
	m.refused("invalid", nowhere)
	m.must(events.DeleteProduct.New(first, events.Deletion{ExpectedVersion: 1}))
	m.must(again) // its place is free
}

// A function of the release before knows no families, and a change of its leaves a product in its own; a present one takes it out.
func TestFamily_WhatIsNotSaidStays(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	family := m.family(sizes)
	id, create := shirt(family, map[string]string{"size": "S"})
	m.must(create)
	fields := productNamed("T-"+id[24:], "Shirt", 900)
	is := func(version int64, want events.FamilyPlace) {
		t.Helper()
		m.must(events.UpdateProduct.New(id, events.Change[events.ProductFields]{ExpectedVersion: version, Fields: fields}))
		got, err := getProduct(t.Context(), m.store, events.Received[events.Lookup]{Data: events.Lookup{ID: id}})
		if diff := cmp.Diff(&want, got.Family); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	is(1, events.FamilyPlace{ID: family, Options: map[string]string{"size": "S"}})
	fields.Family = &events.FamilyPlace{ID: family, Options: map[string]string{"size": "L"}}
	is(2, *fields.Family)
	fields.Family = &events.FamilyPlace{}
	is(3, events.FamilyPlace{})
}

// What a product has of a family stays in it, and whoever takes it away is told how many have it; values may be added and sorted.
func TestFamily_WhatIsUsedStays(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	family := m.family(sizes, colours)
	for _, size := range []string{"S", "M"} {
		_, create := shirt(family, map[string]string{"size": size, "colour": "red"})
		m.must(create)
	}
	change := func(version int64, options ...events.FamilyOption) events.Outgoing {
		return events.UpdateFamily.New(family, events.Change[events.FamilyFields]{
			ExpectedVersion: version, Fields: events.FamilyFields{Name: "Shirt", Slug: "shirt", Options: options},
		})
	}
	blue, small := events.FamilyOption{Name: "colour", Values: []string{"blue"}}, events.FamilyOption{Name: "size", Values: []string{"M", "L"}}
	cut := events.FamilyOption{Name: "cut", Values: []string{"slim"}}
	for detail, refused := range map[string]events.Outgoing{
		"2 products have the colour red": change(1, sizes, blue), "One product has the size S": change(1, small, colours),
		"2 products have this family and": change(1, sizes, colours, cut), "2 products have this family": change(1, sizes),
	} {
		if got := m.do(refused); code(got) != "in_use" || !strings.HasPrefix(got.Problem.Detail, detail) {
			t.Errorf("%q: %+v", detail, got.Problem)
		}
	}
	m.must(change(1, events.FamilyOption{Name: "colour", Values: []string{"white", "red"}}, events.FamilyOption{Name: "size", Values: []string{"XS", "M", "S"}}))
	_, create := shirt(family, map[string]string{"size": "XS", "colour": "white"})
	m.must(create)
}

// Another family takes products when it has their options, and none like them.
func TestFamily_AnotherTakesWhatFits(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	from, into := m.family(sizes), m.family(sizes)
	narrow := m.family(events.FamilyOption{Name: "size", Values: []string{"M"}})
	id, create := shirt(from, map[string]string{"size": "S"})
	m.must(create)
	like, create := shirt(into, map[string]string{"size": "S"})
	m.must(create)
	merge := func(into string) events.Outgoing {
		return events.MergeFamily.New(from, events.Merger{ExpectedVersion: 1, IntoID: into})
	}
	m.refused("invalid", merge(narrow))
	m.refused("options_taken", merge(into))
	m.must(events.DeleteProduct.New(like, events.Deletion{ExpectedVersion: 1}))
	m.must(merge(into))
	got, err := getProduct(t.Context(), m.store, events.Received[events.Lookup]{Data: events.Lookup{ID: id}})
	if diff := cmp.Diff(&events.FamilyPlace{ID: into, Options: map[string]string{"size": "S"}}, got.Family); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
