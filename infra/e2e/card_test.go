package e2e

import "testing"

func TestCardNumber(t *testing.T) {
	t.Parallel()
	const card = "4242424242424242"
	for text, want := range map[string]string{
		`{"note":"4242424242424242"}`:                card,
		"card=4242424242424242\n":                    card,
		"4242424242424242":                           card,
		"4242424242424242EUR":                        card,
		"card=4242424242424242f":                     card,
		"amount=4242424242424243":                    "", // Luhn's check says no
		"traceId=4242424242424242abcdef0123456789\n": "", // an id that begins so
		"traceId=abcdef01234567894242424242424242":   "",
		"traceparent=00-4242424242424242abcdef0123456789-4242424242424242-01": "",
		"id=x4242424242424242": "", // part of a cipher
	} {
		if got := cardNumber([]byte(text)); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
