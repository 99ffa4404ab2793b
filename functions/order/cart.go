package order

import (
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
	"github.com/onlinemart/mart/functions/internal/web"
)

// carts declares how somebody collects what they think of ordering.
func (r routes) carts() {
	anyone, opened, suspended := web.Access{Anyone: true}, web.Access{Anyone: true, Cart: true}, []int{http.StatusForbidden}
	web.Change(r.api, web.Route{
		Method: http.MethodPost, Path: "/carts", ID: "openCart", Summary: "Open a cart, or get yours", Description: openingCart, Access: anyone, Also: suspended,
	}, web.Write[openCartIn, events.CartState, Cart]{
		Command: r.openCart, Done: events.CartUpdated, Created: events.CartOpened, Status: http.StatusOK, Show: r.showOpened, Version: versionOfCart, Beside: besideCart, Href: hrefOfCart,
	})
	web.Read(r.api, web.Route{
		Method: http.MethodGet, Path: "/carts/{id}", ID: "getCart", Summary: "Look into a cart, at the prices of now", Description: lookingIntoCart, Access: opened,
	}, r.getCart)
	web.Change(r.api, web.Route{
		Method: http.MethodPut, Path: "/carts/{id}/lines/{productId}", ID: "setCartLine", Summary: "Say how many of a product are in a cart", Description: fillingCart, Access: opened, Also: suspended,
	}, web.Write[cartLineIn, events.CartState, Cart]{
		Command: setCartLine, Done: events.CartUpdated, Status: http.StatusOK, Show: showCart, Version: versionOfCart, Beside: besideCart,
	})
	web.Change(r.api, web.Route{
		Method: http.MethodDelete, Path: "/carts/{id}/lines/{productId}", ID: "removeCartLine", Summary: "Take a product out of a cart",
		Description: "It takes the Cart-Secret of a cart that is no customer's. 404: there is no such cart, it is not yours, or the product is not in it. 409 `cart_ordered`: it became an " +
			"order.",
		Access: opened, Also: suspended,
	}, web.Write[cartLineOutIn, events.CartState, Cart]{
		Command: removeCartLine, Done: events.CartUpdated, Status: http.StatusOK, Show: showCart, Version: versionOfCart, Beside: besideCart,
	})
	web.Change(r.api, web.Route{
		Method: http.MethodDelete, Path: "/carts/{id}", ID: "deleteCart", Summary: "Throw a cart away",
		Description: "What is in it is gone; nothing was reserved. It takes the Cart-Secret of a cart that is no customer's. 404: there is no such cart, or it is not yours. 409 " +
			"`cart_ordered`: it became an order, which can be cancelled in its place.",
		Access: opened, Also: suspended,
	}, web.Write[cartIn, events.CartState, struct{}]{Command: deleteCart, Done: events.CartDeleted, Status: http.StatusNoContent})
	web.Change(r.api, web.Route{
		Method: http.MethodPost, Path: "/carts/{id}/claim", ID: "claimCart", Summary: "Make a cart yours, or put what is in it into yours", Description: claimingCart, Access: customers,
	}, web.Write[cartIn, events.CartState, Cart]{
		Command: claimCart, Done: events.CartClaimed, Status: http.StatusOK, Show: showCart, Version: versionOfCart, Beside: besideCart,
	})
	r.cartOrders()
}

const openingCart = "Without a token each request opens another cart, also with the same Idempotency-Key: whoever guessed one would open a stranger's. Its secret is answered here alone, as cart.secret: " +
	"keep it, and send it as Cart-Secret with everything about the cart. A customer has one open cart, which their token opens and which has no secret: 200 when there is one already. A cart " +
	"reserves nothing. It is kept until expiresAt, which moves on with each change."

const lookingIntoCart = "Each line has its price of now, and changes says what has become of it since it was put in: price, not_sold, not_enough. 404 is answered of a cart that there is not any more and of one that " +
	"neither the token nor the Cart-Secret opens."

const fillingCart = "The quantity is how many there are then, and the price of now counts as seen. More than are available may be put in, and the line says so. 422 product_not_sold, 409 cart_full, 409 cart_ordered."

const claimingCart = "Asked for at log-in, with the Cart-Secret. Where the customer has no open cart, it is theirs; else what is in it is in theirs, which is answered: quantities of one product add, as far as one line of " +
	"an order goes and as many as are available. The secret opens nothing any more."

// Cart is what somebody thinks of ordering, as it would be at this moment.
type Cart struct {
	web.Meta
	Status    events.CartStatus `json:"status" enum:"open,ordered" doc:"open: it can be changed and ordered; ordered: see orderId." example:"open"`
	Lines     []CartLine        `json:"lines" nullable:"false" doc:"What is in it, as it was put in."`
	Total     *events.Money     `json:"total,omitempty" doc:"Of the lines that are sold, at the prices of now, without shipping and taxes that are added; absent where there is none, or no single currency." example:"{\"amount\":2580,\"currency\":\"EUR\"}"`
	OrderID   string            `json:"orderId,omitempty" format:"uuid" doc:"The order that it was ordered as."`
	ExpiresAt time.Time         `json:"expiresAt" doc:"Until when it is kept, unless it changes before." example:"2026-04-02T09:41:00Z"`
	Secret    string            `json:"secret,omitempty" doc:"What opens it, sent as Cart-Secret: only in the answer that opens one without a token." example:"c2VjcmV0LW9mLWEtY2FydA"`
}

// CartLine is one line of a cart.
type CartLine struct {
	ProductID string              `json:"productId" format:"uuid" doc:"Which product."`
	Name      string              `json:"name" doc:"What it is called now." example:"Earl Grey, 100 g"`
	SKU       string              `json:"sku,omitempty" doc:"Its SKU of now; absent, as options and imageUrl, when it is not sold any more." example:"TEA-EG-100"`
	Options   map[string]string   `json:"options,omitempty" doc:"What it has for each option of its family, by the option's name." example:"{\"size\":\"M\"}"`
	ImageURL  string              `json:"imageUrl,omitempty" format:"uri" doc:"A picture of it." example:"https://images.example.com/earl-grey.jpg"`
	Quantity  int64               `json:"quantity" minimum:"1" doc:"How many are wanted." example:"2"`
	SeenPrice events.Money        `json:"seenPrice" doc:"What one cost when the line was last put in."`
	UnitPrice *events.Money       `json:"unitPrice,omitempty" doc:"What one costs now; absent when it is not sold any more." example:"{\"amount\":1290,\"currency\":\"EUR\"}"`
	Total     *events.Money       `json:"total,omitempty" doc:"What all of them cost now." example:"{\"amount\":2580,\"currency\":\"EUR\"}"`
	Available int64               `json:"available" minimum:"0" doc:"How many can be bought now." example:"24"`
	Changes   []events.CartChange `json:"changes" enum:"price,not_sold,not_enough" nullable:"false" doc:"What has become of it since it was put in. price: it costs more or less. not_sold: it is not for sale any more. not_enough: fewer are available than are wanted."`
}

// CartQuantity is how many of a product are in a cart.
type CartQuantity struct {
	Quantity int64 `json:"quantity" doc:"How many there are then. To take a product out, delete its line." example:"2"`
}

// TransformSchema gives the member the limits of its declaration.
func (CartQuantity) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.OrderItem](s)
}

// CartKey is what opens a cart that is no customer's. It stands in a header: paths are written into logs.
type CartKey struct {
	Secret string `header:"Cart-Secret" maxLength:"100" doc:"What opens the cart, as its opening answered; not needed for a customer's own."`
}

func (k CartKey) key() (key events.CartKey) {
	if k.Secret != "" {
		key.SecretHash = mailtoken.Hash(k.Secret)
	}
	return key
}

type openCartIn struct{ web.PreferInput }

type cartIn struct {
	web.PreferInput
	CartKey
	ID web.ID `path:"id" format:"uuid"`
}

type cartLineOutIn struct {
	web.PreferInput
	CartKey
	ID        web.ID `path:"id" format:"uuid"`
	ProductID web.ID `path:"productId" format:"uuid"`
}

type cartLineIn struct {
	web.PreferInput
	CartKey
	ID        web.ID `path:"id" format:"uuid"`
	ProductID web.ID `path:"productId" format:"uuid"`
	Body      CartQuantity
}

type getCartIn struct {
	web.Cached
	CartKey
	ID web.ID `path:"id" format:"uuid"`
}

// secretOf is what opens a cart. Only those who have the keys make it; db has its hash.
func (r routes) secretOf(cart string) string { return r.api.Keys().Digest("secret of a cart", cart) }

// openCart opens one, or finds the customer's. One of somebody unknown is another one each time.
func (r routes) openCart(ctx context.Context, _ *openCartIn) (events.Outgoing, error) {
	id := events.NewID()
	if web.CustomerScope(ctx) == "" {
		return events.OpenCart.New(id, events.CartKey{SecretHash: mailtoken.Hash(r.secretOf(id))}).WithID(events.NewID(), ""), nil
	}
	theirs, err := bus.Ask(ctx, r.api.Asker(), events.GetCart, events.CartLookup{})
	if err == nil {
		return events.Outgoing{}, web.Unchanged(theirs)
	}
	if errors.Is(err, &events.Problem{Code: "not_found"}) {
		err = nil
	}
	return events.OpenCart.New(id, events.CartKey{}), err
}

func (r routes) getCart(ctx context.Context, in *getCartIn) (*web.Document[Cart], error) {
	k, err := r.cart(ctx, in.CartKey, in.ID, in.MinVersion)
	if err != nil {
		return nil, err
	}
	return web.Show(in.Cached, k.Version, web.NoStore, showCart(k), besideCart(k)...), nil
}

func (r routes) cart(ctx context.Context, key CartKey, id web.ID, minVersion int64) (events.CartState, error) {
	return bus.Ask(ctx, r.api.Asker(), events.GetCart, events.CartLookup{CartKey: key.key(), ID: string(id), MinVersion: minVersion})
}

func setCartLine(_ context.Context, in *cartLineIn) (events.Outgoing, error) {
	line, err := domain.CartLineSetting(events.CartLineSetting{CartKey: in.key(), OrderItem: events.OrderItem{ProductID: string(in.ProductID), Quantity: in.Body.Quantity}})
	return events.SetCartLine.New(string(in.ID), line), err
}

func removeCartLine(_ context.Context, in *cartLineOutIn) (events.Outgoing, error) {
	return events.RemoveCartLine.New(string(in.ID), events.CartLineRemoval{CartKey: in.key(), ProductID: string(in.ProductID)}), nil
}

func deleteCart(_ context.Context, in *cartIn) (events.Outgoing, error) {
	return events.DeleteCart.New(string(in.ID), in.key()), nil
}

func claimCart(_ context.Context, in *cartIn) (events.Outgoing, error) {
	return events.ClaimCart.New(string(in.ID), in.key()), nil
}

// showOpened is a cart as whoever has opened it sees it: with the secret, where it needs one.
func (r routes) showOpened(k events.CartState) Cart {
	seen := showCart(k)
	if k.CustomerID == "" {
		seen.Secret = r.secretOf(k.ID)
	}
	return seen
}

func showCart(k events.CartState) Cart {
	seen := Cart{Meta: web.MetaOf(k.Meta), Status: k.Status, Lines: make([]CartLine, len(k.Lines)), OrderID: k.OrderID, ExpiresAt: k.ExpiresAt}
	if total, ok := domain.CartTotal(k.Lines); ok {
		seen.Total = &total
	}
	for i, l := range k.Lines {
		line := CartLine{ProductID: l.ProductID, Name: l.Name, Quantity: l.Quantity, SeenPrice: l.UnitPrice, Changes: append([]events.CartChange{}, domain.CartChanges(l)...)}
		if l.Now != nil {
			line.Name, line.UnitPrice, line.Available = l.Now.Name, &l.Now.UnitPrice, l.Now.Available
			line.SKU, line.Options, line.ImageURL = l.Now.SKU, l.Now.Options, l.Now.ImageURL
			if total, err := domain.Times(l.Now.UnitPrice, l.Quantity); err == nil {
				line.Total = &total
			}
		}
		seen.Lines[i] = line
	}
	return seen
}

func versionOfCart(k events.CartState) int64 { return k.Version }
func hrefOfCart(k events.CartState) string   { return "/carts/" + k.ID }

// besideCart is what is shown of a cart that changes without a new version of it: what its products are now.
func besideCart(k events.CartState) []int64 {
	sum := fnv.New64a()
	for _, l := range k.Lines {
		now, err := json.Marshal(l.Now)
		if err != nil {
			panic(err) // texts and numbers
		}
		_, _ = sum.Write(now) // never fails
	}
	return []int64{int64(sum.Sum64() >> 1)}
}
