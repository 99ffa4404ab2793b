package process

import "testing"

func TestAddress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  map[string]string
		want string
	}{
		"nothing is set":      {nil, "127.0.0.1:8080"},
		"a port on a laptop":  {map[string]string{"PORT": "9000"}, "127.0.0.1:9000"},
		"a port in a pod":     {map[string]string{"PORT": "8080", "K_SERVICE": "brand"}, ":8080"},
		"an address is exact": {map[string]string{"PORT": "9000", "LISTEN_ADDRESS": "[::]:8080"}, "[::]:8080"},
		"a pod with no port":  {map[string]string{"K_SERVICE": "brand"}, "127.0.0.1:8080"},
		"an address in a pod": {map[string]string{"K_SERVICE": "brand", "LISTEN_ADDRESS": "0.0.0.0:80"}, "0.0.0.0:80"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Address(func(key string) string { return c.env[key] }); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
