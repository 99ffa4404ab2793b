package notification

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/negotiation"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/web"
)

// The media types of a mail's two forms.
const (
	pageType = "text/html"
	textType = "text/plain"
)

const previewDescription = "A mail of the kind as it is written now, about an order and to somebody that there are none of. Accept chooses between its two " +
	"forms, text/html, which is also answered to whatever else is wanted, and text/plain. Nothing is sent, and its links lead nowhere. A page that shows the HTML puts it into the srcdoc of a sandboxed iframe."

type previewIn struct {
	Kind     events.NotificationKind `path:"kind" enum:"order_reminder,order_confirmation,order_cancellation,part_cancelled,order_expiry,order_shipment,order_arrival,return_requested,return_approved,return_refused,return_received,refund_notice,welcome,login_warning,password_reset,email_verification,account_exists,invitation,email_change,email_changed,low_stock" doc:"What it is about."`
	Language events.Language         `query:"language" enum:"en,de" doc:"Absent: the shop's own."`
	accept   string
}

// Resolve keeps which form is wanted.
func (in *previewIn) Resolve(c huma.Context) []error {
	in.accept = c.Header("Accept")
	return nil
}

type previewOut struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Vary         string `header:"Vary"`
	Body         []byte
}

// preview writes a mail about nothing that there is.
func (c composer) preview(_ context.Context, in *previewIn) (*previewOut, error) {
	n, of := c.example(in.Kind)
	n.Language = in.Language
	m, err := c.compose(n, of)
	if err != nil {
		return nil, err
	}
	out := &previewOut{ContentType: pageType + "; charset=utf-8", CacheControl: web.NoStore, Vary: "Accept", Body: []byte(m.page)}
	if negotiation.SelectQValue(in.accept, []string{pageType, textType}) == textType {
		out.ContentType, out.Body = textType+"; charset=utf-8", []byte(m.text)
	}
	return out, nil
}

// The example's ids are those of nothing.
const (
	exampleOrder = "00000000-0000-7000-8000-000000000001"
	examplePart  = "00000000-0000-7000-8000-000000000002"
	exampleLamp  = "00000000-0000-7000-8000-000000000003"
	exampleMug   = "00000000-0000-7000-8000-000000000004"
)

// exampleAt is when the example's order was placed.
var exampleAt = time.Date(2026, time.March, 3, 9, 41, 0, 0, time.UTC)

// exampleReturns are the states of the example's return by the mails about it.
var exampleReturns = map[events.NotificationKind]events.ReturnStatus{
	events.ReturnRequestMail: events.ReturnRequestedStatus, events.ReturnApproval: events.ReturnApprovedStatus,
	events.ReturnRefusal: events.ReturnRefusedStatus, events.ReturnReceipt: events.ReturnReceivedStatus,
}

// exampleLinks are where the mails with a link lead.
var exampleLinks = map[events.NotificationKind]string{
	events.WelcomeMail: "/verify-email", events.VerificationMail: "/verify-email",
	events.PasswordResetMail: "/reset-password", events.AccountExistsMail: "/reset-password", events.InvitationMail: "/reset-password",
}

// example is a mail of a kind and what it is about. The shop's logo stands for the picture of what is sold.
func (c composer) example(kind events.NotificationKind) (n events.NotificationState, of matter) {
	euros := func(amount int64) events.Money { return events.Money{Amount: amount, Currency: "EUR"} }
	refund := euros(2490)
	n = events.NotificationState{Kind: kind, To: events.NewPersonal("ada@example.com"), Name: events.NewPersonal("Ada Lovelace"), OrderID: exampleOrder, Amount: &refund}
	o := events.OrderState{
		Meta: events.Meta{ID: exampleOrder, CreatedAt: exampleAt}, Number: "M-001234", Status: events.OrderPaidStatus, PayBy: exampleAt.Add(15 * time.Minute),
		Lines: []events.OrderLine{
			{ProductID: exampleLamp, Name: "Desk lamp, brass, with a shade of green glass", UnitPrice: euros(12900), Quantity: 1, Total: euros(12900), ImageURL: c.shop.Logo},
			{ProductID: exampleMug, Name: "Mug", UnitPrice: euros(1245), Quantity: 2, Total: euros(2490)},
		},
		Charges: []events.OrderCharge{{Charge: events.Charge{Name: "DHL", Amount: euros(490)}}},
		Taxes:   []events.TaxAmount{{Name: "VAT", Rate: 19_000, Included: true, Amount: euros(2535)}},
		Total:   euros(15880),
	}
	mugs := []events.OrderItem{{ProductID: exampleMug, Quantity: 2}}
	switch status, returned := exampleReturns[kind]; {
	case returned:
		n.PartID = examplePart
		r := events.PartReturn{ID: examplePart, Status: status, Lines: mugs, Note: events.Said("Please put the slip with the number into the parcel.")}
		if status == events.ReturnReceivedStatus {
			r.Received, r.Refund = []events.ReceivedItem{{OrderItem: mugs[0]}}, &events.PartRefund{Amount: refund}
		}
		o.Returns = []events.PartReturn{r}
	case kind == events.PartCancelledMail:
		n.PartID = examplePart
		o.Cancellations = []events.CancelledPart{{ID: examplePart, Lines: mugs, Refund: &events.PartRefund{Amount: refund}}}
	case kind == events.OrderShipment || kind == events.OrderArrival:
		n.PartID = examplePart
		o.Fulfilments = []events.Fulfilment{{ID: examplePart, Lines: mugs, Carrier: "DHL", TrackingNumber: events.NewPersonal("JJD0099887766")}}
	}
	if kind == events.InvitationMail || kind == events.LowStockMail {
		n.UserID = exampleOrder
	}
	if kind == events.WelcomeMail || kind == events.VerificationMail || kind == events.EmailChangedMail {
		n.Name = events.Personal{} // as it is sent: the address is not theirs yet, or not any more
	}
	if path := exampleLinks[kind]; path != "" {
		of.link = c.pages.at(n.UserID != "", path, "example")
	}
	of.order, of.product = &o, &events.ProductState{
		Meta:          events.Meta{ID: exampleMug},
		ProductFields: events.ProductFields{SKU: "MUG-2", Name: "Mug", ImageURL: c.shop.Logo}, Available: 3,
	}
	return n, of
}
