package customer

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
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
	Orders     []ExportedOrder   `json:"orders" nullable:"false" doc:"Your orders, the newest first."`
	Payments   []ExportedPayment `json:"payments" nullable:"false" doc:"Your payments, the newest first."`
	Mails      []ExportedMail    `json:"mails" nullable:"false" doc:"The mails to you, the newest first; what they said is not kept."`
	NextCursor string            `json:"nextCursor,omitempty" doc:"Absent in the last document."`
}

// ExportedAccount is what there is once of a customer.
type ExportedAccount struct {
	Customer
	Addresses         []Address             `json:"addresses" nullable:"false" doc:"Your address book."`
	Sessions          []ExportedSession     `json:"sessions" nullable:"false" doc:"When you have logged in, the newest 1,000."`
	Carts             []ExportedCart        `json:"carts" nullable:"false" doc:"Open and ordered ones that are still kept, the newest 1,000."`
	EmailVerification *ExportedVerification `json:"emailVerification,omitempty" doc:"The newest link that confirms an address."`
	PasswordReset     *ExportedLink         `json:"passwordReset,omitempty" doc:"The newest link that sets a new password."`
	KnownPlaces       []time.Time           `json:"knownPlaces" nullable:"false" doc:"Until when each network and device is remembered from which you have logged in; which it was is not kept."`
	StaffNotes        int64                 `json:"staffNotes" doc:"How many notes about your orders staff keep for themselves." example:"0"`
}

// ExportedCart is what you think of ordering, or have ordered.
type ExportedCart struct {
	web.Meta
	Status    events.CartStatus  `json:"status" enum:"open,ordered" doc:"open, or ordered." example:"open"`
	Lines     []ExportedCartLine `json:"lines" nullable:"false" doc:"What is in it."`
	OrderID   string             `json:"orderId,omitempty" format:"uuid" doc:"The order that it was ordered as."`
	ExpiresAt time.Time          `json:"expiresAt" doc:"Until when it is kept." example:"2026-04-02T09:41:00Z"`
}

// ExportedCartLine is one line of a cart, as it was when it was last put in.
type ExportedCartLine struct {
	ProductID string       `json:"productId" format:"uuid" doc:"Which product."`
	Name      string       `json:"name" doc:"What it was called." example:"Earl Grey, 100 g"`
	UnitPrice events.Money `json:"unitPrice" doc:"What one of it cost then."`
	Quantity  int64        `json:"quantity" doc:"How many of it." example:"2"`
	At        time.Time    `json:"at" doc:"When it was put in."`
}

// ExportedSession is a log-in.
type ExportedSession struct {
	ID        string    `json:"id" format:"uuid" doc:"The log-in's id."`
	ClientID  string    `json:"clientId" doc:"The program by which it was." example:"storefront"`
	CreatedAt time.Time `json:"createdAt" doc:"When you logged in."`
	UpdatedAt time.Time `json:"updatedAt" doc:"When it was last prolonged."`
	ExpiresAt time.Time `json:"expiresAt" doc:"When it ends unless it is prolonged." example:"2026-04-02T09:41:00Z"`
	Ended     bool      `json:"ended" doc:"Whether it was ended, by a log-out or a new password." example:"false"`
}

// ExportedLink is a link that was mailed.
type ExportedLink struct {
	ExpiresAt time.Time  `json:"expiresAt" doc:"Until when it could be followed." example:"2026-03-06T09:41:00Z"`
	UsedAt    *time.Time `json:"usedAt,omitempty" doc:"When it was followed; of a link to a new password also when another way to one has closed it. Absent where it was not."`
}

// ExportedVerification is a link that confirms an e-mail address.
type ExportedVerification struct {
	ExportedLink
	Email  string `json:"email,omitempty" doc:"What your address becomes by it."`
	Former string `json:"former,omitempty" doc:"What your address was before it."`

	ClosedAt *time.Time `json:"closedAt,omitempty" doc:"When it was closed without having been used, as a new password closes it; absent where it was not."`
}

// ExportedOrder is an order, with the address and the name that it was placed with, and all that has become of it.
type ExportedOrder struct {
	web.Meta
	Number          string                 `json:"number" doc:"What people call it." example:"M-000123"`
	Status          events.OrderStatus     `json:"status" doc:"How far it is." example:"paid"`
	Email           string                 `json:"email,omitempty" doc:"Your address when you placed it." example:"ada@example.com"`
	CustomerName    string                 `json:"customerName,omitempty" doc:"Your name when you placed it." example:"Ada Lovelace"`
	ShippingAddress web.PostalAddress      `json:"shippingAddress" doc:"Where it goes, or went."`
	Lines           []ExportedLine         `json:"lines" nullable:"false" doc:"What was ordered."`
	Goods           events.Money           `json:"goods" doc:"The sum of the lines."`
	Charges         []events.OrderCharge   `json:"charges" nullable:"false" doc:"What it cost besides its goods: their sending."`
	Taxes           []events.TaxAmount     `json:"taxes" nullable:"false" doc:"What of it is tax, of each rate."`
	Total           events.Money           `json:"total" doc:"What was to be paid."`
	PayBy           time.Time              `json:"payBy" doc:"Until when its payment could begin." example:"2026-03-03T09:56:00Z"`
	Fulfilments     []ExportedFulfilment   `json:"fulfilments" nullable:"false" doc:"What was sent, at once each."`
	Returns         []ExportedReturn       `json:"returns" nullable:"false" doc:"What is to come back, or has."`
	Cancellations   []ExportedCancellation `json:"cancellations" nullable:"false" doc:"What is not sent any more."`
	History         []ExportedStep         `json:"history" nullable:"false" doc:"What became of it, step by step."`
}

// ExportedLine is one line of an order.
type ExportedLine struct {
	ProductID string       `json:"productId" format:"uuid" doc:"Which product."`
	SKU       string       `json:"sku" doc:"The mart's own number for it." example:"TEA-EG-100"`
	Name      string       `json:"name" doc:"What it was called." example:"Earl Grey, 100 g"`
	UnitPrice events.Money `json:"unitPrice" doc:"What one of it cost."`
	Quantity  int64        `json:"quantity" doc:"How many of it." example:"2"`
	Total     events.Money `json:"total" doc:"What all of them cost."`
	Tax       events.Money `json:"tax,omitzero" doc:"What it carries of the order's tax of the class that taxedAs names."`
	TaxedAs   string       `json:"taxedAs,omitempty" doc:"The tax class by which it was taxed; absent where it was not."`
}

// ExportedItem is so many of a product.
type ExportedItem struct {
	ProductID string `json:"productId" format:"uuid" doc:"Which product."`
	Quantity  int64  `json:"quantity" doc:"How many of it." example:"2"`
}

// ExportedReception is so many of a product that have come back.
type ExportedReception struct {
	ExportedItem
	Restock bool `json:"restock" doc:"They could be sold again." example:"true"`
}

// ExportedFulfilment is a part of an order that was sent.
type ExportedFulfilment struct {
	ID             string         `json:"id" format:"uuid" doc:"Its id."`
	Lines          []ExportedItem `json:"lines" nullable:"false" doc:"What was in it."`
	Carrier        string         `json:"carrier,omitempty" doc:"Who carries it." example:"Post"`
	TrackingNumber string         `json:"trackingNumber,omitempty" doc:"By which the carrier finds it." example:"JJD000390007882823455"`
	At             time.Time      `json:"at" doc:"When it was sent."`
	DeliveredAt    *time.Time     `json:"deliveredAt,omitempty" doc:"When it arrived; absent while it is under way."`
}

// ExportedReturn is a part of an order that comes back, or has.
type ExportedReturn struct {
	ID       string              `json:"id" format:"uuid" doc:"Its id."`
	Status   events.ReturnStatus `json:"status" doc:"requested, approved, refused, or received." example:"requested"`
	Lines    []ExportedItem      `json:"lines" nullable:"false" doc:"What is to come back."`
	Reason   string              `json:"reason,omitempty" doc:"Why, as it was said." example:"too large"`
	Note     string              `json:"note,omitempty" doc:"What staff have said to it."`
	At       time.Time           `json:"at" doc:"When it was asked for."`
	Received []ExportedReception `json:"received,omitempty" nullable:"false" doc:"What has come back."`
	Refund   *events.PartRefund  `json:"refund,omitempty" doc:"What is given back for it."`
}

// ExportedCancellation is a part of an order that was not sent.
type ExportedCancellation struct {
	ID     string             `json:"id" format:"uuid" doc:"Its id."`
	Lines  []ExportedItem     `json:"lines" nullable:"false" doc:"What is not sent."`
	Reason string             `json:"reason,omitempty" doc:"Why, as it was said." example:"ordered twice"`
	At     time.Time          `json:"at" doc:"When it was cancelled."`
	Refund *events.PartRefund `json:"refund,omitempty" doc:"What is given back for it."`
}

// ExportedStep is a line of an order's history.
type ExportedStep struct {
	Status events.OrderStatus `json:"status" doc:"The order's status from then on." example:"placed"`
	At     time.Time          `json:"at" doc:"When."`
	By     events.AuthType    `json:"by" doc:"Whether you did it, staff, or the mart by itself." example:"app_user"`
	Note   string             `json:"note,omitempty" doc:"Why, as it was said."`
	Action events.OrderAction `json:"action,omitempty" doc:"What became of a part of it, where the step is about a part."`
	PartID string             `json:"partId,omitempty" format:"uuid" doc:"Of which part."`
}

// ExportedPayment is a payment with what was given back of it.
type ExportedPayment struct {
	web.Meta
	OrderID  string                 `json:"orderId" format:"uuid" doc:"What it pays for."`
	Status   events.PaymentStatus   `json:"status" doc:"How far it is." example:"captured"`
	Amount   events.Money           `json:"amount" doc:"What was to be paid."`
	Captured events.Money           `json:"captured" doc:"What was paid."`
	Refunded events.Money           `json:"refunded" doc:"What was given back."`
	Refunds  []ExportedRefund       `json:"refunds" nullable:"false" doc:"Each refund of it."`
	Failure  *events.PaymentFailure `json:"failure,omitempty" doc:"Why it was declined."`
}

// ExportedRefund is money that goes back, or has gone.
type ExportedRefund struct {
	ID     string              `json:"id" format:"uuid" doc:"Its id."`
	Amount events.Money        `json:"amount" doc:"How much goes back."`
	Reason string              `json:"reason,omitempty" doc:"Why, as it was said." example:"a scratch"`
	Status events.RefundStatus `json:"status" doc:"requested until the provider has carried it out." example:"refunded"`
}

// ExportedMail is a mail that was sent, or was to be. What it says is not kept.
type ExportedMail struct {
	ID        string                    `json:"id" format:"uuid" doc:"Its id."`
	Kind      events.NotificationKind   `json:"kind" doc:"What it was about." example:"order_confirmation"`
	OrderID   string                    `json:"orderId,omitempty" format:"uuid" doc:"The order that it is about."`
	To        string                    `json:"to" doc:"The address it went to." example:"ada@example.com"`
	Name      string                    `json:"name" doc:"The name it was addressed to." example:"Ada Lovelace"`
	Status    events.NotificationStatus `json:"status" doc:"Whether it was sent." example:"sent"`
	CreatedAt time.Time                 `json:"createdAt" doc:"When it was first to be sent."`
	UpdatedAt time.Time                 `json:"updatedAt" doc:"When that last changed."`
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
	if x.Mails, err = r.ownMails(ctx, x.Mails); err != nil {
		return nil, err
	}
	return &exportOutput{CacheControl: web.NoStore, ContentDisposition: `attachment; filename="mart-data.json"`, Body: showExport(x)}, nil
}

// ownMails leaves out the links that went to an address which was wanted and is not the customer's: they would tell whether somebody else has an account with it,
// who gets another mail.
func (r routes) ownMails(ctx context.Context, mails []events.NotificationState) ([]events.NotificationState, error) {
	confirms := func(n events.NotificationState) bool { return n.Kind == events.VerificationMail }
	if !slices.ContainsFunc(mails, confirms) {
		return mails, nil
	}
	me, err := r.me(ctx)
	own := domain.FoldEmail(me.Email.Plaintext())
	return slices.DeleteFunc(mails, func(n events.NotificationState) bool { return confirms(n) && domain.FoldEmail(n.To.Plaintext()) != own }), err
}
