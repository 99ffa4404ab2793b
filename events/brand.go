package events

// BrandFields is what a member of staff says about a brand.
type BrandFields struct {
	Name        string `json:"name" minLength:"1" maxLength:"120"`
	Slug        string `json:"slug" pattern:"^[a-z0-9]+(-[a-z0-9]+)*$" maxLength:"140"` // unique among live brands
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
	CreateBrand = Message[BrandFields]{Kind: Command, Noun: "brand", Verb: "create", By: by(Brand), For: to(DB), Needs: CatalogWrite}
	UpdateBrand = Message[Change[BrandFields]]{Kind: Command, Noun: "brand", Verb: "update", By: by(Brand), For: to(DB), Needs: CatalogWrite}
	DeleteBrand = Message[Deletion]{Kind: Command, Noun: "brand", Verb: "delete", By: by(Brand), For: to(DB), Needs: CatalogWrite}

	BrandCreated = Message[BrandState]{Kind: Event, Noun: "brand", Verb: "created", By: by(DB)}
	BrandUpdated = Message[BrandState]{Kind: Event, Noun: "brand", Verb: "updated", By: by(DB)}
	BrandDeleted = Message[BrandState]{Kind: Event, Noun: "brand", Verb: "deleted", By: by(DB)}

	GetBrand   = Query[Lookup, BrandState]{Noun: "brand", Verb: "get", By: by(Brand)}
	ListBrands = Query[BrandFilter, Page[BrandState]]{Noun: "brand", Verb: "list", By: by(Brand)}
)

var brandMessages = []Declared{CreateBrand, UpdateBrand, DeleteBrand, BrandCreated, BrandUpdated, BrandDeleted, GetBrand, ListBrands}
