package domain

import "testing"

func TestAnyPortOfThisMachine(t *testing.T) {
	t.Parallel()
	origins := Origins{"http://localhost:*", "https://shop.example"}
	for origin, want := range map[string]bool{
		"http://localhost:3000": true, "http://localhost:1": true, "https://shop.example": true,
		"http://localhost": false, "http://localhost:": false, "http://localhost:*": true, "https://localhost:3000": false, "http://localhost:99999": false,
		"http://localhost.evil.example:3000": false, "http://evil.example:3000": false, "http://localhost:3000.evil.example": false, "null": false, "": false,
	} {
		if got := origins.Have(origin); got != want {
			t.Errorf("%q: %t", origin, got)
		}
	}
	for o, fine := range map[string]bool{
		"http://localhost:*": true, "http://127.0.0.1:*": true, "https://[::1]:*": true, "https://shop.example": true, "https://shop.example:8443": true,
		"http://shop.example:*": false, "*": false, "http://*": false, "shop.example": false, "https://shop.example/": false, "": false,
	} {
		if faults := (Origins{o}).Check("CORS_ORIGINS"); (len(faults) == 0) != fine {
			t.Errorf("%q: %v", o, faults)
		}
	}
}

// A page that somebody may be sent to is of an origin that is named, whole, and written so that no two programs read it differently.
func TestPagesOfOrigins(t *testing.T) {
	t.Parallel()
	origins := Origins{"http://localhost:*", "https://shop.example"}
	for address, want := range map[string]bool{
		"https://shop.example": true, "https://shop.example/": true, "https://SHOP.example/paid?order=1": true, "http://localhost:3000/paid": true,
		"https://shop.example.evil.example/": false, "https://evil.example/https://shop.example": false, "https://shop.example@evil.example/": false,
		"https://ada@shop.example/": false, `https://evil.example\@shop.example/`: false, "https://shop.example:8443/": false, "http://shop.example/": false,
		"//shop.example/": false, "/paid": false, "javascript:alert(1)": false, "https://shop.example/#token=x": false, "https://shop.example/ paid": false,
		"http://localhost/paid": false, "http://localhost:*/paid": false, "": false,
	} {
		if got := origins.HavePage(address); got != want {
			t.Errorf("%q: %t", address, got)
		}
	}
}
