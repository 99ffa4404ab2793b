package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
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

// Category is a category with the names of those above it.
type Category struct {
	Meta
	Name     string `json:"name"`
	Slug     string `json:"slug"`
	ParentID string `json:"parentId"`
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

// Tokens is the answer of the token endpoint. Source: RFC 6749.
type Tokens struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
	Scope        string `json:"scope"`
	Device       string `json:"device"`
}

// The two doors: customers come in by the storefront, staff by the back office.
const (
	Storefront = "storefront"
	Backoffice = "backoffice"
)

// Login gets tokens for a person. Errors: *Problem-like refusal of the token endpoint.
func (c Client) Login(ctx context.Context, door, email, password string) (Tokens, error) {
	return Post[Tokens](ctx, c.As(""), "/oauth/token", url.Values{
		"grant_type": {"password"}, "client_id": {door}, "username": {email}, "password": {password},
	})
}

// Enter is the same mart as that person.
func (c Client) Enter(ctx context.Context, door, email, password string) (Client, error) {
	t, err := c.Login(ctx, door, email, password)
	return c.As(t.AccessToken), err
}

// The tries of EnterFirst are fewer than the wrong passwords that one place may try at an account; all pauses together are 13 s.
const (
	ownerTries = 9
	ownerPause = 50 * time.Millisecond // before the second; each is twice as long as the one before
)

// EnterFirst is the mart as its first owner, whom a mart that has just been started makes in the background: a refusal is believed only
// when all tries are over. Error: the last one's, or ctx ended.
func (c Client) EnterFirst(ctx context.Context, email, password string) (Client, error) {
	pause := ownerPause
	for tried := 1; ; tried++ {
		owner, err := c.Enter(ctx, Backoffice, email, password)
		if err == nil || tried == ownerTries {
			return owner, err
		}
		select {
		case <-ctx.Done():
			return owner, fmt.Errorf("%w; the last try: %w", ctx.Err(), err)
		case <-time.After(pause):
			pause *= 2
		}
	}
}

// Register makes a customer's account and enters with it. The answer tells nothing of the account: who logs in reads it.
func (c Client) Register(ctx context.Context, email, name, password string) (Client, Customer, error) {
	_, a, err := Do[any](ctx, c.As(""), http.MethodPost, "/customers", map[string]string{"email": email, "name": name, "password": password})
	if err == nil && a.Pending() != "" {
		_, err = c.As("").settled(ctx, a.Pending())
	}
	if err != nil {
		return c, Customer{}, err
	}
	entered, err := c.Enter(ctx, Storefront, email, password)
	if err != nil {
		return c, Customer{}, err
	}
	customer, err := Get[Customer](ctx, entered, "/customers/me")
	return entered, customer, err
}

// Pending is the path of the operation that the mart has accepted and not carried out yet; "" otherwise.
func (a Answer) Pending() string {
	if at := a.Header.Get("Location"); a.Status == http.StatusAccepted && strings.HasPrefix(at, "/operations/") {
		return at
	}
	return ""
}

// settled waits for the end of an operation, and gives the path of what it made or changed. Error: *Problem when it failed.
func (c Client) settled(ctx context.Context, operation string) (path string, err error) {
	o, err := Until(ctx, c, operation, func(o Operation) bool { return o.Status != "pending" })
	if err == nil && o.Error != nil {
		return "", o.Error
	}
	return o.Resource.Href, err
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

// The pause between two looks is a part of how long it takes already: exact when it is quick, cheap when it is not.
const (
	shortestPause = 5 * time.Millisecond
	longestPause  = 100 * time.Millisecond
)

// Until polls path until ok says so, at most until ctx ends.
func Until[T any](ctx context.Context, c Client, path string, ok func(T) bool) (T, error) {
	for begun := time.Now(); ; {
		got, a, err := Do[T](ctx, c, http.MethodGet, path, nil)
		if err == nil && ok(got) {
			return got, nil
		}
		select {
		case <-ctx.Done():
			return got, fmt.Errorf("waited in vain at %s: %w; last answer %d %.300s", path, ctx.Err(), a.Status, a.Body)
		case <-time.After(min(max(time.Since(begun)/10, shortestPause), longestPause)):
		}
	}
}
