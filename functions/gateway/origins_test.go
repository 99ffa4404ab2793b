package gateway

import "testing"

func TestAnyPortOfThisMachine(t *testing.T) {
	t.Parallel()
	origins := []string{"http://localhost:*", "https://shop.example"}
	for origin, want := range map[string]bool{
		"http://localhost:3000": true, "http://localhost:1": true, "https://shop.example": true,
		"http://localhost": false, "http://localhost:": false, "http://localhost:*": true, "https://localhost:3000": false, "http://localhost:99999": false,
		"http://localhost.evil.example:3000": false, "http://evil.example:3000": false, "http://localhost:3000.evil.example": false, "null": false, "": false,
	} {
		if got := allowed(origins, origin); got != want {
			t.Errorf("%q: %t", origin, got)
		}
	}
	for o, fine := range map[string]bool{"http://localhost:*": true, "http://127.0.0.1:*": true, "https://[::1]:*": true, "http://shop.example:*": false, "*": false, "http://*": false} {
		if err := (Config{Timeout: 1, Origins: []string{o}}).Check(); (err == nil) != fine {
			t.Errorf("%q: %v", o, err)
		}
	}
}
