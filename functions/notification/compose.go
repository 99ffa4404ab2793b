package notification

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"regexp"
	"strings"
	"sync"
	texttemplate "text/template"
	"time"

	"github.com/onlinemart/mart/events"
)

// A mail's kind names its templates, templates/<kind>.html and templates/<kind>.txt, which say what stands within the layout. What they say in
// which language is in the words.
//
//go:embed templates
var templateFiles embed.FS

// template pair of one kind.
type pair struct {
	page *template.Template
	text *texttemplate.Template
}

// templates are those of each kind. It panics when they cannot be read, which tests see.
var templates = sync.OnceValue(func() map[events.NotificationKind]pair {
	entries, err := templateFiles.ReadDir("templates")
	if err != nil {
		panic(err)
	}
	layout := template.Must(template.New("").Funcs(template.FuncMap{"whole": whole}).ParseFS(templateFiles, "templates/layout.html"))
	textLayout := texttemplate.Must(texttemplate.ParseFS(templateFiles, "templates/layout.txt"))
	all := map[events.NotificationKind]pair{}
	for _, e := range entries {
		kind, isPage := strings.CutSuffix(e.Name(), ".html")
		if !isPage || kind == "layout" {
			continue
		}
		all[events.NotificationKind(kind)] = pair{
			page: template.Must(template.Must(layout.Clone()).ParseFS(templateFiles, "templates/"+kind+".html")),
			text: texttemplate.Must(texttemplate.Must(textLayout.Clone()).ParseFS(templateFiles, "templates/"+kind+".txt")),
		}
	}
	return all
})

// mail is one to be sent.
type mail struct {
	to        string
	name      string
	language  events.Language
	subject   string
	text      string
	page      string // HTML
	messageID string // RFC 5322, without the angle brackets
}

// composer writes mails for one shop.
type composer struct {
	shop  Shop
	pages Pages
	zone  *time.Location
}

// newComposer checks the settings. Error: which of them to set otherwise.
func newComposer(s Shop, p Pages) (composer, error) {
	if err := errors.Join(s.Check(), p.Check()); err != nil {
		return composer{}, err
	}
	zone, err := s.location()
	return composer{s, p, zone}, err
}

// matter is what a mail is about.
type matter struct {
	order   *events.OrderState   // nil: none
	token   string               // that opens it to its guest; "": it is a customer's, or nothing opens it any more
	product *events.ProductState // that is low; nil: none
	link    string               // where a password is set or an address confirmed; "": nowhere
}

// compose writes a mail. Error: *refusedError when there is no template for it.
func (c composer) compose(n events.NotificationState, of matter) (mail, error) {
	t, known := templates()[n.Kind]
	switch {
	case !known:
		return mail{}, &refusedError{reason: fmt.Sprintf("there is no template for %q", n.Kind)}
	case orderKinds[n.Kind] && of.order == nil:
		return mail{}, &refusedError{reason: "the mail is about an order and names none"}
	case n.Kind == events.LowStockMail && of.product == nil:
		return mail{}, &refusedError{reason: "the mail is about a product and names none"}
	}
	v := c.view(n, of)
	subject, err := v.Subject()
	if err != nil {
		return mail{}, err
	}
	var page, text bytes.Buffer
	if err := t.page.ExecuteTemplate(&page, "layout.html", v); err != nil {
		return mail{}, fmt.Errorf("write the page: %w", err)
	}
	if err := t.text.ExecuteTemplate(&text, "layout.txt", v); err != nil {
		return mail{}, fmt.Errorf("write the text: %w", err)
	}
	return mail{
		to: n.To.Plaintext(), name: v.Name, language: v.code, subject: subject, text: tidy(text.String()), page: page.String(), messageID: n.MessageID,
	}, nil
}

// view is what the templates are given. A language that this release does not know is the shop's.
func (c composer) view(n events.NotificationState, of matter) view {
	code := n.Language
	if allWords()[code] == nil {
		code = c.shop.Language
	}
	v := view{
		tongue: tongue{code, allWords()[code], c.zone}, Kind: n.Kind, Shop: c.shop, Name: unlinked(oneLine(n.Name.Plaintext())), ToStaff: n.UserID != "",
		Parcel: parcelOf(of.order, n.PartID), Link: of.link, Home: c.pages.home(n.UserID != ""), Minutes: resetMinutes, Hours: verificationHours, Light: light, Dark: dark,
	}
	if n.Amount != nil {
		v.Amount = *n.Amount
	}
	if orderKinds[n.Kind] {
		v.Order, v.Page = of.order, c.pages.order(of.order, of.token)
	}
	if n.Kind == events.LowStockMail {
		v.Product, v.Page = of.product, c.pages.stock(of.product.ID)
	}
	return v
}

// piece is a piece of a text; one that is whole stands on one line.
type piece struct {
	Text  string
	Whole bool
}

// hyphened are words that are one to whoever reads them, and that a line would break in the middle: e-mail, and an order's number.
var hyphened = regexp.MustCompile(`(?i)\be-mail(-\pL+)*|\bM-[0-9]+`)

// whole divides a text into such words and what is between them.
func whole(text string) (pieces []piece) {
	from := 0
	for _, at := range hyphened.FindAllStringIndex(text, -1) {
		pieces = append(pieces, piece{text[from:at[0]], false}, piece{text[at[0]:at[1]], true})
		from = at[1]
	}
	return append(pieces, piece{text[from:], false})
}

// gaps are more blank lines than one.
var gaps = regexp.MustCompile(`\n{3,}`)

// tidy leaves one blank line between paragraphs, whatever parts a template leaves out.
func tidy(text string) string {
	return strings.TrimSpace(gaps.ReplaceAllString(text, "\n\n")) + "\n"
}
