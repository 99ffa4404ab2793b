package serve

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

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

// The port is handed to a process of its own, as systemd does.
func TestListen_OnThePortThatWasHandedOver(t *testing.T) {
	if os.Getenv("LISTEN_FDS") != "" { // the child
		listener, err := listen(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = os.Stdout.WriteString("listens on " + listener.Addr().String() + "\n")
		return
	}
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	if out := handOver(t, port); !strings.Contains(out, "listens on "+listener.Addr().String()) {
		t.Errorf("%s", out)
	}
	other, err := os.Create(filepath.Join(t.TempDir(), "no port"))
	if err != nil {
		t.Fatal(err)
	}
	if out := handOver(t, other); !strings.Contains(out, "LISTEN_FDS=1, but file 3 is no open port") {
		t.Errorf("%s", out)
	}
}

// handOver starts this test as a child that has the file as its first besides the usual three, and gives what it says.
func handOver(t *testing.T, file *os.File) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestListen_OnThePortThatWasHandedOver$")
	child.Env, child.ExtraFiles = append(os.Environ(), "LISTEN_FDS=1"), []*os.File{file}
	out, _ := child.CombinedOutput() // a child that cannot listen fails, and says why
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	return string(out)
}
