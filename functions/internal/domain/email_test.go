package domain

import (
	"strings"
	"testing"
)

func TestCheckEmail(t *testing.T) {
	t.Parallel()
	local := strings.Repeat("a", 64)
	for address, good := range map[string]bool{
		"a@example.com": true, "A.b+c_d-e@sub.example.co": true, "ümlaut@example.com": true, "a@xn--bcher-kva.example": true, " a@example.com ": true,
		local + "@example.com": true, "o'hara@example.com": true,
		"": false, "a": false, "@example.com": false, "a@": false, "a@b": false, "a@example..com": false, "a@.example.com": false, "a@example.com.": false,
		"a@-example.com": false, "a@example-.com": false, "a b@example.com": false, `"a b"@example.com`: false, "A <a@example.com>": false, "<a@example.com>": false,
		"a@example.com, b@example.com": false, "a@example.com\r\nBcc: b@example.com": false, "a\x00@example.com": false, "a(comment)@example.com": false,
		"a@[127.0.0.1]": false, "a@@example.com": false, ".a@example.com": false, "a..b@example.com": false, "a" + local + "@example.com": false,
		"a@" + strings.Repeat("b.", 130) + "com": false, "a@" + strings.Repeat("b", 64) + ".com": false, "mailto:a@example.com": false,
		"a\u200b@example.com": false, "a\u202e@example.com": false, "a\u2028b@example.com": false, "a@exa\u0085mple.com": false, "a\xff@example.com": false,
	} {
		if err := CheckEmail("query.email", address); (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestFoldEmail(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" Ann@Example.COM ": "ann@example.com", "ÜMLAUT@example.com": "ümlaut@example.com", "U\u0308@example.com": "ü@example.com", "": "",
	} {
		if got := FoldEmail(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
