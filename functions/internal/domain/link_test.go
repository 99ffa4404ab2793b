package domain

import "testing"

func TestLink(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"https://example.com/a%20b.jpg?x=1&y=(2)#top": true,
		"HTTPS://cdn.example.com:8443/a.jpg":          true,
		"https://[2001:db8::1]/a.jpg":                 true,
		"https://xn--mller-kva.example/a.jpg":         true,
		"http://example.com/a.jpg":                    false,
		"javascript:alert(1)":                         false,
		"data:text/html,x":                            false,
		"//example.com/a.jpg":                         false,
		"https:///a.jpg":                              false,
		"https:example.com":                           false,
		"https://:443/a.jpg":                          false,
		"https://ada:secret@example.com/":             false,
		`HTTPS://x"><script>`:                         false,
		"https://example.com/a b.jpg":                 false,
		"https://example.com/\u00e4.jpg":              false,
		"https://example.com/a%2.jpg":                 false,
		"https://example.com/<b>":                     false,
		"https://exa mple.com/":                       false,
		"https://-example.com/":                       false,
		"https://(example)/":                          false,
		"":                                            false,
	} {
		if got := Link(text, "https"); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
	if !Link("http://127.0.0.1:12111/3ds/pi_1", "https", "http") {
		t.Error("another scheme is let in where it is named")
	}
}
