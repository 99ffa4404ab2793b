package events

import "fmt"

// FamilyOption is something in which the products of a family differ, with the values that it may have, in the order in which they are shown.
type FamilyOption struct {
	Name   string   `json:"name" minLength:"1" maxLength:"60"`
	Values []string `json:"values" minItems:"1" maxItems:"100" nullable:"false" doc:"Each of 1 to 60 characters, in the order in which they are shown."`
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
