package notification

import "testing"

// The demo's pictures are where the mart's own pages are now; every other is where it says.
func TestPicture(t *testing.T) {
	t.Parallel()
	const stored = "http://127.0.0.1:8080/shop/pictures/mug.svg"
	for _, c := range []struct{ home, address, want string }{
		{"http://127.0.0.1:8090/shop", stored, "http://127.0.0.1:8090/shop/pictures/mug.svg"},
		{"http://localhost:8090/office/", stored, "http://localhost:8090/shop/pictures/mug.svg"},
		{"http://localhost:3000", stored, stored}, // a storefront of one's own has none of them
		{"https://mart.example/shop", stored, stored},
		{"http://127.0.0.1:8090/shop", "https://mart.example/shop/pictures/mug.svg", "https://mart.example/shop/pictures/mug.svg"},
		{"http://127.0.0.1:8090/shop", "http://127.0.0.1:9000/mug.png", "http://127.0.0.1:9000/mug.png"},
		{"http://127.0.0.1:8090/shop", "", ""},
		{"%", stored, stored},
	} {
		if got := picture(c.home, c.address); got != c.want {
			t.Errorf("%s on %s: %q, want %q", c.address, c.home, got, c.want)
		}
	}
}
