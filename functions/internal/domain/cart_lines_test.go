package domain_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

func cartLine(product string, quantity int64, put int) events.CartLine {
	return events.CartLine{ProductID: product, Quantity: quantity, Name: product, UnitPrice: events.Money{Amount: int64(put), Currency: "USD"}, At: time.Unix(int64(put), 0).UTC()}
}

// Quantities of one product add, as far as a line goes and as there are goods, but never to none; the price is that which was seen last.
func TestMergeLines(t *testing.T) {
	t.Parallel()
	left := map[string]int64{"a": 100, "b": 5, "c": 0, "d": 5000}
	into := []events.CartLine{cartLine("a", 2, 1), cartLine("b", 3, 2), cartLine("c", 4, 1), cartLine("d", 900, 1)}
	from := []events.CartLine{cartLine("e", 7, 3), cartLine("d", 200, 1), cartLine("c", 1, 1), cartLine("b", 4, 1), cartLine("a", 3, 2)}
	before := slices.Clone(into)
	got := domain.MergeLines(into, from, func(product string) int64 { return left[product] })
	want := []events.CartLine{cartLine("a", 5, 2), cartLine("b", 5, 2), cartLine("c", 1, 1), cartLine("d", 1000, 1), cartLine("e", 7, 3)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, into); diff != "" {
		t.Errorf("what it was given has changed:\n%s", diff)
	}
}

func TestCartChangesAndTotal(t *testing.T) {
	t.Parallel()
	offer := func(amount, available int64, currency string) *events.CartOffer {
		return &events.CartOffer{Name: "Mug", UnitPrice: events.Money{Amount: amount, Currency: currency}, Available: available}
	}
	seen := func(now *events.CartOffer) events.CartLine {
		l := cartLine("a", 3, 1000)
		l.Now = now
		return l
	}
	for name, c := range map[string]struct {
		lines []events.CartLine
		want  []events.CartChange // of the last line
		total events.Money
		none  bool
	}{
		"as it was":         {[]events.CartLine{seen(offer(1000, 3, "USD"))}, nil, events.Money{Amount: 3000, Currency: "USD"}, false},
		"cheaper":           {[]events.CartLine{seen(offer(900, 3, "USD"))}, []events.CartChange{events.CartPriceChanged}, events.Money{Amount: 2700, Currency: "USD"}, false},
		"in other money":    {[]events.CartLine{seen(offer(1000, 3, "EUR"))}, []events.CartChange{events.CartPriceChanged}, events.Money{Amount: 3000, Currency: "EUR"}, false},
		"dearer and scarce": {[]events.CartLine{seen(offer(1100, 2, "USD"))}, []events.CartChange{events.CartPriceChanged, events.CartNotEnough}, events.Money{Amount: 3300, Currency: "USD"}, false},
		"gone":              {[]events.CartLine{seen(offer(1000, 3, "USD")), seen(nil)}, []events.CartChange{events.CartNotSold}, events.Money{Amount: 3000, Currency: "USD"}, false},
		"nothing left":      {[]events.CartLine{seen(nil)}, []events.CartChange{events.CartNotSold}, events.Money{}, true},
		"two currencies":    {[]events.CartLine{seen(offer(1000, 3, "EUR")), seen(offer(1000, 3, "USD"))}, nil, events.Money{}, true},
		"too much":          {[]events.CartLine{seen(offer(1_000_000_000_000, 3, "USD"))}, []events.CartChange{events.CartPriceChanged}, events.Money{}, true},
	} {
		if diff := cmp.Diff(c.want, domain.CartChanges(c.lines[len(c.lines)-1])); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if total, ok := domain.CartTotal(c.lines); ok == c.none || ok && total != c.total {
			t.Errorf("%s: the total is %v %v, want %v", name, total, ok, c.total)
		}
	}
}

// A cart is opened by its customer alone, or by its secret where it is nobody's, whoever shows that.
func TestStoredCart_OpenedBy(t *testing.T) {
	t.Parallel()
	ada, bob, nobody := events.Principal{Type: events.Shopper, ID: "a"}, events.Principal{Type: events.Shopper, ID: "b"}, events.Principal{Type: events.Anonymous}
	of := func(customer, secret string) domain.StoredCart {
		return domain.StoredCart{CartState: events.CartState{CustomerID: customer}, SecretHash: secret}
	}
	for name, c := range map[string]struct {
		cart   domain.StoredCart
		by     events.Principal
		secret string
		want   bool
	}{
		"hers":                                {of("a", ""), ada, "", true},
		"hers, by a secret that it has not":   {of("a", ""), bob, "s", false},
		"hers, by nobody without a secret":    {of("a", ""), nobody, "", false},
		"hers, by staff of the same id":       {of("a", ""), events.Principal{Type: events.Staff, ID: "a"}, "", false},
		"nobody's, by its secret":             {of("", "s"), nobody, "s", true},
		"nobody's, by a customer with it":     {of("", "s"), ada, "s", true},
		"nobody's, by another secret":         {of("", "s"), nobody, "t", false},
		"nobody's, by a part of it":           {of("", "st"), nobody, "s", false},
		"nobody's, without a secret":          {of("", "s"), nobody, "", false},
		"nobody's that has none, without one": {of("", ""), nobody, "", false},
	} {
		if got := c.cart.OpenedBy(c.by, events.CartKey{SecretHash: c.secret}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestCartLineSetting_Quantity(t *testing.T) {
	t.Parallel()
	for quantity, want := range map[int64]bool{0: false, 1: true, 1000: true, 1001: false, -1: false} {
		_, err := domain.CartLineSetting(events.CartLineSetting{OrderItem: events.OrderItem{ProductID: "a", Quantity: quantity}})
		if errors.Is(err, &events.Problem{Code: "invalid"}) == want {
			t.Errorf("%d: %v", quantity, err)
		}
	}
}
