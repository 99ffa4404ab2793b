package events

import "fmt"

// BrandFields is what a member of staff says about a brand.
type BrandFields struct {
	Name string `json:"name" minLength:"1" maxLength:"120"`
	// Slug is unique among live brands.
	Slug        string `json:"slug" pattern:"^[a-z0-9]+(-[a-z0-9]+)*$" patternDescription:"small letters and digits, in words joined by single dashes" maxLength:"140"`
	Description string `json:"description,omitempty" maxLength:"2000"`
}

// BrandState is a brand as it is stored.
type BrandState struct {
	Meta
	BrandFields
}

// BrandFilter asks for a page of brands.
type BrandFilter struct {
	Paging
}

// The messages about brands.
var (
	brands = Resource[BrandFields, BrandState, BrandFilter]{
		Noun: "brand", Path: "/brands", By: Brand, Write: CatalogWrite, Anyone: true, Merges: true,
		Example: func(n int) BrandFields {
			return BrandFields{Name: fmt.Sprintf("Brand %d", n), Slug: fmt.Sprintf("brand-%d", n)}
		},
	}

	CreateBrand, UpdateBrand, DeleteBrand    = brands.Commands()
	MergeBrand                               = brands.Merge()
	BrandCreated, BrandUpdated, BrandDeleted = brands.Events()
	GetBrand, ListBrands                     = brands.Queries()
)
