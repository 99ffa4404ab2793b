package client_test

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/onlinemart/mart/infra/client"
)

func TestNewTakesAnAddressWithoutAScheme(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"localhost:8080":         "http://localhost:8080",
		"http://localhost:8080/": "http://localhost:8080",
		"https://mart.example":   "https://mart.example",
	} {
		if got := client.New(address).URL; got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}

func TestSendSaysThatNothingAnswers(t *testing.T) {
	t.Parallel()
	free, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = client.New(address).Send(t.Context(), http.MethodGet, "/products", nil)
	if want := "nothing answers at http://" + address; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q in it", err, want)
	}
}

func TestProblemReadsOAuthsErrors(t *testing.T) {
	t.Parallel()
	answer := client.Answer{Status: http.StatusBadRequest, Body: []byte(`{"error":"invalid_grant","error_description":"The password is wrong."}` + "\n")}
	if got, want := answer.Problem("log in").Error(), "log in: 400 invalid_grant The password is wrong."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
