package product

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
	"github.com/onlinemart/mart/functions/product/internal/family"
)

var writers = web.Access{Staff: events.CatalogWrite}

// Routes declares what comes in by HTTP.
func Routes(api *web.API) {
	products.Declare(api)
	family.Routes(api)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/products", ID: "listProducts",
		Summary: "Browse products",
		Description: "What is for sale, with what is available of each right now. Everybody sees published products only; status is for staff who write the catalogue, and 403 to everybody " +
			"else. What a list shows may be some seconds old; an order decides on what there is." + web.Listing,
		Access: web.Access{Anyone: true}, Also: []int{http.StatusForbidden}, Sorts: []string{"-createdAt", "name", "price"},
	}, list(api))
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/products/{id}/prices", ID: "listPrices",
		Summary:     "List what a product costs and did cost, the newest first",
		Description: "Each line holds until the next one begins. The history proves what a price was before a reduction: was and lowestPrior of the product are made of it." + web.Listing,
		Access:      writers, Sorts: []string{"-version"},
	}, prices(api))
}

var products = web.Entity[ProductFields, events.ProductFields, events.ProductState, Product]{
	Noun: "product", Path: "/products", Read: web.Access{Anyone: true}, Write: writers,
	About: web.About{
		Shown: "One that is not published is found by staff who write the catalogue, and is 404 to everybody else. What is available and its ETag change with every sale, its version does not.",
		Refused: "409 `sku_taken`: another product has the SKU. 409 `options_taken`: another one of its family has the same options. 422 where there is no such brand, category or family, or the options are not the family's. " +
			"A new product has a stock of 0: count it in with /stock/{productId}/adjustments. Another price holds for orders that are placed from then on, shows in carts as a change, and is kept in /products/{id}/prices.",
		Gone: "Carts say of their lines that it is not sold; orders that were placed stay as they were. Its SKU is free again.",
	},
	Create: events.CreateProduct, Update: events.UpdateProduct, Delete: events.DeleteProduct, Get: events.GetProduct,
	Created: events.ProductCreated, Updated: events.ProductUpdated, Deleted: events.ProductDeleted,
	Rules: rules, Fields: fields, Show: show, Meta: func(p events.ProductState) events.Meta { return p.Meta },
	Beside: func(p events.ProductState) []int64 { return []int64{p.Available} }, // sold and restocked without a new version
	Hidden: hidden, Cache: cache,
}

// ProductFields is what staff say about a product.
type ProductFields struct {
	SKU         string               `json:"sku" doc:"The mart's own number for it; unique." example:"TEA-EG-100"`
	Name        string               `json:"name" doc:"What customers read." example:"Earl Grey, 100 g"`
	Description string               `json:"description,omitempty" doc:"More about it, for customers; searched, too. Plain text." example:"Black tea with bergamot."`
	Price       events.Money         `json:"price" doc:"What one of it costs. Orders that were placed keep the price that they were placed at."`
	BrandID     string               `json:"brandId,omitempty" format:"uuid" doc:"Whose brand it has; 422 where there is no such brand." example:"3ce63b20-710a-548a-99a5-01e6ec205bd0"`
	CategoryID  string               `json:"categoryId,omitempty" format:"uuid" doc:"Where in the tree of categories it is found." example:"fe62fb79-a7dc-5252-be6f-77eb6d1bdf74"`
	ImageURL    string               `json:"imageUrl,omitempty" format:"uri" doc:"By https; by http only of the machine itself, as http://localhost:8080/mug.jpg."`
	Status      events.ProductStatus `json:"status" doc:"Only a published product is shown and sold." example:"published"`
	TaxClass    string               `json:"taxClass,omitempty" doc:"Which of a country's tax rates holds for it, such as reduced; standard when absent."`
	WeightGrams *int64               `json:"weightGrams,omitempty" doc:"Of one of it, packed: what a parcel costs may depend on it. 0 when absent."`
	FamilyID    string               `json:"familyId,omitempty" format:"uuid" doc:"The family that it is one of."`
	Options     map[string]string    `json:"options,omitempty" doc:"A value for each option of its family, by the option's name; no two products of a family have all the same."`
}

// TransformSchema gives the members the limits of their declaration.
func (ProductFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.ProductFields](s)
}

// Product is a product as clients see it.
type Product struct {
	web.Meta
	SKU         string               `json:"sku" doc:"The mart's own number for it; unique." example:"TEA-EG-100"`
	Name        string               `json:"name" doc:"What customers read." example:"Earl Grey, 100 g"`
	Description string               `json:"description,omitempty" doc:"More about it, for customers. Plain text." example:"Black tea with bergamot."`
	Price       events.Money         `json:"price" doc:"What one of it costs now."`
	BrandID     string               `json:"brandId,omitempty" format:"uuid" doc:"Whose brand it has." example:"3ce63b20-710a-548a-99a5-01e6ec205bd0"`
	CategoryID  string               `json:"categoryId,omitempty" format:"uuid" doc:"Where in the tree of categories it is found." example:"fe62fb79-a7dc-5252-be6f-77eb6d1bdf74"`
	ImageURL    string               `json:"imageUrl,omitempty" doc:"A picture of it, by https, or of the machine itself." example:"https://pictures.example/earl-grey.jpg"`
	Status      events.ProductStatus `json:"status" enum:"draft,published,archived" doc:"Only a published product is shown to customers and sold; draft and archived ones are shown to staff." example:"published"`
	TaxClass    string               `json:"taxClass" doc:"Which of a country's tax rates holds for it." example:"standard"`
	WeightGrams int64                `json:"weightGrams" minimum:"0" doc:"Of one of it, packed; 0 where nobody has said." example:"130"`
	FamilyID    string               `json:"familyId,omitempty" format:"uuid" doc:"The family that it is one of."`
	Options     map[string]string    `json:"options,omitempty" doc:"A value for each option of its family, by the option's name."`
	Available   int64                `json:"available" minimum:"0" doc:"What can be sold right now." example:"24"`
	Was         *events.Money        `json:"was,omitempty" doc:"The price at which it was offered before it became cheaper; absent when it did not, or has become dearer since."`
	LowestPrior *events.Money        `json:"lowestPrior,omitempty" doc:"The lowest price at which it was offered in the 30 days before it became cheaper; there whenever was is. European shops must show it."`
}

// Resolve finds what is wrong beyond the shape.
func (f ProductFields) Resolve(huma.Context) []error {
	_, err := rules(f)
	return web.Faults(err)
}

// rules is what is sent of what a request says: all of it, because to db the absence of a younger member means that it stays as it is.
func rules(f ProductFields) (events.ProductFields, error) {
	return domain.Product(domain.WholeProduct(events.ProductFields{
		SKU: f.SKU, Name: f.Name, Description: f.Description, Price: f.Price, BrandID: f.BrandID, CategoryID: f.CategoryID, ImageURL: f.ImageURL, Status: f.Status,
		TaxClass: f.TaxClass, WeightGrams: f.WeightGrams, Family: &events.FamilyPlace{ID: f.FamilyID, Options: f.Options},
	}))
}

func fields(p events.ProductState) ProductFields {
	f := domain.WholeProduct(p.ProductFields) // an older db does not know all of them
	return ProductFields{
		SKU: f.SKU, Name: f.Name, Description: f.Description, Price: f.Price, BrandID: f.BrandID, CategoryID: f.CategoryID, ImageURL: f.ImageURL, Status: f.Status,
		TaxClass: f.TaxClass, WeightGrams: f.WeightGrams, FamilyID: f.Family.ID, Options: f.Family.Options,
	}
}

func show(p events.ProductState) Product {
	p.ProductFields = domain.WholeProduct(p.ProductFields) // an older db does not know all of them
	return Product{
		Meta: web.MetaOf(p.Meta), SKU: p.SKU, Name: p.Name, Description: p.Description, Price: p.Price, BrandID: p.BrandID,
		CategoryID: p.CategoryID, ImageURL: p.ImageURL, Status: p.Status, Available: p.Available,
		TaxClass: p.TaxClass, WeightGrams: *p.WeightGrams, FamilyID: p.Family.ID, Options: p.Family.Options,
		Was: p.Was, LowestPrior: p.LowestPrior,
	}
}

// hidden tells what is kept from everybody but those who write the catalogue.
func hidden(p events.ProductState) bool { return p.Status != events.ProductPublished }

// cache lets everybody keep a published product for a moment, and nobody any other.
func cache(p events.ProductState) string {
	if p.Status == events.ProductPublished {
		return web.CacheBriefly
	}
	return web.NoStore
}
