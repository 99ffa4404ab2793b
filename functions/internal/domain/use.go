package domain

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/onlinemart/mart/events"
)

const (
	// MostMoved is how many products one command moves: so many rows are locked and written, and so many events told, in one transaction. Its
	// entry in the journal, with as many of the longest products, is one that a reader can still be answered with.
	MostMoved = 300
	// MostCounted is how far products are counted to say how many there are.
	MostCounted = 100_000
)

// Use is how products refer to the things of a noun.
type Use struct {
	// Stored is how many live products refer to each, as it was when the batch was loaded.
	Stored Table[int64]
	noun   string
	of     func(events.ProductFields) string                                 // to which one a product refers; "" to none
	give   func(*events.ProductFields, string)                               // makes it refer to another
	fits   func(c Case, into string, moved []Row[events.ProductState]) error // why it does not take these; nil: it takes any
}

// The nouns that products refer to.
var (
	BrandUse = Use{
		Stored: Table[int64]{"products of a brand"}, noun: "brand",
		of:   func(p events.ProductFields) string { return p.BrandID },
		give: func(p *events.ProductFields, id string) { p.BrandID = id },
	}
	CategoryUse = Use{
		Stored: Table[int64]{"products of a category"}, noun: "category",
		of:   func(p events.ProductFields) string { return p.CategoryID },
		give: func(p *events.ProductFields, id string) { p.CategoryID = id },
	}
	FamilyUse = Use{
		Stored: Table[int64]{"products of a family"}, noun: "family",
		of: familyOf,
		give: func(p *events.ProductFields, id string) {
			p.Family = &events.FamilyPlace{ID: id, Options: p.Family.Options}
		},
		fits: fitsFamily,
	}
)

// by tells whether a live product refers to a thing.
func (u Use) by(p Row[events.ProductState], id string) bool {
	return p.DeletedAt == nil && u.of(p.State.ProductFields) == id
}

// count is how many live products refer to a thing: those that were stored, and what was decided since.
func (u Use) count(c Case, id string) int64 {
	n, _ := u.Stored.Get(c.Rows, id)
	for _, p := range ProductRows.Changes(c.Rows) {
		if !p.Made && u.by(p.Before, id) {
			n--
		}
		if u.by(p.After, id) {
			n++
		}
	}
	return n
}

// keep refuses to let a thing go that products refer to, and says how many.
func (u Use) keep(c Case, id string) error {
	n := u.count(c, id)
	if n == 0 {
		return nil
	}
	return events.Refuse("in_use", "%s this %s. Delete or change them first, or name in reassign another %s that takes them.", u.amount(n), u.noun, u.noun)
}

// amount says how many products refer to something.
func (Use) amount(n int64) string {
	switch {
	case n == 1:
		return "One product has"
	case n > MostCounted:
		return fmt.Sprintf("More than %d products have", MostCounted)
	}
	return fmt.Sprintf("%d products have", n)
}

// move gives all products of a thing to another one: each is a change of the product, with a version and an event of its own. Errors: Problem
// too_many_products; ErrUnloaded.
func (u Use) move(c Case, from, to string) (told []events.Outgoing, err error) {
	n := u.count(c, from)
	if n > MostMoved {
		return nil, events.Refuse("too_many_products", "%s this %s, and at most %d are moved at once. Move or delete some of them first.", u.amount(n), u.noun, MostMoved)
	}
	var moved []Row[events.ProductState]
	for p := range ProductRows.All(c.Rows) {
		if u.by(p, from) && ProductRows.Held(c.Rows, p.State.ID) {
			moved = append(moved, p)
		}
	}
	if int64(len(moved)) < n {
		return nil, ErrUnloaded
	}
	slices.SortFunc(moved, func(a, b Row[events.ProductState]) int { return cmp.Compare(a.State.ID, b.State.ID) })
	if u.fits != nil {
		if err := u.fits(c, to, moved); err != nil {
			return nil, err
		}
	}
	for _, p := range moved {
		u.give(&p.State.ProductFields, to)
		p.State.Meta = Products.next(c, p.State.Meta)
		told = append(told, Products.write(c, p.State.ID, p, events.ProductUpdated)...)
	}
	return told, nil
}
