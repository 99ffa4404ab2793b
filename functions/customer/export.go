package customer

import (
	"context"
	"net/http"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/web"
)

// exportRoutes declares how customers take away what the mart holds about them.
func exportRoutes(api *web.API, r routes) {
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/customers/me/export", ID: "exportMyData", Summary: "Take away what the mart holds about you",
		Description: exporting, Access: web.Access{Shoppers: true}, Also: gone,
	}, r.export)
}

const exporting = "One document with all of it, as a file to be saved. Up to 50 orders, 50 payments and 50 mails are in one, the newest first; while nextCursor is there, ask for the " +
	"next document with it: the account is in the first alone. Who is suspended may ask, too, while their token is good. What staff have noted about orders for each other may speak of others as well, " +
	"so it is only counted here, in staffNotes: ask the mart for what of it is about you. Passwords, tokens and what a payment provider knows you by are in none."

// Export is what the mart holds about a customer.
type Export struct {
	Account    *ExportedAccount  `json:"account,omitempty" doc:"In the first document."`
	Orders     []ExportedOrder   `json:"orders" nullable:"false"`
	Payments   []ExportedPayment `json:"payments" nullable:"false"`
	Mails      []ExportedMail    `json:"mails" nullable:"false"`
	NextCursor string            `json:"nextCursor,omitempty" doc:"Absent in the last document."`
}

// ExportedAccount is what there is once of a customer.
type ExportedAccount struct {
	Customer
	Addresses         []Address             `json:"addresses" nullable:"false"`
	Sessions          []ExportedSession     `json:"sessions" nullable:"false" doc:"When you have logged in, the newest 1,000."`
	Carts             []ExportedCart        `json:"carts" nullable:"false" doc:"Open and ordered ones that are still kept, the newest 1,000."`
	EmailVerification *ExportedVerification `json:"emailVerification,omitempty" doc:"The newest link that confirms an address."`
	PasswordReset     *ExportedLink         `json:"passwordReset,omitempty" doc:"The newest link that sets a new password."`
	KnownPlaces       []time.Time           `json:"knownPlaces" nullable:"false" doc:"Until when each network and device is remembered from which you have logged in; which it was is not kept."`
	StaffNotes        int64                 `json:"staffNotes" doc:"How many notes about your orders staff keep for themselves."`
}

// ExportedCart is what you think of ordering, or have ordered.
type ExportedCart struct {
	web.Meta
	Status    events.CartStatus  `json:"status" enum:"open,ordered"`
	Lines     []ExportedCartLine `json:"lines" nullable:"false"`
	OrderID   string             `json:"orderId,omitempty" format:"uuid"`
	ExpiresAt time.Time          `json:"expiresAt"`
}

// ExportedCartLine is one line of a cart, as it was when it was last put in.
type ExportedCartLine struct {
	ProductID string       `json:"productId" format:"uuid"`
	Name      string       `json:"name"`
	UnitPrice events.Money `json:"unitPrice"`
	Quantity  int64        `json:"quantity"`
	At        time.Time    `json:"at"`
}

// ExportedSession is a log-in.
type ExportedSession struct {
	ID        string    `json:"id" format:"uuid"`
	ClientID  string    `json:"clientId" doc:"The program by which it was."`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	ExpiresAt time.Time `json:"expiresAt"`
	Ended     bool      `json:"ended"`
}

// ExportedLink is a link that was mailed.
type ExportedLink struct {
	ExpiresAt time.Time  `json:"expiresAt"`
	UsedAt    *time.Time `json:"usedAt,omitempty"`
}

// ExportedVerification is a link that confirms an e-mail address.
type ExportedVerification struct {
	ExportedLink
	Email  string `json:"email,omitempty" doc:"What your address becomes by it."`
	Former string `json:"former,omitempty" doc:"What your address was before it."`
}

// ExportedOrder is an order, with the address and the name that it was placed with, and all that has become of it.
type ExportedOrder struct {
	web.Meta
	Number          string                 `json:"number"`
	Status          events.OrderStatus     `json:"status"`
	Email           string                 `json:"email,omitempty"`
	CustomerName    string                 `json:"customerName,omitempty"`
	ShippingAddress web.PostalAddress      `json:"shippingAddress"`
	Lines           []ExportedLine         `json:"lines" nullable:"false"`
	Goods           events.Money           `json:"goods" doc:"The sum of the lines."`
	Charges         []events.OrderCharge   `json:"charges" nullable:"false"`
	Taxes           []events.TaxAmount     `json:"taxes" nullable:"false"`
	Total           events.Money           `json:"total"`
	PayBy           time.Time              `json:"payBy"`
	Fulfilments     []ExportedFulfilment   `json:"fulfilments" nullable:"false"`
	Returns         []ExportedReturn       `json:"returns" nullable:"false"`
	Cancellations   []ExportedCancellation `json:"cancellations" nullable:"false"`
	History         []ExportedStep         `json:"history" nullable:"false"`
}

// ExportedLine is one line of an order.
type ExportedLine struct {
	ProductID string       `json:"productId" format:"uuid"`
	SKU       string       `json:"sku"`
	Name      string       `json:"name"`
	UnitPrice events.Money `json:"unitPrice"`
	Quantity  int64        `json:"quantity"`
	Total     events.Money `json:"total"`
	Tax       events.Money `json:"tax,omitzero" doc:"What it carries of the order's tax of the class that taxedAs names."`
	TaxedAs   string       `json:"taxedAs,omitempty"`
}

// ExportedItem is so many of a product.
type ExportedItem struct {
	ProductID string `json:"productId" format:"uuid"`
	Quantity  int64  `json:"quantity"`
}

// ExportedReception is so many of a product that have come back.
type ExportedReception struct {
	ExportedItem
	Restock bool `json:"restock" doc:"They could be sold again."`
}

// ExportedFulfilment is a part of an order that was sent.
type ExportedFulfilment struct {
	ID             string         `json:"id" format:"uuid"`
	Lines          []ExportedItem `json:"lines" nullable:"false"`
	Carrier        string         `json:"carrier,omitempty"`
	TrackingNumber string         `json:"trackingNumber,omitempty"`
	At             time.Time      `json:"at"`
	DeliveredAt    *time.Time     `json:"deliveredAt,omitempty"`
}

// ExportedReturn is a part of an order that comes back, or has.
type ExportedReturn struct {
	ID       string              `json:"id" format:"uuid"`
	Status   events.ReturnStatus `json:"status"`
	Lines    []ExportedItem      `json:"lines" nullable:"false"`
	Reason   string              `json:"reason,omitempty"`
	Note     string              `json:"note,omitempty"`
	At       time.Time           `json:"at"`
	Received []ExportedReception `json:"received,omitempty" nullable:"false"`
	Refund   *events.PartRefund  `json:"refund,omitempty"`
}

// ExportedCancellation is a part of an order that was not sent.
type ExportedCancellation struct {
	ID     string             `json:"id" format:"uuid"`
	Lines  []ExportedItem     `json:"lines" nullable:"false"`
	Reason string             `json:"reason,omitempty"`
	At     time.Time          `json:"at"`
	Refund *events.PartRefund `json:"refund,omitempty"`
}

// ExportedStep is a line of an order's history.
type ExportedStep struct {
	Status events.OrderStatus `json:"status"`
	At     time.Time          `json:"at"`
	By     events.AuthType    `json:"by" doc:"Whether you did it, staff, or the mart by itself."`
	Note   string             `json:"note,omitempty"`
	Action events.OrderAction `json:"action,omitempty"`
	PartID string             `json:"partId,omitempty" format:"uuid"`
}

// ExportedPayment is a payment with what was given back of it.
type ExportedPayment struct {
	web.Meta
	OrderID  string                 `json:"orderId" format:"uuid"`
	Status   events.PaymentStatus   `json:"status"`
	Amount   events.Money           `json:"amount"`
	Captured events.Money           `json:"captured"`
	Refunded events.Money           `json:"refunded"`
	Refunds  []ExportedRefund       `json:"refunds" nullable:"false"`
	Failure  *events.PaymentFailure `json:"failure,omitempty"`
}

// ExportedRefund is money that goes back, or has gone.
type ExportedRefund struct {
	ID     string              `json:"id" format:"uuid"`
	Amount events.Money        `json:"amount"`
	Reason string              `json:"reason,omitempty"`
	Status events.RefundStatus `json:"status"`
}

// ExportedMail is a mail that was sent, or was to be. What it says is not kept.
type ExportedMail struct {
	ID        string                    `json:"id" format:"uuid"`
	Kind      events.NotificationKind   `json:"kind"`
	OrderID   string                    `json:"orderId,omitempty" format:"uuid" doc:"The order that it is about."`
	To        string                    `json:"to"`
	Name      string                    `json:"name"`
	Status    events.NotificationStatus `json:"status"`
	CreatedAt time.Time                 `json:"createdAt"`
	UpdatedAt time.Time                 `json:"updatedAt"`
}

type exportInput struct {
	Cursor string `query:"cursor" maxLength:"2000" doc:"nextCursor of the document before."`
}

// exportOutput is a document that a browser saves as a file.
type exportOutput struct {
	CacheControl       string `header:"Cache-Control"`
	ContentDisposition string `header:"Content-Disposition"`
	Body               Export
}

func (r routes) export(ctx context.Context, in *exportInput) (*exportOutput, error) {
	x, err := bus.Ask(ctx, r.api.Asker(), events.ExportCustomer, events.ExportQuestion{Cursor: in.Cursor})
	if err != nil {
		return nil, err
	}
	return &exportOutput{CacheControl: web.NoStore, ContentDisposition: `attachment; filename="mart-data.json"`, Body: showExport(x)}, nil
}
