package events

import "time"

// OrderStatus is where an order is.
type OrderStatus string

// The states of an order; functions/internal/domain/order.go says which may follow which.
const (
	OrderPlacedStatus     OrderStatus = "placed"
	OrderAuthorizedStatus OrderStatus = "authorized"
	OrderPaidStatus       OrderStatus = "paid"
	OrderFulfilledStatus  OrderStatus = "fulfilled"
	OrderDeliveredStatus  OrderStatus = "delivered"
	OrderReturnedStatus   OrderStatus = "returned"
	OrderExpiredStatus    OrderStatus = "expired"
	OrderCancelledStatus  OrderStatus = "cancelled"
)

// PostalAddress is where something is sent.
type PostalAddress struct {
	Name       Personal `json:"name" minLength:"1" maxLength:"120"`
	Line1      Personal `json:"line1" minLength:"1" maxLength:"200"`
	Line2      Personal `json:"line2,omitzero" maxLength:"200"`
	City       Personal `json:"city" minLength:"1" maxLength:"100"`
	PostalCode Personal `json:"postalCode,omitzero" maxLength:"20"` // absent where the country has none
	Country    string   `json:"country" pattern:"^[A-Z]{2}$" patternDescription:"a country's two capital letters, for example US, or GB for the United Kingdom (ISO 3166-1 alpha-2)" doc:"ISO 3166-1 alpha-2."`
	Region     string   `json:"region,omitempty" pattern:"^[A-Z0-9]{1,3}$" patternDescription:"one to three capital letters and digits, such as CA for California (ISO 3166-2, without the country)"` // where taxes depend on it
}

// OrderItem is one line of a cart: what and how many, never a price.
type OrderItem struct {
	ProductID string `json:"productId" format:"uuid"`
	Quantity  int64  `json:"quantity" minimum:"1" maximum:"1000"`
}

// Cart is an order to be placed by the customer who asks.
type Cart struct {
	Lines           []OrderItem   `json:"lines" minItems:"1" maxItems:"100" nullable:"false"`
	ShippingAddress PostalAddress `json:"shippingAddress"`
	// Network is a digest of where a customer orders from: by it is counted what those hold together who have shown no address to be theirs. A function of the
	// release before says none; of a guest it stands with their address.
	Network string `json:"network,omitempty" maxLength:"64"`
}

// ChosenCart is an order to be placed of which its customer says how it is sent: by a method, or as a quote says, and for no other sum than that.
type ChosenCart struct {
	Cart
	ShippingMethodID string `json:"shippingMethodId,omitempty" format:"uuid"`
	Quote            string `json:"quote,omitempty" maxLength:"200"`
}

// GuestContact is who buys without an account.
type GuestContact struct {
	Email    Personal `json:"email" minLength:"3" maxLength:"254"`
	Name     Personal `json:"name" minLength:"1" maxLength:"120"`
	Phone    Personal `json:"phone,omitzero" maxLength:"40"`
	Language Language `json:"language,omitempty" enum:"en,de"` // of mails to them; "": the mart's own
	// Key is a keyed digest of the address, in the spelling in which it is looked for: what tells that two orders are of one address.
	Key string `json:"key" maxLength:"64"`
	// Mailbox is one of its mailbox, and Network one of where they order from: by both is counted what they have not paid. A function of the release before
	// says neither.
	Mailbox string `json:"mailbox,omitempty" maxLength:"64"`
	Network string `json:"network,omitempty" maxLength:"64"`
}

// GuestCart is an order to be placed by somebody without an account, who is its guest: the command's subject, and its asker's id.
type GuestCart struct {
	ChosenCart
	Guest GuestContact `json:"guest"`
}

// GuestErasure has what is known of an order's guest forgotten.
type GuestErasure struct{}

// OrderLine is one line of an order, with the product as it was when the order was placed.
type OrderLine struct {
	ProductID string `json:"productId" doc:"Which product."`
	SKU       string `json:"sku" doc:"The mart's own number for it." example:"TEA-EG-100"`
	Name      string `json:"name" doc:"What it was called." example:"Earl Grey, 100 g"`
	UnitPrice Money  `json:"unitPrice" doc:"What one of it cost."`
	Quantity  int64  `json:"quantity" doc:"How many were ordered." example:"2"`
	Total     Money  `json:"total" doc:"What all of them cost, without taxes that are added."`
	Tax       Money  `json:"tax,omitzero" doc:"What this line carries of that tax."`
	TaxedAs   string `json:"taxedAs,omitempty" doc:"The tax class of that of the order's taxes which is owed of it; absent where none is."`
	ImageURL  string `json:"imageUrl,omitempty" doc:"Its picture; absent where it had none."` // the product's picture; of orders from before there were any in orders, none
}

// OrderCharge is what an order costs besides its goods, with its part of the tax of that class.
type OrderCharge struct {
	Charge
	Tax     Money  `json:"tax,omitzero" doc:"What this charge carries of that tax."`
	TaxedAs string `json:"taxedAs,omitempty" doc:"The tax class of that of the order's taxes which is owed of it; absent where none is."`
}

// OrderStep is one line of an order's history.
type OrderStep struct {
	Status OrderStatus `json:"status"`
	At     time.Time   `json:"at"`
	By     Principal   `json:"by"`
	Note   Words       `json:"note,omitzero"`
	Action OrderAction `json:"action,omitempty"` // what became of a part of it
	PartID string      `json:"partId,omitempty"` // of which: a fulfilment, a return or a cancellation
}

// OrderState is an order as it is stored.
type OrderState struct {
	Meta
	Number          string        `json:"number"`     // for people: M-000123
	CustomerID      string        `json:"customerId"` // of a guest the order's own id: so long as there is no account, the order is who they are
	Status          OrderStatus   `json:"status"`
	Lines           []OrderLine   `json:"lines"`
	GoodsTotal      Money         `json:"goods,omitzero"` // the sum of the lines; events of before shipping and taxes do not have it
	Charges         []OrderCharge `json:"charges,omitempty"`
	Taxes           []TaxAmount   `json:"taxes,omitempty"`
	Total           Money         `json:"total"` // of the goods, the charges, and the taxes that are added
	PayBy           time.Time     `json:"payBy"` // until when a payment may begin; then the reservation ends
	ShippingAddress PostalAddress `json:"shippingAddress"`
	Email           Personal      `json:"email,omitzero"` // the customer's, for whoever writes to them
	CustomerName    Personal      `json:"customerName,omitzero"`
	Phone           Personal      `json:"phone,omitzero"`     // a guest's
	Language        Language      `json:"language,omitempty"` // of mails to a guest; "": the mart's own
	History         []OrderStep   `json:"history,omitempty"`  // in an event the last steps at least, in an answer all
	OrderParts
}

// OrderReason says why an order ends.
type OrderReason struct {
	Reason Words `json:"reason,omitzero" maxLength:"500"`
}

// OrderDeadline is a deadline of an order that has passed.
type OrderDeadline struct {
	DueAt time.Time `json:"dueAt"`
}

// OrderFilter asks for a page of orders. CustomerID is set by the function from the token when a customer asks.
type OrderFilter struct {
	Paging
	CustomerID   string      `json:"customerId,omitempty"`
	Status       OrderStatus `json:"status,omitempty"`
	Number       string      `json:"number,omitempty"` // as people write it, M-000123
	Email        Personal    `json:"email,omitzero"`   // of a customer who has it now, or of a guest, in any case
	ProductID    string      `json:"productId,omitempty"`
	PlacedFrom   time.Time   `json:"placedFrom,omitzero"`
	PlacedBefore time.Time   `json:"placedBefore,omitzero"`

	TrackingNumber Personal `json:"trackingNumber,omitzero"` // of a part of it, however it is spaced
}

// OwnedLookup asks for one thing that must be the customer's, or the guest's of that order, when CustomerID is set; somebody else's is not found. An order is found by its
// number, too.
type OwnedLookup struct {
	ID         string `json:"id"`
	CustomerID string `json:"customerId,omitempty"`
	MinVersion int64  `json:"minVersion,omitempty"`
}

// The messages about orders.
var (
	PlaceOrder   = Message[Cart]{Kind: Command, Noun: "order", Verb: "place", Producers: by(Order), Consumers: to(DB), Needs: Shop}
	PlaceChosen  = Message[ChosenCart]{Kind: Command, Noun: "order", Verb: "placeChosen", Producers: by(Order), Consumers: to(DB), Needs: Shop} // no members of order.place, which an older db would overlook
	PlaceAsGuest = Message[GuestCart]{Kind: Command, Noun: "order", Verb: "placeAsGuest", Producers: by(Order), Consumers: to(DB)}              // no member of order.placeChosen: an older db would look for a customer
	CancelOrder  = Message[OrderReason]{Kind: Command, Noun: "order", Verb: "cancel", Producers: by(Order), Consumers: to(DB)}                  // the owner or staff: the mutation decides
	ExpireOrder  = Message[OrderDeadline]{Kind: Command, Noun: "order", Verb: "expire", Producers: by(Order), Consumers: to(DB)}

	FulfilOrder  = Message[Shipment]{Kind: Command, Noun: "order", Verb: "fulfil", Producers: by(Order), Consumers: to(DB), Needs: OrdersWrite}
	FulfilRest   = Message[RestShipment]{Kind: Command, Noun: "order", Verb: "fulfilRest", Producers: by(Order), Consumers: to(DB), Needs: OrdersWrite} // no absent lines of order.fulfil, which an older db would refuse
	DeliverOrder = Message[Delivery]{Kind: Command, Noun: "order", Verb: "deliver", Producers: by(Order), Consumers: to(DB), Needs: OrdersWrite}

	CancelPart    = Message[PartCancellation]{Kind: Command, Noun: "order", Verb: "cancelPart", Producers: by(Order), Consumers: to(DB)} // staff: the mutation decides; no member of order.cancel, which an older db would overlook
	RequestReturn = Message[ReturnRequest]{Kind: Command, Noun: "order", Verb: "requestReturn", Producers: by(Order), Consumers: to(DB)} // the owner or staff: the mutation decides
	ApproveReturn = Message[ReturnDecision]{Kind: Command, Noun: "order", Verb: "approveReturn", Producers: by(Order), Consumers: to(DB), Needs: OrdersWrite}
	RefuseReturn  = Message[ReturnDecision]{Kind: Command, Noun: "order", Verb: "refuseReturn", Producers: by(Order), Consumers: to(DB), Needs: OrdersWrite}
	ReceiveReturn = Message[ReturnReception]{Kind: Command, Noun: "order", Verb: "receiveReturn", Producers: by(Order), Consumers: to(DB), Needs: OrdersWrite}

	EraseGuest = Message[GuestErasure]{Kind: Command, Noun: "order", Verb: "eraseGuest", Producers: by(Order), Consumers: to(DB), Needs: CustomersWrite}

	OrderPlaced        = Message[OrderState]{Kind: Event, Noun: "order", Verb: "placed", Producers: by(DB)}
	OrderWaiting       = Message[OrderState]{Kind: Event, Noun: "order", Verb: "waiting", Producers: by(DB), Consumers: to(Notification)} // it was placed some minutes ago and nobody has paid for it yet
	OrderAuthorized    = Message[OrderState]{Kind: Event, Noun: "order", Verb: "authorized", Producers: by(DB)}
	OrderPaid          = Message[OrderState]{Kind: Event, Noun: "order", Verb: "paid", Producers: by(DB), Consumers: to(Inventory, Notification)}
	OrderCancelled     = Message[OrderState]{Kind: Event, Noun: "order", Verb: "cancelled", Producers: by(DB), Consumers: to(Inventory, Notification)}
	OrderExpired       = Message[OrderState]{Kind: Event, Noun: "order", Verb: "expired", Producers: by(DB), Consumers: to(Notification)}
	OrderReopened      = Message[OrderState]{Kind: Event, Noun: "order", Verb: "reopened", Producers: by(DB)}                               // what was authorised could not be taken; it can be paid again
	OrderUnchanged     = Message[OrderState]{Kind: Event, Noun: "order", Verb: "unchanged", Producers: by(DB)}                              // a deadline that was moved on, or came too late
	OrderFulfilled     = Message[OrderState]{Kind: Event, Noun: "order", Verb: "fulfilled", Producers: by(DB), Consumers: to(Notification)} // a part of it was sent, or all: its last step says which
	OrderDelivered     = Message[OrderState]{Kind: Event, Noun: "order", Verb: "delivered", Producers: by(DB), Consumers: to(Notification)} // a part of it has arrived, or all
	OrderPartCancelled = Message[OrderState]{Kind: Event, Noun: "order", Verb: "partCancelled", Producers: by(DB), Consumers: to(Notification)}
	// What becomes of a return: the last step says of which.
	OrderReturnRequested = Message[OrderState]{Kind: Event, Noun: "order", Verb: "returnRequested", Producers: by(DB), Consumers: to(Notification)}
	OrderReturnApproved  = Message[OrderState]{Kind: Event, Noun: "order", Verb: "returnApproved", Producers: by(DB), Consumers: to(Notification)}
	OrderReturnRefused   = Message[OrderState]{Kind: Event, Noun: "order", Verb: "returnRefused", Producers: by(DB), Consumers: to(Notification)}
	OrderReturnReceived  = Message[OrderState]{Kind: Event, Noun: "order", Verb: "returnReceived", Producers: by(DB), Consumers: to(Notification)}
	OrderGuestErased     = Message[OrderState]{Kind: Event, Noun: "order", Verb: "guestErased", Producers: by(DB)} // what the shop needs to send it is still known
	OrderDue             = Message[OrderDeadline]{Kind: Event, Noun: "order", Verb: "due", Producers: by(DB), Consumers: to(Order)}

	GetOrder   = Query[OwnedLookup, OrderState]{Noun: "order", Verb: "get", Producers: by(Order, Payment, Notification, Inventory, User), Needs: OrdersRead}
	ListOrders = Query[OrderFilter, Page[OrderState]]{Noun: "order", Verb: "list", Producers: by(Order), Needs: OrdersRead}
)

var orderMessages = []Declared{
	PlaceOrder, PlaceChosen, PlaceAsGuest, CancelOrder, ExpireOrder, FulfilOrder, FulfilRest, DeliverOrder, CancelPart, RequestReturn, ApproveReturn, RefuseReturn, ReceiveReturn, EraseGuest, OrderPlaced, OrderWaiting, OrderAuthorized, OrderPaid, OrderCancelled, OrderExpired, OrderReopened,
	OrderUnchanged, OrderFulfilled, OrderDelivered, OrderPartCancelled, OrderReturnRequested, OrderReturnApproved, OrderReturnRefused, OrderReturnReceived, OrderGuestErased, OrderDue, GetOrder, ListOrders, GetFigures,
}
