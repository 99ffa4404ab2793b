package notification

import (
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// view is what templates may show. Name is one line, and so is a product's: no name begins a new paragraph, let alone
// a header. It holds nothing that could be clicked but links of our own: whoever registers chooses the name, and whom the mail is for.
type view struct {
	tongue
	Kind    events.NotificationKind
	Shop    Shop
	Name    string
	ToStaff bool
	Order   *events.OrderState
	Product *events.ProductState // that is low
	Parcel  parcel               // of a mail about a part of the order
	Amount  events.Money
	Link    string // that sets a password or confirms an address
	Home    string // the page of whoever reads it
	Page    string // where the order or the stock is shown
	Minutes int    // for which the link is good from when it was asked for, when it is to a new password
	Hours   int    // and when it confirms an address, or invites

	Light, Dark palette
}

// Language is the code of the page's language.
func (v view) Language() events.Language { return v.code }

// Say is what a mail of this kind says under a key of its own.
func (v view) Say(key string, of ...any) (string, error) { return v.T(string(v.Kind)+"."+key, of...) }

// own is a key of this kind, where its words have it, or else one that all have.
func (v view) own(key, other string) string {
	if own := string(v.Kind) + "." + key; v.words[own] != "" {
		return own
	}
	return other
}

// orderKinds are the mails that are about an order: their subjects name it.
var orderKinds = map[events.NotificationKind]bool{
	events.OrderReminder: true, events.OrderConfirmation: true, events.OrderCancellation: true, events.PartCancelledMail: true, events.OrderExpiry: true,
	events.OrderShipment: true, events.OrderArrival: true,
	events.ReturnRequestMail: true, events.ReturnApproval: true, events.ReturnRefusal: true, events.ReturnReceipt: true, events.RefundNotice: true,
}

// shopKinds are the mails whose subjects name the shop.
var shopKinds = map[events.NotificationKind]bool{events.WelcomeMail: true, events.InvitationMail: true}

// Subject is the mail's.
func (v view) Subject() (string, error) { return v.headline("subject") }

// Title is what the mail begins with: what has happened, which most subjects say already.
func (v view) Title() (string, error) {
	if v.words[string(v.Kind)+".title"] != "" {
		return v.headline("title")
	}
	return v.Subject()
}

// headline is said of the order, the product or the shop that the mail is about, if it is about one.
func (v view) headline(key string) (string, error) {
	switch {
	case orderKinds[v.Kind]:
		return v.Say(key, v.Order.Number)
	case v.Product != nil:
		return v.Say(key, oneLine(v.Product.Name))
	case shopKinds[v.Kind]:
		return v.Say(key, v.Shop.Name)
	}
	return v.Say(key)
}

// Greeting is who it is to. Whoever has not shown that the address is theirs is not greeted by the name that somebody has given for it.
func (v view) Greeting() (string, error) {
	if v.Name == "" {
		return v.T(v.own("greeting unnamed", "hello unnamed"))
	}
	return v.T(v.own("greeting", "hello"), v.Name)
}

// Footer says why somebody gets it.
func (v view) Footer() (string, error) {
	if v.ToStaff {
		return v.T("staff footer", v.Shop.Name)
	}
	return v.T("footer", v.Shop.Name)
}

// button is the one thing to click.
type button struct{ Label, URL string }

// Button leads to the order, to the stock, or by the link to where a password is set or an address confirmed; nil: nowhere. An order that has expired leads to the shop.
func (v view) Button() (*button, error) {
	to := v.Link
	switch {
	case v.Kind == events.OrderExpiry:
		to = v.Home
	case v.Page != "":
		to = v.Page
	}
	if to == "" {
		return nil, nil
	}
	label, err := v.T(v.own("button", "see order"))
	return &button{label, to}, err
}

// item is some of one product.
type item struct {
	Quantity      int64
	Name, Picture string
	Each, Total   string // what they cost; "": it is not said
}

// Items are what the mail is about: how many are left of a product, of a part of an order what is in it, else all of the order with its prices.
func (v view) Items() (all []item) {
	if v.Product != nil {
		return []item{{Quantity: v.Product.Available, Name: oneLine(v.Product.Name), Picture: picture(v.Home, v.Product.ImageURL)}}
	}
	lines := map[string]events.OrderLine{}
	for _, l := range v.Order.Lines {
		lines[l.ProductID] = l
	}
	if v.Parcel.ID != "" {
		for _, g := range v.Parcel.Goods {
			l := lines[g.ProductID]
			all = append(all, item{Quantity: g.Quantity, Name: oneLine(l.Name), Picture: picture(v.Home, l.ImageURL)})
		}
		return all
	}
	for _, l := range v.Order.Lines {
		i := item{Quantity: l.Quantity, Name: oneLine(l.Name), Picture: picture(v.Home, l.ImageURL), Total: v.Money(l.Total)}
		if l.Quantity > 1 {
			i.Each = v.Money(l.UnitPrice)
		}
		all = append(all, i)
	}
	return all
}

// Pictured tells whether any of the items has a picture, so that the others leave room for one.
func (v view) Pictured() bool {
	for _, i := range v.Items() {
		if i.Picture != "" {
			return true
		}
	}
	return false
}

// parcel is a part of an order as a mail shows it; without an id it is none.
type parcel struct {
	ID                string
	Goods             []events.OrderItem
	Carrier, Tracking string
	Rest              bool          // something of the order is still to be sent
	Note              string        // what staff say
	Refund            *events.Money // what is given back for it
}

// parcelOf is the fulfilment, the return or the cancellation with the id; nothing where there is none.
func parcelOf(o *events.OrderState, id string) parcel {
	if o == nil || id == "" {
		return parcel{}
	}
	for _, f := range o.Fulfilments {
		if f.ID == id {
			return parcel{
				ID: id, Goods: f.Lines, Carrier: unlinked(f.Carrier), Tracking: unlinked(f.TrackingNumber.Plaintext()), Rest: o.Status == events.OrderPaidStatus,
			}
		}
	}
	for _, r := range o.Returns {
		if r.ID == id {
			return returnParcel(r)
		}
	}
	for _, c := range o.Cancellations {
		if c.ID == id {
			p := parcel{ID: id, Goods: c.Lines, Rest: o.Status == events.OrderPaidStatus}
			if c.Refund != nil {
				p.Refund = &c.Refund.Amount
			}
			return p
		}
	}
	return parcel{}
}

func returnParcel(r events.PartReturn) parcel {
	p := parcel{ID: r.ID, Goods: r.Lines, Note: unlinked(oneLine(r.Note.Plaintext()))}
	if r.Status == events.ReturnReceivedStatus {
		p.Goods = nil
		for _, l := range r.Received {
			p.Goods = append(p.Goods, l.OrderItem)
		}
	}
	if r.Refund != nil {
		p.Refund = &r.Refund.Amount
	}
	return p
}

const (
	resetMinutes      = int(domain.ResetLife / time.Minute)
	verificationHours = int(domain.VerificationLife / time.Hour)
)

// oneLine drops control characters, line breaks among them.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' || r == '\u0085' }), " ")
}

// links tells a character that makes an address of the web or of a mailbox out of words; all that Unicode, or IDNA, takes for one of these is one.
func links(r rune) bool { return strings.ContainsAny(norm.NFKC.String(string(r)), ".\u3002@:/") }

// unlinked breaks with spaces what a mail program would make a link of, wherever it ends: evil. example is none.
func unlinked(s string) string {
	var b strings.Builder
	breaks := false
	for _, r := range s {
		if breaks && r != ' ' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		breaks = links(r)
	}
	return b.String()
}
