package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/infra/client"
)

// What belongs to another customer looks exactly as what does not exist.
func TestForeignThingsAreNotFound(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p := m.product(ctx, t, 5)
	owner, stranger := m.buyer(ctx, t), m.buyer(ctx, t)
	order := owner.order(ctx, t, p.ID, 1)
	payment, err := owner.Pay(ctx, order.ID, "pm_card_visa")
	if err != nil {
		t.Fatal(err)
	}
	owner.status(ctx, t, order.ID, "paid")
	for _, path := range []string{"/orders/" + order.ID, "/payments/" + payment.ID, "/orders/" + uuid.NewString()} {
		refused(t, send(ctx, t, stranger.Client, http.MethodGet, path, nil), nil, http.StatusNotFound, "")
	}
	second := owner.order(ctx, t, p.ID, 1)
	refused(t, send(ctx, t, stranger.Client, http.MethodPost, "/orders/"+second.ID+"/cancellation", map[string]any{}, client.NewKey()), nil, http.StatusNotFound, "")
	_, err = stranger.Pay(ctx, second.ID, "pm_card_visa")
	refused(t, client.Answer{}, err, http.StatusNotFound, "")
	owner.status(ctx, t, second.ID, "placed")

	page, err := client.Get[client.Page[client.Order]](ctx, stranger.Client, "/orders?customerId="+owner.id)
	if err == nil && len(page.Items) != 0 {
		t.Errorf("a stranger sees %d orders of somebody else", len(page.Items))
	}
}

// What only the mart may decide is refused from a client, never stored.
func TestClientsDecideNothingTheyMayNot(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p := m.product(ctx, t, 5)
	b := m.buyer(ctx, t)
	line := func(extra string) string { return `{"productId":"` + p.ID + `","quantity":1` + extra + `}` }
	address := `"shippingAddress":{"name":"A","line1":"B","city":"C","postalCode":"1100-148","country":"PT"}`
	for name, body := range map[string]string{
		"a line's price": `{"lines":[` + line(`,"unitPrice":{"amount":1,"currency":"EUR"}`) + `],` + address + `}`,
		"a total":        `{"lines":[` + line("") + `],"total":{"amount":1,"currency":"EUR"},` + address + `}`,
		"a status":       `{"lines":[` + line("") + `],"status":"paid",` + address + `}`,
		"an owner":       `{"lines":[` + line("") + `],"customerId":"` + uuid.NewString() + `",` + address + `}`,
		"no quantity":    `{"lines":[{"productId":"` + p.ID + `"}],` + address + `}`,
		"a negative one": `{"lines":[{"productId":"` + p.ID + `","quantity":-1}],` + address + `}`,
		"no line":        `{"lines":[],` + address + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, send(ctx, t, b.Client, http.MethodPost, "/orders", raw(body), client.NewKey()), nil, http.StatusUnprocessableEntity, "")
		})
	}
	order := b.order(ctx, t, p.ID, 1)
	for name, body := range map[string]string{
		"an amount":     `{"orderId":"` + order.ID + `","paymentMethod":"pm_card_visa","amount":{"amount":1,"currency":"EUR"}}`,
		"a card number": `{"orderId":"` + order.ID + `","paymentMethod":"4242424242424242"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, send(ctx, t, b.Client, http.MethodPost, "/payments", raw(body), client.NewKey()), nil, http.StatusUnprocessableEntity, "")
		})
	}
	email := unique("x") + "@example.com"
	for name, body := range map[string]string{
		"a role":   `{"email":"` + email + `","password":"nine quiet boats on tuesday","name":"X","roles":["owner"]}`,
		"verified": `{"email":"` + email + `","password":"nine quiet boats on tuesday","name":"X","emailVerified":true}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, send(ctx, t, m.api, http.MethodPost, "/customers", raw(body)), nil, http.StatusUnprocessableEntity, "")
		})
	}
}

// Staff and customers are two audiences: a token of one opens no door of the other.
func TestAudiences(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	b := m.buyer(ctx, t)
	for _, c := range []struct {
		who          string
		as           client.Client
		method, path string
		body         any
		want         int
	}{
		{"anyone", m.api, http.MethodPost, "/brands", map[string]string{"name": "X"}, 401},
		{"anyone", m.api, http.MethodGet, "/orders", nil, 401},
		{"anyone", m.api, http.MethodGet, "/stock", nil, 401},
		{"anyone", m.api, http.MethodGet, "/users", nil, 401},
		{"a forger", m.api.As("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."), http.MethodGet, "/users", nil, 401},
		{"a customer", b.Client, http.MethodPost, "/brands", map[string]string{"name": "X"}, 403},
		{"a customer", b.Client, http.MethodGet, "/users", nil, 403},
		{"a customer", b.Client, http.MethodGet, "/customers", nil, 403},
		{"a customer", b.Client, http.MethodGet, "/stock", nil, 403},
		{"a customer", b.Client, http.MethodGet, "/notifications", nil, 403},
		{"anyone", m.api, http.MethodPost, "/shipping-methods", map[string]string{"name": "X"}, 401},
		{"a customer", b.Client, http.MethodPost, "/shipping-methods", map[string]string{"name": "X"}, 403},
		{"anyone", m.api, http.MethodGet, "/tax-rates", nil, 401},
		{"a customer", b.Client, http.MethodGet, "/tax-rates", nil, 403},
		{"anyone", m.api, http.MethodGet, "/journal", nil, 401},
		{"a customer", b.Client, http.MethodGet, "/journal", nil, 403},
		{"the owner", m.owner, http.MethodGet, "/customers/me", nil, 403},
	} {
		t.Run(strings.ReplaceAll(c.who+" "+c.method+c.path, "/", " "), func(t *testing.T) {
			t.Parallel()
			a := send(ctx, t, c.as, c.method, c.path, c.body)
			refused(t, a, nil, c.want, "")
			if c.want == http.StatusUnauthorized && !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("WWW-Authenticate: %q", a.Header.Get("WWW-Authenticate"))
			}
		})
	}
	_, err := m.api.Login(ctx, client.Backoffice, b.email, passphrase)
	if err == nil {
		t.Error("a customer got in by the back office")
	}
	_, err = m.api.Login(ctx, client.Storefront, b.email, "wrong password here")
	if err == nil {
		t.Error("a wrong password got in")
	}
}
