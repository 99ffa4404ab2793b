package events

import "fmt"

// CategoryFields is what a member of staff says about a category.
type CategoryFields struct {
	Name string `json:"name" minLength:"1" maxLength:"120"`
	// Slug is unique among live categories.
	Slug     string `json:"slug" pattern:"^[a-z0-9]+(-[a-z0-9]+)*$" patternDescription:"small letters and digits, in words joined by single dashes" maxLength:"140"`
	ParentID string `json:"parentId,omitempty" format:"uuid"` // "" at the root; the tree has no cycles
}

// Breadcrumb is one step from the root of the tree to a category.
type Breadcrumb struct {
	ID   string `json:"id" doc:"The category's id."`
	Name string `json:"name" doc:"What it is called." example:"Black tea"`
	Slug string `json:"slug" doc:"Its slug." example:"black-tea"`
}

// CategoryState is a category as it is stored, with its place in the tree.
type CategoryState struct {
	Meta
	CategoryFields
	Path []Breadcrumb `json:"path"` // from the root, itself last
}

// CategoryFilter asks for a page of categories.
type CategoryFilter struct {
	Paging
	ParentID string `json:"parentId,omitempty"`
}

// The messages about categories.
var (
	categories = Resource[CategoryFields, CategoryState, CategoryFilter]{
		Noun: "category", Path: "/categories", By: Category, Write: CatalogWrite, Anyone: true, Merges: true,
		Example: func(n int) CategoryFields {
			return CategoryFields{Name: fmt.Sprintf("Category %d", n), Slug: fmt.Sprintf("category-%d", n)}
		},
	}

	CreateCategory, UpdateCategory, DeleteCategory    = categories.Commands()
	MergeCategory                                     = categories.Merge()
	CategoryCreated, CategoryUpdated, CategoryDeleted = categories.Events()
	GetCategory, ListCategories                       = categories.Queries()
)
