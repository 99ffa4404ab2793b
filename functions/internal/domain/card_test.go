package domain

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
)

func TestRefuseCardNumbers(t *testing.T) {
	t.Parallel()
	for body, refused := range map[string]bool{
		`{"paymentMethod":"pm_card_visa"}`:                           false,
		`{"paymentMethod":"4242424242424242"}`:                       true,
		`{"paymentMethod":4242424242424242}`:                         true,
		`{"note":"4242 4242 4242 4242"}`:                             true,
		`{"note":"4242-4242-4242-4242 12/34 123"}`:                   true,
		`{"note":"4242 4242 4242 4242 12 34"}`:                       true,
		`{"note":"my card 378282246310005, thanks"}`:                 true,
		`{"note":"4242.4242.4242.4242"}`:                             true,
		`{"note":"4242/4242/4242/4242"}`:                             true,
		`{"note":"4242_4242_4242_4242"}`:                             true,
		`{"note":"4242  4242 - 4242\n4242"}`:                         true,
		"{\"note\":\"4242\u00a04242\u00a04242\u20134242\"}":          true,
		`{"note":"４２４２４２４２４２４２４２４２"}`:                                true,
		`{"note":"4242    4242    4242    4242"}`:                    false,
		`{"note":"4242, 4242, 4242, 4242"}`:                          false,
		`{"note":"\u0034242424242424242"}`:                           true,
		`{"4242424242424242":1}`:                                     true,
		`{"note":"4242424242424241"}`:                                false,
		`{"note":"424242424242"}`:                                    false,
		`{"lines":[{"quantity":4242},{"quantity":424242424242}]}`:    false,
		`{"orderId":"42424242-4242-4242-8242-424242424242"}`:         false,
		`{"note":"see 42424242-4242-4242-8242-424242424242"}`:        false,
		`not JSON, 4242424242424242`:                                 true,
		`{"note":"4242424242424242`:                                  true,
		`{"postalCode":"90210-1234","line1":"1600 Amphitheatre 12"}`: false,
	} {
		if got := RefuseCardNumbers([]byte(body)) != nil; got != refused {
			t.Errorf("%s: refused %v, want %v", body, got, refused)
		}
	}
}

func TestEveryCardNumberIsFoundHoweverWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`[1-9][0-9]{11,17}`).Draw(t, "digits")
		for check := range 10 {
			if number := fmt.Sprint(digits, check); luhn(number) {
				digits = number
				break
			}
		}
		var written strings.Builder
		for i, d := range digits {
			if i > 0 && rapid.IntRange(0, 4).Draw(t, "gap") == 0 {
				written.WriteString(rapid.SampledFrom([]string{" ", "-", ".", "/", "  ", " - ", "\u00a0", "\u2013"}).Draw(t, "separator"))
			}
			written.WriteRune(d)
		}
		body, err := json.Marshal(map[string]string{"note": "x " + written.String() + rapid.SampledFrom([]string{"", ".", " 12", "x"}).Draw(t, "after")})
		if err != nil {
			t.Fatal(err)
		}
		if RefuseCardNumbers(body) == nil && !ids.Match(body) {
			t.Fatalf("%s passes", body)
		}
	})
}

func TestIdsAreNoCardNumbers(t *testing.T) {
	t.Parallel()
	for range 5_000 {
		body := `{"orderId":"` + events.NewID() + `","productId":"` + events.DeriveID(events.NewID()) + `"}`
		if err := RefuseCardNumbers([]byte(body)); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
	}
}
