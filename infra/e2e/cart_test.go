package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onlinemart/mart/infra/client"
)

// inCart is what is in a cart, in short.
func inCart(k client.Cart) map[string]int64 {
	all := map[string]int64{}
	for _, l := range k.Lines {
		all[l.ProductID+strings.Join(l.Changes, "+")] = l.Quantity
	}
	return all
}

// Somebody collects goods before anybody knows them, logs in, has them in the cart that they had before, orders it, and pays.
func TestACartBecomesAnOrder(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	mug, cup, b := m.product(ctx, t, 5), m.product(ctx, t, 3), m.buyer(ctx, t)
	must := func(k client.Cart, err error) client.Cart {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	k := must(m.api.OpenCart(ctx))
	if k.Secret == "" || len(k.Lines) != 0 {
		t.Fatalf("opened %+v", k)
	}
	must(m.api.Put(ctx, k, mug.ID, 2))
	must(m.api.Put(ctx, k, cup.ID, 9))
	if _, _, err := client.Do[client.Product](ctx, m.owner, http.MethodPatch, "/products/"+mug.ID, map[string]any{"price": client.Money{Amount: 1500, Currency: "EUR"}}, client.IfMatch("*")); err != nil {
		t.Fatal(err)
	}
	seen := must(m.api.Look(ctx, k))
	if d := cmp.Diff(map[string]int64{mug.ID + "price": 2, cup.ID + "not_enough": 9}, inCart(seen)); d != "" || *seen.Total != (client.Money{Amount: 2*1500 + 9*1999, Currency: "EUR"}) {
		t.Errorf("for %v (-want +got):\n%s", seen.Total, d)
	}
	m.stock(ctx, t, mug.ID, 5, 0) // nothing is reserved

	own := must(b.OpenCart(ctx))
	must(b.Put(ctx, own, cup.ID, 1))
	if again := must(b.OpenCart(ctx)); again.ID != own.ID || again.Secret != "" || own.Secret != "" {
		t.Errorf("a customer has one cart, and no secret: %+v", again)
	}
	claimed := must(b.Claim(ctx, k))
	if d := cmp.Diff(map[string]int64{mug.ID + "price": 2, cup.ID: 3}, inCart(claimed)); d != "" || claimed.ID != own.ID {
		t.Errorf("(-want +got):\n%s", d)
	}
	must(b.Remove(ctx, own, cup.ID))

	key, body := client.NewKey(), map[string]any{"shippingAddress": client.Address("Ada Buyer")}
	order, first, err := client.Do[client.Order](ctx, b.Client, http.MethodPost, "/carts/"+own.ID+"/order", body, key)
	if err != nil || first.Status != http.StatusCreated || order.Total != (client.Money{Amount: 3000, Currency: "EUR"}) {
		t.Fatalf("%v %d %s", err, first.Status, first.Body)
	}
	if again := send(ctx, t, b.Client, http.MethodPost, "/carts/"+own.ID+"/order", body, key); string(again.Body) != string(first.Body) {
		t.Errorf("repeated: %d %s", again.Status, again.Body)
	}
	_, err = b.OrderCart(ctx, own, "Ada Buyer")
	refused(t, client.Answer{}, err, http.StatusConflict, "cart_ordered")
	if k := must(b.Look(ctx, own)); k.Status != "ordered" || k.OrderID != order.ID {
		t.Errorf("the cart: %+v", k)
	}
	if _, err := b.Pay(ctx, order.ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	b.status(ctx, t, order.ID, "paid")
	m.stock(ctx, t, mug.ID, 3, 0)
}

// Whoever has not the secret learns nothing of a cart, whatever they have otherwise: its id, another's secret, an account, a stranger's key.
func TestStrangersCarts(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p, b, other := m.product(ctx, t, 5), m.buyer(ctx, t), m.buyer(ctx, t)
	k, err := m.api.OpenCart(ctx)
	if err != nil {
		t.Fatal(err)
	}
	mine, err := m.api.OpenCart(ctx)
	if err != nil {
		t.Fatal(err)
	}
	key, quantity := client.Key("1"), map[string]int64{"quantity": 1}
	line := "/carts/" + k.ID + "/lines/" + p.ID
	if a := send(ctx, t, m.api, http.MethodPut, line, quantity, client.Secret(k.Secret), key); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	own, err := b.OpenCart(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]struct {
		who    client.Client
		secret string
	}{
		"nobody": {m.api, ""}, "another secret": {m.api, mine.Secret}, "its id": {m.api, k.ID}, "a customer": {other.Client, mine.Secret}, "the owner": {m.owner, ""},
	} {
		for path, secret := range map[string]string{"/carts/" + k.ID: s.secret, "/carts/" + own.ID: k.Secret, "/carts/" + uuid.NewString(): k.Secret} {
			at := []client.Header{client.Secret(secret), key}
			look := send(ctx, t, s.who, http.MethodGet, path, nil, at...)
			if refused(t, look, nil, http.StatusNotFound, "not_found"); !strings.Contains(string(look.Body), "Cart-Secret") {
				t.Errorf("it does not say what opens a cart: %s", look.Body)
			}
			refused(t, send(ctx, t, s.who, http.MethodPut, path+"/lines/"+p.ID, quantity, at...), nil, http.StatusNotFound, "not_found")
			refused(t, send(ctx, t, s.who, http.MethodDelete, path+"/lines/"+p.ID, nil, at...), nil, http.StatusNotFound, "not_found")
			refused(t, send(ctx, t, s.who, http.MethodDelete, path, nil, at...), nil, http.StatusNotFound, "not_found")
		}
		if s.who.Token == other.Token {
			refused(t, send(ctx, t, s.who, http.MethodPost, "/carts/"+k.ID+"/claim", nil, client.Secret(s.secret)), nil, http.StatusNotFound, "not_found")
			_, err := s.who.OrderCart(ctx, client.Cart{ID: k.ID, Secret: s.secret}, "Eve")
			refused(t, client.Answer{}, err, http.StatusNotFound, "not_found")
		}
		if name == "nobody" {
			refused(t, send(ctx, t, s.who, http.MethodPost, "/carts/"+k.ID+"/claim", nil, client.Secret(k.Secret)), nil, http.StatusUnauthorized, "token_required")
		}
	}
	// Of two strangers who choose one key, neither is told the other's secret.
	first, second := send(ctx, t, m.api, http.MethodPost, "/carts", nil, key), send(ctx, t, m.api, http.MethodPost, "/carts", nil, key)
	if first.Status != http.StatusCreated || second.Status != http.StatusCreated || first.Header.Get("Location") == second.Header.Get("Location") {
		t.Errorf("one key of two strangers: %d %s, %d %s", first.Status, first.Body, second.Status, second.Body)
	}
	if seen, err := m.api.Look(ctx, k); err != nil || len(seen.Lines) != 1 {
		t.Errorf("what strangers tried: %v %+v", err, seen)
	}
}
