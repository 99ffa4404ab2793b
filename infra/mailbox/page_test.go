package mailbox_test

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/smtp"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/wneessen/go-mail"

	"github.com/onlinemart/mart/infra/mailbox"
)

func asSendError(err error, target **mail.SendError) bool { return errors.As(err, target) }

func TestThePageShowsMailsAndRunsNothingOfTheirs(t *testing.T) {
	t.Parallel()
	inbox := start(t, mailbox.Config{})
	mustSend(t, inbox, "ada@example.com", "<script>alert('subject')</script>")
	id := messages(t, inbox.URL()+"/api/v1/messages").Messages[0].ID

	_, front, _ := get(t, inbox.URL()+"/")
	_, opened, header := get(t, inbox.URL()+"/mail/"+id)
	for _, page := range []string{front, opened} {
		if !strings.Contains(page, "ada@example.com") || strings.Contains(page, "<script>") || strings.Count(page, "<script") != 1 || !strings.Contains(page, `<script type="module" src="/inbox.js"></script>`) {
			t.Errorf("the page lacks the address or has another script than its own:\n%s", page)
		}
	}
	if !strings.Contains(opened, `<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/view/`+id) {
		t.Errorf("the mail's HTML is not in a sandboxed frame:\n%s", opened)
	}
	if policy := header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("the page's policy: %q", policy)
	}
	_, body, header := get(t, inbox.URL()+"/view/"+id+".html")
	if !strings.HasPrefix(header.Get("Content-Security-Policy"), "sandbox ") || !strings.Contains(body, "<h1>Grüße</h1>") {
		t.Errorf("the frame: policy %q, body %q", header.Get("Content-Security-Policy"), body)
	}
}

// What somebody has opened on the page is read, also after a restart; what a program has read is not.
func TestMailsAreUnreadUntilSomebodyOpensThem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inbox := start(t, mailbox.Config{DataDir: dir})
	for _, subject := range []string{"opened", "read by a program"} {
		mustSend(t, inbox, "ada@example.com", subject)
	}
	all := messages(t, inbox.URL()+"/api/v1/messages").Messages
	get(t, inbox.URL()+"/api/v1/message/"+all[0].ID)
	if _, front, _ := get(t, inbox.URL()+"/"); !strings.Contains(front, "<title>Mail (2)</title>") || strings.Count(front, `class="unread"`) != 2 {
		t.Errorf("nothing is read yet:\n%s", front)
	}
	_, opened, _ := get(t, inbox.URL()+"/mail/"+all[1].ID)
	if strings.Count(opened, `class="unread"`) != 1 || !strings.Contains(opened, `aria-current="page"`) {
		t.Errorf("one is open:\n%s", opened)
	}
	type counts struct {
		Total, Unread int
		Read          []bool
	}
	count := func(inbox *mailbox.Inbox) counts {
		_, body, _ := get(t, inbox.URL()+"/api/v1/messages")
		var page struct {
			Total    int `json:"total"`
			Unread   int `json:"unread"`
			Messages []mailbox.Summary
		}
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatal(err)
		}
		c := counts{Total: page.Total, Unread: page.Unread}
		for _, m := range page.Messages {
			c.Read = append(c.Read, m.Read)
		}
		return c
	}
	want := counts{2, 1, []bool{false, true}}
	for name, box := range map[string]*mailbox.Inbox{"at once": inbox, "after a restart": start(t, mailbox.Config{DataDir: dir})} {
		if diff := cmp.Diff(want, count(box)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	do(t, http.MethodDelete, inbox.URL()+"/api/v1/messages", nil)
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v: left are %v", err, left)
	}
}

func TestOnlyThePageItselfEmptiesTheBox(t *testing.T) {
	t.Parallel()
	inbox := start(t, mailbox.Config{})
	mustSend(t, inbox, "ada@example.com", "stays")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, inbox.URL()+"/empty", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", "https://elsewhere.example")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusForbidden || messages(t, inbox.URL()+"/api/v1/messages").Total != 1 {
		t.Errorf("from elsewhere: %d", response.StatusCode)
	}
	do(t, http.MethodPost, inbox.URL()+"/empty", nil)
	if got := messages(t, inbox.URL()+"/api/v1/messages").Total; got != 0 {
		t.Errorf("%d mails left", got)
	}
}

// A mail that is no mail is shown as it came, with who it was for.
func TestABrokenMailIsShownRaw(t *testing.T) {
	t.Parallel()
	inbox := start(t, mailbox.Config{})
	err := smtp.SendMail(inbox.SMTPAddress(), nil, "shop@example.com", []string{"hidden@example.com"}, []byte("no header at all\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	l := messages(t, inbox.URL()+"/api/v1/messages")
	if len(l.Messages) != 1 || len(l.Messages[0].Bcc) != 1 || l.Messages[0].Bcc[0].Address != "hidden@example.com" {
		t.Fatalf("got %+v", l)
	}
	if l.Messages[0].Snippet != "no header at all" {
		t.Errorf("snippet: got %q", l.Messages[0].Snippet)
	}
	if _, raw, _ := get(t, inbox.URL()+"/api/v1/message/latest/raw"); raw != "no header at all\r\n" {
		t.Errorf("raw: got %q", raw)
	}
}

func TestStartSaysWhatToDo(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, cfg := range []mailbox.Config{{SMTP: taken.Addr().String()}, {HTTP: taken.Addr().String()}} {
		if inbox, err := mailbox.Start(t.Context(), cfg); err == nil {
			stop(t, inbox)
			t.Error("started on a taken port")
		} else if !strings.Contains(err.Error(), "free the port or choose another") {
			t.Errorf("got %q", err)
		}
	}
}
