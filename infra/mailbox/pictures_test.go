package mailbox_test

import (
	"net/smtp"
	"strings"
	"testing"

	"github.com/onlinemart/mart/infra/mailbox"
)

// A mail's pictures are shown where they are the mart's own or in the mail; of others there is a placeholder, and whoever sent it learns nothing.
func TestPicturesOfTheMartAloneAreShown(t *testing.T) {
	t.Parallel()
	inbox := start(t, mailbox.Config{Pictures: []string{"http://127.0.0.1:8090/shop", "http://127.0.0.1:8090"}})
	const own = `<p>a &lt; b</p><IMG src="http://127.0.0.1:8090/shop/pictures/mug-sea.svg" alt=""><img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='/>`
	const others = `<img alt="A &amp; B" src="https://elsewhere.example/pixel.gif?who=ada" srcset="https://elsewhere.example/2x.gif 2x" width="56"><img src="//127.0.0.1:8090.elsewhere.example/a"><img src=" http://127.0.0.1:8091/a"><img>`
	raw := "Subject: pictures\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + own + others
	if err := smtp.SendMail(inbox.SMTPAddress(), nil, "shop@example.com", []string{"ada@example.com"}, []byte(raw)); err != nil {
		t.Fatal(err)
	}
	id := messages(t, inbox.URL()+"/api/v1/messages").Messages[0].ID
	_, body, header := get(t, inbox.URL()+"/view/"+id+".html")
	if policy := header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "; img-src data: http://127.0.0.1:8090") {
		t.Errorf("the policy: %q", policy)
	}
	_, rest, whole := strings.Cut(body, own)
	if !whole {
		t.Errorf("what may be shown is not as it came: %s", body)
	}
	if got := strings.Count(rest, `src="data:image/svg+xml;base64,`); got != 4 || strings.Contains(rest, "srcset") || !strings.Contains(rest, `<img alt="A &amp; B" width="56" src="data:`) ||
		!strings.Contains(rest, `title="This picture is not fetched: https://elsewhere.example/pixel.gif?who=ada"`) {
		t.Errorf("%d of 4 have the placeholder: %s", got, rest)
	}
	for _, not := range []string{"127.0.0.1:8090", "http://a;img-src *", "ftp://127.0.0.1"} {
		if box, err := mailbox.Start(t.Context(), mailbox.Config{Pictures: []string{not}}); err == nil {
			stop(t, box)
			t.Errorf("%q was taken", not)
		} else if !strings.Contains(err.Error(), "such as http://127.0.0.1:8080") {
			t.Errorf("%q: %v", not, err)
		}
	}
}
