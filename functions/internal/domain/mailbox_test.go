package domain

import "testing"

func TestMailbox(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"Gil@Example.com":           "gil@example.com",
		"gil+a@example.com":         "gil@example.com",
		"gil+a+b@example.com":       "gil@example.com",
		"g.il@example.com":          "g.il@example.com",
		"+a@example.com":            "+a@example.com",
		"G.i.l+shop@gmail.com":      "gil@gmail.com",
		"gil@googlemail.com":        "gil@gmail.com",
		"gil@mail.gmail.com":        "gil@mail.gmail.com",
		"gil+a@b\u00fccher.example": "gil@xn--bcher-kva.example",
		"nobody":                    "nobody",
	} {
		if got := Mailbox(address); got != want {
			t.Errorf("%s is in the mailbox %s, want %s", address, got, want)
		}
	}
}
