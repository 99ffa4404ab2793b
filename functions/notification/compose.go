package notification

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"strings"
	texttemplate "text/template"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

//go:embed templates
var files embed.FS

// A mail's kind names its templates, templates/<kind>.html and templates/<kind>.txt, which are filled from a view.
var (
	pages = template.Must(template.New("").Funcs(template.FuncMap{"money": domain.Written, "line": oneLine}).ParseFS(files, "templates/*.html"))
	texts = texttemplate.Must(texttemplate.New("").Funcs(texttemplate.FuncMap{"money": domain.Written, "line": oneLine}).ParseFS(files, "templates/*.txt"))
)

// subjects are of the mails that are about no order, and orderSubjects of those that are.
var (
	subjects = map[events.NotificationKind]string{
		events.WelcomeMail:  "Welcome to the mart",
		events.LoginWarning: "Somebody tries to log in to your account",

		events.PasswordResetMail: "Your new password",
		events.VerificationMail:  "Confirm your e-mail address",
		events.AccountExistsMail: "You have an account already",
		events.InvitationMail:    "You work for the mart now",
		events.EmailChangedMail:  "Your e-mail address is another now",
	}
	orderSubjects = map[events.NotificationKind]func(number string) string{
		events.OrderConfirmation: func(number string) string { return "Your order " + number },
		events.OrderCancellation: func(number string) string { return "Your order " + number + " is cancelled" },
		events.OrderShipment:     func(number string) string { return "Your order " + number + " is on its way" },
		events.OrderArrival:      func(number string) string { return "Your order " + number + " has arrived" },
		events.ReturnRequestMail: func(number string) string { return "What you send back of order " + number },
		events.ReturnApproval:    func(number string) string { return "You may send back goods of order " + number },
		events.ReturnRefusal:     func(number string) string { return "Your return of order " + number + " is refused" },
		events.ReturnReceipt:     func(number string) string { return "Your return of order " + number + " has come" },
		events.RefundNotice:      func(number string) string { return "Your refund for order " + number },
	}
)

// mail is one to be sent.
type mail struct {
	to        string
	name      string
	subject   string
	text      string
	page      string // HTML
	messageID string // RFC 5322, without the angle brackets
}

// view is what templates may show. Name is one line, and templates make one of a product's: no name begins a new paragraph, let alone
// a header. It holds nothing that could be clicked but a link of our own: whoever registers chooses the name, and whom the mail is for.
type view struct {
	Name    string
	Order   *events.OrderState
	Parcel  parcel // of a mail about a part of the order
	Amount  *events.Money
	Link    string
	Minutes int // for which the link is good from when it was asked for, when it is to a new password
	Hours   int // and when it confirms an address, or invites
}

// compose writes a mail. Error: *refusedError when there is no template for it.
func compose(n events.NotificationState, o *events.OrderState, link string) (mail, error) {
	subject, err := subjectOf(n.Kind, o)
	if err != nil {
		return mail{}, err
	}
	v := view{Name: unlinked(oneLine(n.Name.Plaintext())), Order: o, Parcel: parcelOf(o, n.PartID), Amount: n.Amount, Link: link, Minutes: int(domain.ResetLife / time.Minute), Hours: int(domain.VerificationLife / time.Hour)}
	var page, text bytes.Buffer
	if err := pages.ExecuteTemplate(&page, string(n.Kind)+".html", v); err != nil {
		return mail{}, fmt.Errorf("write the page: %w", err)
	}
	if err := texts.ExecuteTemplate(&text, string(n.Kind)+".txt", v); err != nil {
		return mail{}, fmt.Errorf("write the text: %w", err)
	}
	return mail{to: n.To.Plaintext(), name: v.Name, subject: subject, text: text.String(), page: page.String(), messageID: n.MessageID}, nil
}

func subjectOf(kind events.NotificationKind, o *events.OrderState) (string, error) {
	if subject, known := subjects[kind]; known {
		return subject, nil
	}
	subject, known := orderSubjects[kind]
	switch {
	case !known:
		return "", &refusedError{reason: fmt.Sprintf("there is no template for %q", kind)}
	case o == nil:
		return "", &refusedError{reason: "the mail is about an order and names none"}
	}
	return subject(o.Number), nil
}

// parcel is a part of an order as a mail shows it.
type parcel struct {
	Lines             []item
	Carrier, Tracking string
	Rest              bool          // something of the order is still to be sent
	Note              string        // what staff say
	Refund            *events.Money // what is given back for it
}

type item struct {
	Quantity int64
	Name     string
}

// parcelOf is the fulfilment or the return with the id; nothing where there is none.
func parcelOf(o *events.OrderState, id string) (p parcel) {
	if o == nil || id == "" {
		return p
	}
	names := map[string]string{}
	for _, l := range o.Lines {
		names[l.ProductID] = l.Name
	}
	for _, f := range o.Fulfilments {
		if f.ID != id {
			continue
		}
		p.Carrier, p.Tracking, p.Rest = unlinked(f.Carrier), unlinked(f.TrackingNumber.Plaintext()), o.Status == events.OrderPaidStatus
		p.Lines = itemsOf(f.Lines, names)
	}
	for _, r := range o.Returns {
		if r.ID != id {
			continue
		}
		p.Lines, p.Note = itemsOf(r.Lines, names), unlinked(oneLine(r.Note.Plaintext()))
		if r.Status == events.ReturnReceivedStatus {
			p.Lines = nil
			for _, l := range r.Received {
				p.Lines = append(p.Lines, item{l.Quantity, names[l.ProductID]})
			}
		}
		if r.Refund != nil {
			p.Refund = &r.Refund.Amount
		}
	}
	return p
}

func itemsOf(lines []events.OrderItem, names map[string]string) (all []item) {
	for _, l := range lines {
		all = append(all, item{l.Quantity, names[l.ProductID]})
	}
	return all
}

// oneLine drops control characters, line breaks among them.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' || r == '\u0085' }), " ")
}

// linking are the characters that make an address of the web or of a mailbox out of words; all that IDNA takes for a dot is one.
const linking = ".\u3002\uFF0E\uFF61@:/"

// unlinked breaks with spaces what a mail program would make a link of, wherever it ends: evil. example is none.
func unlinked(s string) string {
	var b strings.Builder
	breaks := false
	for _, r := range s {
		if breaks && r != ' ' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		breaks = strings.ContainsRune(linking, r)
	}
	return b.String()
}
