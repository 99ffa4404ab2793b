package domain

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
)

func TestRefuseCardNumbers(t *testing.T) {
	t.Parallel()
	for body, refused := range map[string]bool{
		`{"paymentMethod":"pm_card_visa"}`:                           false,
		`{"paymentMethod":"4242424242424242"}`:                       true,
		`{"phone":"+49 162 42221730"}`:                               false,
		`{"phone":"+4916242221730"}`:                                 false,
		`{"phone":"4916242221730"}`:                                  false,
		`{"phone":"+4242424242424242"}`:                              false,
		`{"guest":{"email":"4242424242424242@example.com"},"n":1}`:   false,
		`{"password":"4242424242424242","name":"Ada"}`:               false,
		`{"current":"4242424242424242","new":"4242424242424242"}`:    false,
		`{"email":"a@example.com","note":"4242424242424242"}`:        true,
		`{"email":{"note":"4242424242424242"}}`:                      true,
		`{"email":{"a":1},"note":"4242424242424242"}`:                true,
		`{"lines":[{"phone":"1"},"4242424242424242"]}`:               true,
		`["email","4242424242424242"]`:                               true,
		`{"note":"call +4916242221730"}`:                             true,
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
		`{"note":"4242,4242,4242,4242"}`:                             true,
		`{"note":"4242\u200b4242\u200b4242\u200b4242"}`:              true,
		`{"note":"4\u20602\ufeff4\u200d2\u00ad 4242 4242 4242"}`:     true,
		`{"note":"4\ufe0f\u20e32\ufe0f\u20e34242 4242 4242 42"}`:     true,
		`{"note":"٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"}`:                                true,
		`{"note":"٤٢٤٢\u066c٤٢٤٢\u066c٤٢٤٢\u066c٤٢٤٢"}`:              true,
		`{"note":"۴۲۴۲/۴۲۴۲/۴۲۴۲/۴۲۴۲"}`:                             true,
		`{"note":"४२४२ ४२४२ 4242 ４２４２"}`:                             true,
		`{"note":"𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐"}`:                                true,
		`{"note":"4242:4242:4242:4242"}`:                             true,
		`{"note":"४२४२; ४२४२; ४२४२; ४२४२"}`:                          false,
		`{"note":"٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤١"}`:                                false,
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

// zeros are the noughts of all scripts that Unicode has decimal digits of.
var zeros = func() (all []rune) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.Is(unicode.Nd, r) && digitOf(r) == '0' {
			all = append(all, r)
		}
	}
	return all
}()

func TestEveryScriptHasTenDigits(t *testing.T) {
	t.Parallel()
	n := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.Is(unicode.Nd, r) {
			n++
		}
	}
	if len(zeros) < 60 || n != 10*len(zeros) {
		t.Fatalf("%d digits from %d noughts", n, len(zeros))
	}
	for _, zero := range zeros {
		for i := range rune(10) {
			if !unicode.Is(unicode.Nd, zero+i) || digitOf(zero+i) != '0'+i {
				t.Errorf("%U is read as %q, want %d", zero+i, digitOf(zero+i), i)
			}
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
				written.WriteString(rapid.SampledFrom([]string{" ", "-", ".", ",", "/", "  ", " - ", "\u00a0", "\u2013", "\u200b", "\u2060,\u200d", "\u066c"}).Draw(t, "separator"))
			}
			written.WriteRune(rapid.SampledFrom(zeros).Draw(t, "script") + d - '0')
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
