package mailbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/onlinemart/mart/infra/mailbox"
)

// A name that anybody could make mean this machine gets nothing, be it asked for the page or for the API.
func TestOnlyOwnNamesAreAnswered(t *testing.T) {
	t.Parallel()
	inbox := start(t, mailbox.Config{Hosts: []string{"mail.example.com"}})
	mustSend(t, inbox, "ada@example.com", "secret")
	for host, want := range map[string]int{
		"127.0.0.1:8025": 200, "localhost:8025": 200, "LOCALHOST": 200, "[::1]:8025": 200, "10.1.2.3": 200, "mail:8025": 200, "inbox.localhost:8025": 200,
		"mail.mart.svc.cluster.local:8025": 200, "mail.example.com": 200, "mail.example.com.:443": 200,
		"evil.example": 421, "127.0.0.1.evil.example:8025": 421, "mart.127.0.0.1.sslip.io:8025": 421, "localhost.evil.example": 421, "othermail.example.com": 421,
	} {
		for _, path := range []string{"/", "/api/v1/messages", "/api/v1/message/latest/raw", "/readyz"} {
			status, body := ask(t, inbox, http.MethodGet, path, host, nil)
			if status != want || want == 421 && strings.Contains(body, "secret") {
				t.Errorf("%s at %s: %d, want %d", path, host, status, want)
			}
		}
	}
}

// Another site's page changes nothing, whichever way it asks; a program, which says no origin, does.
func TestNoOtherOriginChangesAnything(t *testing.T) {
	t.Parallel()
	inbox := start(t, mailbox.Config{})
	mustSend(t, inbox, "ada@example.com", "stays")
	for _, from := range []map[string]string{{"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://127.0.0.1:1"}} {
		for method, path := range map[string]string{http.MethodPost: "/empty", http.MethodDelete: "/api/v1/messages"} {
			if status, _ := ask(t, inbox, method, path, "", from); status != http.StatusForbidden {
				t.Errorf("%s %s from %v: %d", method, path, from, status)
			}
		}
	}
	if n := messages(t, inbox.URL()+"/api/v1/messages").Total; n != 1 {
		t.Fatalf("%d mails left, want 1", n)
	}
	if status, _ := ask(t, inbox, http.MethodDelete, "/api/v1/messages", "", map[string]string{"Origin": inbox.URL()}); status != http.StatusOK {
		t.Errorf("from the page itself: %d", status)
	}
	if n := messages(t, inbox.URL()+"/api/v1/messages").Total; n != 0 {
		t.Errorf("%d mails left, want none", n)
	}
}

// ask sends a request under another name.
func ask(t *testing.T, inbox *mailbox.Inbox, method, path, host string, header map[string]string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, inbox.URL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = host
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var body strings.Builder
	if err := response.Write(&body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body.String()
}
