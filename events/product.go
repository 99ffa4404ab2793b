package events

import (
	"fmt"
	"time"
)

// ProductStatus is where a product is in its life; only published ones are shown and sold.
type ProductStatus string

// The life of a product.
const (
	ProductDraft     ProductStatus = "draft"
	ProductPublished ProductStatus = "published"
	ProductArchived  ProductStatus = "archived"
)

// ProductFields is what a member of staff says about a product.
type ProductFields struct {
	// SKU is unique among live products.
	SKU         string        `json:"sku" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" patternDescription:"1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first"`
	Name        string        `json:"name" minLength:"1" maxLength:"200"`
	Description string        `json:"description,omitempty" maxLength:"5000"`
	Price       Money         `json:"price"`
	BrandID     string        `json:"brandId,omitempty" format:"uuid"`
	CategoryID  string        `json:"categoryId,omitempty" format:"uuid"`
	ImageURL    string        `json:"imageUrl,omitempty" format:"uri" maxLength:"2000"`
	Status      ProductStatus `json:"status" enum:"draft,published,archived"`
	// TaxClass and WeightGrams are younger than the others: in a change their absence means that they stay as they are.
	TaxClass    string `json:"taxClass,omitempty" pattern:"^[a-z0-9]+(-[a-z0-9]+)*$" patternDescription:"small letters and digits, in words joined by single dashes" maxLength:"40"`
	WeightGrams *int64 `json:"weightGrams,omitempty" minimum:"0" maximum:"1000000"` // of one, packed
	// Family is younger still, and absent as they are.
	Family *FamilyPlace `json:"family,omitempty"`
}

// FamilyPlace is where in a family a product is: the value that it has for each of the family's options, by the option's name. The zero place is
// in no family.
type FamilyPlace struct {
	ID      string            `json:"id,omitempty" format:"uuid"`
	Options map[string]string `json:"options,omitempty"`
}

// StandardTaxClass is what is taxed as most things are: whatever says nothing else.
const StandardTaxClass = "standard"

// ProductState is a product as it is stored, with what can be sold of it right now.
type ProductState struct {
	Meta
	ProductFields
	Available int64 `json:"available"` // on hand and not reserved
	Reduction
}

// Reduction is what a product that has become cheaper did cost, for as long as it stays as cheap: both or neither is there.
type Reduction struct {
	// Was is the price at which it was offered before.
	Was *Money `json:"was,omitempty"`
	// LowestPrior is the lowest price at which it was offered in the 30 days before it became cheaper. Source: Directive 98/6/EC, article 6a.
	LowestPrior *Money `json:"lowestPrior,omitempty"`
}

// ProductPrice is one line of a product's append-only price history: what it costs from a moment on.
type ProductPrice struct {
	ProductID string    `json:"productId"`
	Version   int64     `json:"version"` // the product's, since which it is so
	Price     Money     `json:"price"`
	Offered   bool      `json:"offered"` // the product was published
	Since     time.Time `json:"since"`
}

// PriceFilter asks for a page of one product's prices, newest first.
type PriceFilter struct {
	Paging
	ProductID string `json:"productId"`
}

// ProductFilter asks for a page of products. Prices are in minor units; nil means no limit.
type ProductFilter struct {
	Paging
	BrandID    string        `json:"brandId,omitempty"`
	CategoryID string        `json:"categoryId,omitempty"` // it and everything below it
	FamilyID   string        `json:"familyId,omitempty"`
	Text       string        `json:"q,omitempty"` // words in the name, the SKU or the description
	MinPrice   *int64        `json:"minPrice,omitempty"`
	MaxPrice   *int64        `json:"maxPrice,omitempty"`
	InStock    bool          `json:"inStock,omitempty"`
	Status     ProductStatus `json:"status,omitempty"` // "" is any; the public always asks for published
}

// ProductGroup is a product in a list in which each family stands once: as the first in stock of its products that are asked for,
// or the first where none is.
type ProductGroup struct {
	ProductState
	Group *FamilyGroup `json:"group,omitempty"` // absent of a product that is in no family
}

// The messages about products.
var (
	products = Resource[ProductFields, ProductState, ProductFilter]{
		Noun: "product", Path: "/products", By: Product, Write: CatalogWrite, Anyone: true, Readers: by(Order, Notification), More: []Declared{ListProductGroups, ListPrices},
		Example: func(n int) ProductFields {
			return ProductFields{
				SKU: fmt.Sprintf("P-%d", n), Name: fmt.Sprintf("Product %d", n), Price: Money{Amount: int64(n), Currency: "EUR"}, Status: ProductPublished,
			}
		},
	}

	CreateProduct, UpdateProduct, DeleteProduct    = products.Commands()
	ProductCreated, ProductUpdated, ProductDeleted = products.Events()
	GetProduct, ListProducts                       = products.Queries()

	// ListProductGroups is a question of its own: a db that does not know it must not answer with each product by itself.
	ListProductGroups = Query[ProductFilter, Page[ProductGroup]]{Noun: "product", Verb: "groups", Producers: by(Product)}

	ListPrices = Query[PriceFilter, Page[ProductPrice]]{Noun: "product", Verb: "prices", Producers: by(Product), Needs: CatalogWrite}
)
