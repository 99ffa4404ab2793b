package events

import "time"

// A cart is what somebody thinks of ordering: it reserves nothing. One of somebody unknown is opened by a secret, of which db has only the hash;
// one of a customer's by who they are. What is ordered of a cart is a Cart (order.go).

// CartStatus is where a cart is.
type CartStatus string

// The states of a cart. Only open ones change.
const (
	CartOpenStatus    CartStatus = "open"
	CartOrderedStatus CartStatus = "ordered"
	CartMergedStatus  CartStatus = "merged" // what was in it is in another one of its customer's
	CartDeletedStatus CartStatus = "deleted"
)

// CartKey is what opens a cart that is no customer's.
type CartKey struct {
	SecretHash string `json:"secretHash,omitempty" maxLength:"64"` // SHA-256 of the secret: nothing to guess. "" where none was shown
}

// CartLineSetting says how many of a product are in a cart.
type CartLineSetting struct {
	CartKey
	OrderItem
}

// CartLineRemoval takes a product out of a cart.
type CartLineRemoval struct {
	CartKey
	ProductID string `json:"productId" format:"uuid"`
}

// CartOrder orders what is in a cart. The lines are those that were seen in it, and db looks again.
type CartOrder struct {
	CartKey
	ChosenCart
}

// GuestCartOrder orders what is in a cart for somebody without an account, who is the guest of the order that the cart becomes.
type GuestCartOrder struct {
	CartKey
	GuestCart
}

// CartOffer is a product of a cart as it can be bought at this moment.
type CartOffer struct {
	Name      string `json:"name"`
	UnitPrice Money  `json:"unitPrice"`
	Available int64  `json:"available"`
	// These are younger than the others: a db of the release before says none of them.
	SKU      string            `json:"sku,omitempty"`
	Options  map[string]string `json:"options,omitempty"` // by their names
	ImageURL string            `json:"imageUrl,omitempty"`
}

// CartLine is one line of a cart: the product as it was when it was last put in, and as it is.
type CartLine struct {
	ProductID string     `json:"productId"`
	Quantity  int64      `json:"quantity"`
	Name      string     `json:"name"`
	UnitPrice Money      `json:"unitPrice"`
	At        time.Time  `json:"at"`
	Now       *CartOffer `json:"now,omitempty"` // absent when it is not sold any more; never stored
}

// CartChange is what has become of a line since it was put in.
type CartChange string

// What may have become of a line.
const (
	CartPriceChanged CartChange = "price"
	CartNotSold      CartChange = "not_sold"   // it is not for sale any more
	CartNotEnough    CartChange = "not_enough" // fewer are left than are wanted
)

// CartState is a cart as it is at a moment.
type CartState struct {
	Meta
	CustomerID string     `json:"customerId,omitempty"` // "" where it is nobody's that is known
	Status     CartStatus `json:"status"`
	Lines      []CartLine `json:"lines" nullable:"false"`
	OrderID    string     `json:"orderId,omitempty"` // what it was ordered as
	ExpiresAt  time.Time  `json:"expiresAt"`
}

// CartLookup asks for a cart. Without an ID, a customer's is theirs that is open.
type CartLookup struct {
	CartKey
	ID         string `json:"id,omitempty"`
	MinVersion int64  `json:"minVersion,omitempty"`
}

// The messages about carts. Whose a cart is the mutation decides.
var (
	OpenCart       = Message[CartKey]{Kind: Command, Noun: "cart", Verb: "open", Producers: by(Order), Consumers: to(DB)}
	SetCartLine    = Message[CartLineSetting]{Kind: Command, Noun: "cart", Verb: "setLine", Producers: by(Order), Consumers: to(DB)}
	RemoveCartLine = Message[CartLineRemoval]{Kind: Command, Noun: "cart", Verb: "removeLine", Producers: by(Order), Consumers: to(DB)}
	DeleteCart     = Message[CartKey]{Kind: Command, Noun: "cart", Verb: "delete", Producers: by(Order), Consumers: to(DB)}
	OrderCart      = Message[CartOrder]{Kind: Command, Noun: "cart", Verb: "order", Producers: by(Order), Consumers: to(DB)}
	OrderAsGuest   = Message[GuestCartOrder]{Kind: Command, Noun: "cart", Verb: "orderAsGuest", Producers: by(Order), Consumers: to(DB)}
	ClaimCart      = Message[CartKey]{Kind: Command, Noun: "cart", Verb: "claim", Producers: by(Order), Consumers: to(DB), Needs: Shop}

	CartOpened    = Message[CartState]{Kind: Event, Noun: "cart", Verb: "opened", Producers: by(DB)}
	CartUpdated   = Message[CartState]{Kind: Event, Noun: "cart", Verb: "updated", Producers: by(DB)}
	CartDeleted   = Message[CartState]{Kind: Event, Noun: "cart", Verb: "deleted", Producers: by(DB)} // also of one that went into another, or with its customer
	CartOrdered   = Message[CartState]{Kind: Event, Noun: "cart", Verb: "ordered", Producers: by(DB)}
	CartClaimed   = Message[CartState]{Kind: Event, Noun: "cart", Verb: "claimed", Producers: by(DB)}   // the customer's cart that what was claimed is in
	CartAbandoned = Message[CartState]{Kind: Event, Noun: "cart", Verb: "abandoned", Producers: by(DB)} // once in a cart's life

	GetCart = Query[CartLookup, CartState]{Noun: "cart", Verb: "get", Producers: by(Order)}
)

var cartMessages = []Declared{
	OpenCart, SetCartLine, RemoveCartLine, DeleteCart, OrderCart, OrderAsGuest, ClaimCart,
	CartOpened, CartUpdated, CartDeleted, CartOrdered, CartClaimed, CartAbandoned, GetCart,
}
