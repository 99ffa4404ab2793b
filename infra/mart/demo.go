package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/flow"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/onlinemart/mart/infra/recording"
)

type demo struct {
	URL  string `name:"url" placeholder:"URL" help:"Which mart. Default: one that is started for this and thrown away." env:"MART_URL"`
	Mail string `placeholder:"URL" help:"The inbox of that mart (Mailpit's API). Default: the mail is not looked for." env:"MART_MAIL_URL"`

	Record string `placeholder:"FILE" help:"Write what is shown to a file, too: FILE.cast is an asciicast, FILE.svg a picture that moves."`
}

// buying is one walk through the shop.
type buying struct {
	shop, mail client.Client
	watchMail  bool
	email      string
	product    client.Product
	quote      client.Choice
	order      client.Order
	payment    client.Payment
}

// step is one hop: what the buyer does, and what the mart does behind it.
type step struct {
	title  string
	behind string
	do     func(b *buying, ctx context.Context) (result string, err error)
}

// steps are the whole purchase, in order.
var steps = []step{
	{"register", named("% → db → %", events.RegisterCustomer, events.CustomerRegistered), (*buying).register},
	{"browse", named("query %; no token needed", events.ListProducts), (*buying).browse},
	{"quote", named("query %: prices, ways to be sent, taxes of the place; nothing is reserved", events.MakeQuote), (*buying).ask},
	{"order", named("% → db: costs what was quoted, stock reserved, one transaction → %", events.PlaceChosen, events.OrderPlaced), (*buying).placeOrder},
	{"pay", named("% → % → authorised → % → captured → %", events.StartPayment, events.PaymentStarted, events.PaymentAuthorized, events.OrderPaid), (*buying).pay},
	{"read", named("query %, by its owner only", events.GetOrder), (*buying).read},
	{"mail", named("% → notification → SMTP, once", events.OrderPaid), (*buying).readMail},
}

// named is what happens behind a hop: for each % the next message's name, as it is declared.
func named(text string, messages ...events.Declared) string {
	for _, m := range messages {
		text = strings.Replace(text, "%", flow.Short(m.Type()), 1)
	}
	return text
}

// home is where the demo has its order sent: the catalogue that the mart comes with is taxed there.
func home() map[string]string {
	return map[string]string{"name": "Ada Buyer", "line1": "1 Main Street", "city": "London", "postalCode": "N1 9GU", "country": "GB"}
}

const demoWithin = 60 * time.Second

// Run buys something and shows each hop.
func (d demo) Run(ctx context.Context) error {
	walk := newWalk(os.Stdout, interactive(os.Stdout) && os.Getenv("NO_COLOR") == "")
	if d.Record == "" {
		return d.run(ctx, walk)
	}
	if err := recording.Check(d.Record); err != nil {
		return fmt.Errorf("--record: %w", err)
	}
	if err := d.run(ctx, walk.recorded()); err != nil {
		return err
	}
	return walk.record.Write(d.Record)
}

func (d demo) run(ctx context.Context, w *walk) error {
	if d.URL != "" {
		return d.buy(ctx, w)
	}
	begin := time.Now()
	m, err := laptop.Start(ctx, laptop.Config{})
	if err != nil {
		return err
	}
	w.hop("start", time.Since(begin), "a mart of its own, in a temporary folder", "")
	d.URL, d.Mail = m.URL, m.MailURL
	err = d.buy(ctx, w)
	stopping, stop := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer stop()
	return errors.Join(err, m.Stop(stopping))
}

func (d demo) buy(ctx context.Context, w *walk) error {
	ctx, cancel := context.WithTimeout(ctx, demoWithin) // a start before it has its own bound: it may have to download a Postgres
	defer cancel()
	b := &buying{shop: client.New(d.URL), watchMail: d.Mail != "", email: "buyer-" + uuid.NewString()[:8] + "@example.com"}
	if b.watchMail {
		b.mail = client.New(d.Mail)
	}
	all := time.Now()
	for _, s := range steps {
		begin := time.Now()
		result, err := s.do(b, ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", s.title, err)
		}
		w.hop(s.title, time.Since(begin), result, s.behind)
	}
	summary := "bought, paid, mailed"
	if !b.watchMail {
		summary = "bought, paid"
	}
	w.hop("done", time.Since(all), summary, "")
	return nil
}

func (b *buying) register(ctx context.Context) (string, error) {
	var err error
	b.shop, _, err = b.shop.Register(ctx, b.email, "Ada Buyer", uuid.NewString())
	return "POST /customers, POST /oauth/token: " + b.email, err
}

func (b *buying) browse(ctx context.Context) (string, error) {
	page, err := client.Get[client.Page[client.Product]](ctx, b.shop.As(""), "/products?limit=50&inStock=true&sort=name")
	if err != nil {
		return "", err
	}
	if len(page.Items) == 0 {
		return "", errors.New("the mart has nothing in stock; put something in with mart seed")
	}
	b.product = page.Items[0]
	return fmt.Sprintf("GET /products: %d in stock; takes %s at %s", len(page.Items), b.product.Name, b.product.Price), nil
}

func (b *buying) ask(ctx context.Context) (string, error) {
	q, err := b.shop.As("").Quote(ctx, home(), client.Line{ProductID: b.product.ID, Quantity: 1})
	if err != nil {
		return "", err
	}
	if len(q.Choices) == 0 {
		return "", errors.New("the mart sends nothing to Great Britain; make a shipping method with POST /shipping-methods")
	}
	b.quote = q.Choices[0]
	return fmt.Sprintf("POST /quotes: %s, with %s and %s", b.quote.Total, many(len(b.quote.Charges), "charge", "charges"), many(len(b.quote.Taxes), "tax", "taxes")), nil
}

func (b *buying) placeOrder(ctx context.Context) (string, error) {
	var err error
	b.order, err = b.shop.OrderQuoted(ctx, home(), b.quote.Quote, client.Line{ProductID: b.product.ID, Quantity: 1})
	return fmt.Sprintf("POST /orders: %s %s, %s", b.order.Number, b.order.Status, b.order.Total), err
}

func (b *buying) pay(ctx context.Context) (string, error) {
	var err error
	b.payment, err = b.shop.Pay(ctx, b.order.ID, "pm_card_visa")
	if err != nil {
		return "", err
	}
	if b.payment.Status != "captured" {
		b.payment, err = client.Until(ctx, b.shop, "/payments/"+b.payment.ID, func(p client.Payment) bool { return p.Status == "captured" })
	}
	return fmt.Sprintf("POST /payments: %s %s", b.payment.Amount, b.payment.Status), err
}

func (b *buying) read(ctx context.Context) (string, error) {
	order, err := client.Until(ctx, b.shop, "/orders/"+b.order.ID, func(o client.Order) bool { return o.Status == "paid" })
	if err != nil {
		return "", err
	}
	var history []string
	for _, h := range order.History {
		history = append(history, h.Status)
	}
	return "GET /orders/…: " + strings.Join(history, " → "), nil
}

func (b *buying) readMail(ctx context.Context) (string, error) {
	if !b.watchMail {
		return "not looked for (--mail says where the inbox is)", nil
	}
	m, err := b.mail.AwaitMail(ctx, b.email, func(m client.Mail) bool { return strings.Contains(m.Subject, b.order.Number) })
	return fmt.Sprintf("%q to %s", m.Subject, b.email), err
}
