package events

// CategoryFields is what a member of staff says about a category.
type CategoryFields struct {
	Name     string `json:"name" minLength:"1" maxLength:"120"`
	Slug     string `json:"slug" pattern:"^[a-z0-9]+(-[a-z0-9]+)*$" maxLength:"140"` // unique among live categories
	ParentID string `json:"parentId,omitempty" format:"uuid"`                        // "" at the root; the tree has no cycles
}

// Breadcrumb is one step from the root of the tree to a category.
type Breadcrumb struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
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
	CreateCategory = Message[CategoryFields]{Kind: Command, Noun: "category", Verb: "create", By: by(Category), For: to(DB), Needs: CatalogWrite}
	UpdateCategory = Message[Change[CategoryFields]]{Kind: Command, Noun: "category", Verb: "update", By: by(Category), For: to(DB), Needs: CatalogWrite}
	DeleteCategory = Message[Deletion]{Kind: Command, Noun: "category", Verb: "delete", By: by(Category), For: to(DB), Needs: CatalogWrite}

	CategoryCreated = Message[CategoryState]{Kind: Event, Noun: "category", Verb: "created", By: by(DB)}
	CategoryUpdated = Message[CategoryState]{Kind: Event, Noun: "category", Verb: "updated", By: by(DB)}
	CategoryDeleted = Message[CategoryState]{Kind: Event, Noun: "category", Verb: "deleted", By: by(DB)}

	GetCategory    = Query[Lookup, CategoryState]{Noun: "category", Verb: "get", By: by(Category)}
	ListCategories = Query[CategoryFilter, Page[CategoryState]]{Noun: "category", Verb: "list", By: by(Category)}
)

var categoryMessages = []Declared{
	CreateCategory, UpdateCategory, DeleteCategory, CategoryCreated, CategoryUpdated, CategoryDeleted, GetCategory, ListCategories,
}
