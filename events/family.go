package events

import "fmt"

// FamilyOption is something in which the products of a family differ, with the values that it may have, in the order in which they are shown.
type FamilyOption struct {
	Name   string   `json:"name" minLength:"1" maxLength:"60" doc:"In what they differ." example:"size"`
	Values []string `json:"values" minItems:"1" maxItems:"100" nullable:"false" doc:"Each of 1 to 60 characters, in the order in which they are shown." example:"S,M,L"`
}

// FamilyFields is what a member of staff says about a family of products, such as a shirt in its sizes and colours.
type FamilyFields struct {
	Name string `json:"name" minLength:"1" maxLength:"120"`
	// Slug is unique among live families.
	Slug        string         `json:"slug" pattern:"^[a-z0-9]+(-[a-z0-9]+)*$" patternDescription:"small letters and digits, in words joined by single dashes" maxLength:"140"`
	Description string         `json:"description,omitempty" maxLength:"5000"`
	Options     []FamilyOption `json:"options" minItems:"1" maxItems:"5" nullable:"false"`
}

// FamilyState is a family as it is stored.
type FamilyState struct {
	Meta
	FamilyFields
}

// FamilyGroup is what there is of a family among the products that are asked for: those that a filter leaves out do not count.
type FamilyGroup struct {
	ID       string         `json:"id" format:"uuid" doc:"The family's id."`
	Name     string         `json:"name" doc:"What it is called." example:"Linen shirt"`
	Slug     string         `json:"slug" doc:"For addresses of pages." example:"linen-shirt"`
	Products int64          `json:"products" minimum:"1" doc:"How many there are."`
	InStock  bool           `json:"inStock" doc:"One of them can be sold right now."`
	Prices   []PriceRange   `json:"prices" nullable:"false" doc:"Of each currency the lowest and the highest."`
	Options  []FamilyOption `json:"options" nullable:"false" doc:"The values that they have, in the order of the family."`
	ImageURL string         `json:"imageUrl,omitempty" doc:"A picture of one of them: of the newest that has one."`
}

// PriceRange is from the lowest of some prices to the highest, in one currency.
type PriceRange struct {
	Min Money `json:"min" doc:"What the cheapest costs."`
	Max Money `json:"max" doc:"What the dearest costs."`
}

// FamilyFilter asks for a page of families.
type FamilyFilter struct {
	Paging
}

// The messages about families.
var (
	families = Resource[FamilyFields, FamilyState, FamilyFilter]{
		Noun: "family", Path: "/families", By: Product, Write: CatalogWrite, Anyone: true, Merges: true,
		Example: func(n int) FamilyFields {
			return FamilyFields{
				Name: fmt.Sprintf("Shirt %d", n), Slug: fmt.Sprintf("shirt-%d", n),
				Options: []FamilyOption{{Name: "size", Values: []string{"S", "M"}}, {Name: "colour", Values: []string{"red", "blue"}}},
			}
		},
	}

	CreateFamily, UpdateFamily, DeleteFamily    = families.Commands()
	MergeFamily                                 = families.Merge()
	FamilyCreated, FamilyUpdated, FamilyDeleted = families.Events()
	GetFamily, ListFamilies                     = families.Queries()
)
