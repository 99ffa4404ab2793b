package domain

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
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
		"a@bücher.example": true, "a@BÜCHER.example": true, "a@xn--a.example": false, "a@xn--bcher-kva8445foa.example": true, "a@ex_ample.com": false, "a@exa\u212ample.com": true,
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
		"a@BÜCHER.example": "a@xn--bcher-kva.example", "a@bu\u0308cher.example": "a@xn--bcher-kva.example", "a@XN--BCHER-KVA.example": "a@xn--bcher-kva.example",
		"ΣΊΣΥΦΟΣ@example.com": "σίσυφοσ@example.com", "a@straße.example": "a@xn--strae-oqa.example", "a@例え。テスト": "a@xn--r8jz45g.xn--zckzah",
	} {
		if got := FoldEmail(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Each of these is another mailbox than its neighbours: whoever has one must never be given what is another's.
func TestFoldEmail_JoinsNoMailboxes(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, address := range []string{
		"ix@example.com", "İx@example.com", "i\u0307x@example.com", "ıx@example.com", "k@example.com", "\u212a@example.com", "s@example.com", "ſ@example.com",
		"ss@example.com", "ß@example.com", "θ@example.com", "ϴ@example.com", "ϑ@example.com", "`@example.com", "\u1fef@example.com", "a@strasse.example", "a@straße.example", "\u1fbc\u0300@example.com",
	} {
		folded := FoldEmail(address)
		if other, taken := seen[folded]; taken {
			t.Errorf("%+q and %+q are both %+q", address, other, folded)
		}
		if again := FoldEmail(folded); again != folded {
			t.Errorf("%+q is %+q and, folded again, %+q", address, folded, again)
		}
		seen[folded] = address
	}
}

// Folding twice is folding once, and spelling in capitals changes nothing where there is nothing to confuse.
func TestFoldEmail_IsStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		address := rapid.String().Draw(t, "local") + "@" + rapid.String().Draw(t, "domain")
		if once := FoldEmail(address); FoldEmail(once) != once {
			t.Fatalf("%+q: %+q, then %+q", address, once, FoldEmail(once))
		}
		plain := rapid.StringMatching(`[a-z0-9äöüñøł.]{1,12}@[a-zäöü]{1,9}\.example`).Draw(t, "plain")
		if low, high := FoldEmail(plain), FoldEmail(strings.ToUpper(plain)); low != high {
			t.Fatalf("%q: %q and %q", plain, low, high)
		}
	})
}
