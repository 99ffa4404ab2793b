package client_test

import (
	"net"
	"net/http"
	"net/http/httptest"
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

// A mart that takes its time answers 202: what was made is there when the operation has succeeded, and a failed one is an error.
func TestPostWaitsForASlowMart(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]string{
		`"succeeded","resource":{"href":"/brands/1"}`:                                               "",
		`"failed","error":{"status":409,"code":"name_taken","detail":"There is one of that name."}`: "name_taken",
	} {
		looks := 0
		mux := http.NewServeMux()
		mux.HandleFunc("POST /brands", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/operations/brand-1")
			w.WriteHeader(http.StatusAccepted)
			_, _ = w.Write([]byte(`{"id":"brand-1","status":"pending"}`))
		})
		mux.HandleFunc("GET /operations/brand-1", func(w http.ResponseWriter, _ *http.Request) {
			if looks++; looks < 3 {
				_, _ = w.Write([]byte(`{"id":"brand-1","status":"pending"}`))
				return
			}
			_, _ = w.Write([]byte(`{"id":"brand-1","status":` + status + `}`))
		})
		mux.HandleFunc("GET /brands/1", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"id":"1"}`)) })
		server := httptest.NewServer(mux)
		t.Cleanup(server.Close)
		got, err := client.Post[client.Brand](t.Context(), client.New(server.URL), "/brands", map[string]string{"name": "x"})
		if want == "" && (err != nil || got.ID != "1") || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %+v, %v", status, got, err)
		}
	}
}

// A mart that has just been started refuses its first owner until it has made them.
func TestEnterFirstBelievesARefusalLate(t *testing.T) {
	t.Parallel()
	tries := 0
	mart := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if tries++; tries < 3 {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
			return
		}
		_, _ = w.Write([]byte(`{"access_token":"a token"}`))
	}))
	defer mart.Close()
	owner, err := client.New(mart.URL).EnterFirst(t.Context(), "owner@example.com", "a password")
	if err != nil || owner.Token != "a token" || tries != 3 {
		t.Errorf("token %q after %d tries, error %v", owner.Token, tries, err)
	}
}
