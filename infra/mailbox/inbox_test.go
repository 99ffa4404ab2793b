package mailbox_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/wneessen/go-mail"

	"github.com/onlinemart/mart/infra/mailbox"
)

func start(t *testing.T, cfg mailbox.Config) *mailbox.Inbox {
	t.Helper()
	cfg.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	inbox, err := mailbox.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, inbox) })
	return inbox
}

func stop(t *testing.T, inbox *mailbox.Inbox) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
	defer cancel()
	if err := inbox.Close(ctx); err != nil {
		t.Error(err)
	}
}

// send delivers a mail as the notification function does.
func send(t *testing.T, inbox *mailbox.Inbox, to, subject string) error {
	t.Helper()
	message := mail.NewMsg()
	for _, err := range []error{message.FromFormat("Mart", "shop@example.com"), message.AddTo(to)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	message.Subject(subject)
	message.SetMessageIDWithValue("id-" + strconv.Itoa(len(subject)) + "@mart")
	message.SetBodyString(mail.TypeTextPlain, "Grüße, your order is on its way.")
	message.AddAlternativeString(mail.TypeTextHTML, "<h1>Grüße</h1><script>alert(1)</script>")
	host, port, err := net.SplitHostPort(inbox.SMTPAddress())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	client, err := mail.NewClient(host, mail.WithPort(number), mail.WithTLSPolicy(mail.NoTLS), mail.WithTimeout(2*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return client.DialAndSendWithContext(t.Context(), message)
}

func mustSend(t *testing.T, inbox *mailbox.Inbox, to, subject string) {
	t.Helper()
	if err := send(t, inbox, to, subject); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, address string) (int, string, http.Header) {
	t.Helper()
	return do(t, http.MethodGet, address, nil)
}

func do(t *testing.T, method, address string, body io.Reader) (int, string, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text), response.Header
}

type list struct {
	Total         int               `json:"total"`
	MessagesCount int               `json:"messages_count"`
	Start         int               `json:"start"`
	Messages      []mailbox.Summary `json:"messages"`
}

func messages(t *testing.T, address string) list {
	t.Helper()
	status, body, _ := get(t, address)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", address, status, body)
	}
	var l list
	if err := json.Unmarshal([]byte(body), &l); err != nil {
		t.Fatal(err)
	}
	return l
}

func subjects(l list) []string {
	found := []string{}
	for _, m := range l.Messages {
		found = append(found, m.Subject)
	}
	return found
}

func TestAMailArrivesWhole(t *testing.T) {
	t.Parallel()
	inbox := start(t, mailbox.Config{})
	mustSend(t, inbox, "ada@example.com", "Your order 17 is paid ✓")
	if err := inbox.Await(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	all := messages(t, inbox.URL()+"/api/v1/messages")
	_, body, _ := get(t, inbox.URL()+"/api/v1/message/"+all.Messages[0].ID)
	var got mailbox.Message
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	want := mailbox.Message{
		MessageID: "id-25@mart", Subject: "Your order 17 is paid ✓", ReturnPath: "shop@example.com",
		From: &netmail.Address{Name: "Mart", Address: "shop@example.com"}, To: []*netmail.Address{{Address: "ada@example.com"}},
		Cc: []*netmail.Address{}, ReplyTo: []*netmail.Address{}, Bcc: []*netmail.Address{},
		Text: "Grüße, your order is on its way.", HTML: "<h1>Grüße</h1><script>alert(1)</script>",
		Tags: []string{}, Inline: []mailbox.Attachment{}, Attachments: []mailbox.Attachment{},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(mailbox.Message{}, "ID", "Date", "Size")); diff != "" {
		t.Errorf("mail (-want +got):\n%s", diff)
	}
	if status, _, _ := get(t, inbox.URL()+"/api/v1/message/..%2f..%2fetc%2fpasswd"); status != http.StatusNotFound {
		t.Errorf("an id that is none: got %d, want 404", status)
	}
}

func TestListsPagesSearchesAndDeletes(t *testing.T) {
	t.Parallel()
	inbox := start(t, mailbox.Config{})
	base := inbox.URL() + "/api/v1"
	for _, subject := range []string{"one", "two", "three"} {
		mustSend(t, inbox, subject+"@example.com", subject)
	}
	mustSend(t, inbox, "three@example.com", "three") // the same mail again is shown again
	cases := map[string]struct {
		path string
		want []string
	}{
		"all, newest first":   {"/messages", []string{"three", "three", "two", "one"}},
		"a page":              {"/messages?limit=2&start=1", []string{"three", "two"}},
		"beyond the end":      {"/messages?start=9", []string{}},
		"to":                  {"/search?query=" + url.QueryEscape(`to:"three@example.com"`), []string{"three", "three"}},
		"to, other letters":   {"/search?query=" + url.QueryEscape(`to:TWO@example.com`), []string{"two"}},
		"two terms":           {"/search?query=" + url.QueryEscape(`from:shop subject:two`), []string{"two"}},
		"free text":           {"/search?query=" + url.QueryEscape(`"on its way" -subject:three`), []string{"two", "one"}},
		"nothing":             {"/search?query=" + url.QueryEscape(`to:"nobody@example.com"`), []string{}},
		"by message id":       {"/search?query=" + url.QueryEscape(`message-id:id-5@mart`), []string{"three", "three"}},
		"search with a limit": {"/search?limit=1&query=subject:three", []string{"three"}},

		// As Mailpit 1.27.8 has it.
		"a search for none":         {"/search?limit=0&query=subject:three", []string{}},
		"a list without a limit":    {"/messages?limit=0", []string{"three", "three", "two", "one"}},
		"a start without a limit":   {"/messages?limit=0&start=2", []string{"three", "three", "two", "one"}},
		"a limit that is negative":  {"/messages?limit=-1&start=2", []string{"two", "one"}},
		"a limit that is no number": {"/search?limit=x&query=subject:three", []string{"three", "three"}},
		"a start that is negative":  {"/messages?start=-1&limit=1", []string{"three"}},
		"a start that is no number": {"/messages?start=1e9&limit=1", []string{"three"}},
	}
	for name, c := range cases {
		if diff := cmp.Diff(c.want, subjects(messages(t, base+c.path))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, bad := range []string{"/search", "/search?query=is:unread", `/search?query=to:"a`} {
		if status, _, _ := get(t, base+strings.ReplaceAll(bad, `"`, "%22")); status != http.StatusBadRequest {
			t.Errorf("%s: got %d, want 400", bad, status)
		}
	}
	if none := messages(t, base+"/search?limit=0&query=subject:three"); none.MessagesCount != 2 || len(none.Messages) != 0 {
		t.Errorf("of a search for none %d are said to match and %d are shown, want 2 and 0", none.MessagesCount, len(none.Messages))
	}
	one := messages(t, base+"/search?query=subject:one").Messages[0].ID
	do(t, http.MethodDelete, base+"/messages", strings.NewReader(`{"IDs":["`+one+`"]}`))
	if diff := cmp.Diff([]string{"three", "three", "two"}, subjects(messages(t, base+"/messages"))); diff != "" {
		t.Errorf("after deleting one (-want +got):\n%s", diff)
	}
	do(t, http.MethodDelete, base+"/messages", nil)
	if diff := cmp.Diff([]string{}, subjects(messages(t, base+"/messages"))); diff != "" {
		t.Errorf("after deleting all (-want +got):\n%s", diff)
	}
}

func TestMailsSurviveARestartAndTheOldestGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, mailbox.Config{DataDir: dir, Keep: 3})
	for _, subject := range []string{"a", "b", "c", "d"} {
		mustSend(t, first, "ada@example.com", subject)
	}
	before := messages(t, first.URL()+"/api/v1/messages")
	if diff := cmp.Diff([]string{"d", "c", "b"}, subjects(before)); diff != "" {
		t.Errorf("the newest three (-want +got):\n%s", diff)
	}
	second := start(t, mailbox.Config{DataDir: dir, Keep: 3})
	if diff := cmp.Diff(before, messages(t, second.URL()+"/api/v1/messages")); diff != "" {
		t.Errorf("after a restart (-before +after):\n%s", diff)
	}
	third := start(t, mailbox.Config{DataDir: dir, Keep: 2})
	if diff := cmp.Diff([]string{"d", "c"}, subjects(messages(t, third.URL()+"/api/v1/messages"))); diff != "" {
		t.Errorf("with fewer to keep (-want +got):\n%s", diff)
	}
}

func TestFaultsAreWhatTheSenderSees(t *testing.T) {
	t.Parallel()
	inbox := start(t, mailbox.Config{})
	cases := []struct {
		fault     mailbox.Fault
		kept      int
		temporary bool
	}{
		{mailbox.Lost, 1, false}, // kept, though the sender saw an error
		{mailbox.Later, 1, true},
		{mailbox.Never, 1, false},
	}
	for _, c := range cases {
		inbox.Fail(c.fault, 1)
		err := send(t, inbox, "ada@example.com", "faulty")
		if err == nil {
			t.Fatalf("fault %d: the sender saw none", c.fault)
		}
		if got := messages(t, inbox.URL()+"/api/v1/messages").Total; got != c.kept {
			t.Errorf("fault %d: %d mails kept, want %d", c.fault, got, c.kept)
		}
		var refused *mail.SendError
		if ok := asSendError(err, &refused); ok && c.fault != mailbox.Lost && refused.IsTemp() != c.temporary {
			t.Errorf("fault %d: temporary %v, want %v: %v", c.fault, refused.IsTemp(), c.temporary, err)
		}
	}
	mustSend(t, inbox, "ada@example.com", "fine again")
}
