package client

import (
	"context"
	"fmt"
	"time"
)

// Money is an amount in minor units.
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

func (m Money) String() string {
	return fmt.Sprintf("%d.%02d %s", m.Amount/100, m.Amount%100, m.Currency)
}

// Meta is what every resource has.
type Meta struct {
	ID        string    `json:"id"`
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// Brand is a brand.
type Brand struct {
	Meta
	Name        string `json:"name"`
	Slug        string `json:"slug"`
	Description string `json:"description"`
}

// Product is a product as buyers see it.
type Product struct {
	Meta
	SKU         string `json:"sku"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Price       Money  `json:"price"`
	BrandID     string `json:"brandId"`
	CategoryID  string `json:"categoryId"`
	ImageURL    string `json:"imageUrl"`
	Status      string `json:"status"`
	TaxClass    string `json:"taxClass"`
	WeightGrams int64  `json:"weightGrams"`
	Available   int64  `json:"available"`
	Was         *Money `json:"was"`
	LowestPrior *Money `json:"lowestPrior"`

	FamilyID string            `json:"familyId"`
	Options  map[string]string `json:"options"`
	Family   *FamilyGroup      `json:"family"`
}

// FamilyGroup is what there is of a family among the products of a list.
type FamilyGroup struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Slug     string         `json:"slug"`
	Products int64          `json:"products"`
	InStock  bool           `json:"inStock"`
	Prices   []PriceRange   `json:"prices"`
	Options  []FamilyOption `json:"options"`
	ImageURL string         `json:"imageUrl"`
}

// PriceRange is from the lowest of some prices to the highest.
type PriceRange struct {
	Min Money `json:"min"`
	Max Money `json:"max"`
}

// Family is products that are the same thing in several sizes, colours and the like.
type Family struct {
	Meta
	Name        string         `json:"name"`
	Slug        string         `json:"slug"`
	Description string         `json:"description"`
	Options     []FamilyOption `json:"options"`
}

// FamilyOption is something in which the products of a family differ.
type FamilyOption struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// Price is a line of a product's price history.
type Price struct {
	Version int64 `json:"version"`
	Price   Money `json:"price"`
	Offered bool  `json:"offered"`
}

// Stock is how much there is of a product.
type Stock struct {
	ProductID string `json:"productId"`
	OnHand    int64  `json:"onHand"`
	Reserved  int64  `json:"reserved"`
	Available int64  `json:"available"`
	Version   int64  `json:"version"`
}

// Customer is a buyer's account.
type Customer struct {
	Meta
	Email string `json:"email"`
	Name  string `json:"name"`
}

// Line is one line of an order.
type Line struct {
	ProductID string `json:"productId"`
	SKU       string `json:"sku,omitempty"`
	Name      string `json:"name,omitempty"`
	UnitPrice *Money `json:"unitPrice,omitempty"`
	Quantity  int64  `json:"quantity"`
	Total     *Money `json:"total,omitempty"`
	Tax       *Money `json:"tax,omitempty"`
	Cancelled int64  `json:"cancelled,omitempty"`
	Shipped   int64  `json:"shipped,omitempty"`
	Delivered int64  `json:"delivered,omitempty"`
	Returned  int64  `json:"returned,omitempty"`
}

// Return is a part of an order that comes back, or has.
type Return struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Reason string `json:"reason"`
	Note   string `json:"note"`
	Lines  []Line `json:"lines"`
	Refund *struct {
		ID     string `json:"id"`
		Amount Money  `json:"amount"`
		Tax    Money  `json:"tax"`
	} `json:"refund"`
}

// Received is goods that have come back.
type Received struct {
	ProductID string `json:"productId"`
	Quantity  int64  `json:"quantity"`
	Restock   bool   `json:"restock"`
}

// Fulfilment is a part of an order that was sent.
type Fulfilment struct {
	ID             string     `json:"id"`
	Lines          []Line     `json:"lines"`
	Carrier        string     `json:"carrier"`
	TrackingNumber string     `json:"trackingNumber"`
	DeliveredAt    *time.Time `json:"deliveredAt"`
}

// Order is an order.
type Order struct {
	Meta
	Number     string    `json:"number"`
	CustomerID string    `json:"customerId"`
	Status     string    `json:"status"`
	Lines      []Line    `json:"lines"`
	Goods      Money     `json:"goods"`
	Charges    []Charge  `json:"charges"`
	Taxes      []Tax     `json:"taxes"`
	Total      Money     `json:"total"`
	PayBy      time.Time `json:"payBy"`
	History    []struct {
		Status string    `json:"status"`
		Action string    `json:"action"`
		PartID string    `json:"partId"`
		At     time.Time `json:"at"`
	} `json:"history"`
	Fulfilments []Fulfilment `json:"fulfilments"`
	Returns     []Return     `json:"returns"`
	Guest       *Guest       `json:"guest"` // of an order that was placed without an account
}

// Payment is a payment.
type Payment struct {
	Meta
	OrderID string `json:"orderId"`
	Amount  Money  `json:"amount"`
	Status  string `json:"status"`
	Failure *struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"failure"`
	NextAction *struct {
		RedirectURL string `json:"redirectUrl"`
	} `json:"nextAction"`
}

// Operation is a request that was accepted.
type Operation struct {
	ID       string `json:"id"`
	Status   string `json:"status"`
	Resource struct {
		Type string `json:"type"`
		ID   string `json:"id"`
		Href string `json:"href"`
	} `json:"resource"`
	Error *Problem `json:"error"`
}

// Page is one page of a list.
type Page[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"nextCursor"`
}

// Stocked makes a published product with that much stock. The client must be staff.
func (c Client) Stocked(ctx context.Context, sku, name string, price Money, stock int64) (Product, error) {
	p, err := Post[Product](ctx, c, "/products", map[string]any{"sku": sku, "name": name, "price": price, "status": "published"})
	if err != nil || stock == 0 {
		return p, err
	}
	_, err = c.Adjust(ctx, p.ID, stock, "received")
	return p, err
}

// Adjust changes stock by delta.
func (c Client) Adjust(ctx context.Context, product string, delta int64, reason string) (Stock, error) {
	return Post[Stock](ctx, c, "/stock/"+product+"/adjustments", map[string]any{"delta": delta, "reason": reason}, NewKey())
}
