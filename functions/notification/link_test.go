package notification

import (
	"html"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/resettoken"
)

func issued(owner events.Principal) events.Received[events.ResetIssue] {
	return events.Received[events.ResetIssue]{Envelope: events.Envelope{ID: "e1", Subject: resetID}, Data: events.ResetIssue{Owner: owner}}
}

// The mail has the one token that fits the hash in db, behind the # of the page where its reader logs in; delivered twice, it is sent once.
func TestTheLinkToANewPassword(t *testing.T) {
	t.Parallel()
	for page, owner := range map[string]events.Principal{
		"https://shop.example/reset-password":      {Type: events.Shopper, ID: "c1"},
		"https://office.example/in/reset-password": {Type: events.Staff, ID: "u1"},
	} {
		o := open(t)
		for range 2 {
			if _, err := o.sendOnce(t.Context(), linkOnIssued(issued(owner))); err != nil {
				t.Fatal(err)
			}
		}
		want := page + "#token=" + resettoken.New(o.keys, resetID)
		m, err := compose(events.NotificationState{Kind: events.PasswordResetMail}, nil, want)
		if err != nil || !strings.Contains(m.text, want) || !strings.Contains(html.UnescapeString(m.page), `href="`+want+`"`) || !strings.Contains(m.text, "30 minutes") {
			t.Errorf("%v:\n%s\n%s", err, m.text, m.page)
		}
		mails := o.mails(t)
		if len(mails) != 1 || !strings.Contains(strings.ReplaceAll(mails[0], "=\r\n", ""), resettoken.New(o.keys, resetID)) {
			t.Errorf("to %s: %d mails\n%s", owner.Type, len(mails), strings.Join(mails, "\n"))
		}
	}
}

// A link that is good for nothing is not sent, whenever that turns out: at the claim, which db refuses or ends, and before it is written.
func TestALinkThatIsNotGoodAnyMore(t *testing.T) {
	t.Parallel()
	failed := func(reason string) []events.NotificationResult {
		return []events.NotificationResult{{Status: events.NotificationFailed, Reason: reason}}
	}
	for name, c := range map[string]struct {
		spoil func(o office)
		want  []events.NotificationResult
	}{
		"refused by db":          {func(o office) { o.db.fail = events.Refuse("reset_closed", "x") }, nil},
		"used since the claim":   {func(o office) { o.db.resets[resetID] = events.ResetState{ID: resetID} }, failed("The link in it is not good any more.")},
		"replaced since then":    {func(o office) { delete(o.db.resets, resetID) }, failed("The link in it is not good any more.")},
		"made with another ring": {func(o office) { o.db.resets[resetID] = events.ResetState{ID: resetID, Open: true, TokenHash: "x"} }, failed("The key that the link was made with is not in the ring EVENT_PERSONAL_KEYS any more.")},
		"ended by db": {func(o office) {
			o.db.ended = true
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			c.spoil(o)
			sent, err := o.sendOnce(t.Context(), linkOnIssued(issued(events.Principal{Type: events.Shopper, ID: "c1"})))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, results(t, sent)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := len(o.mails(t)); n != 0 {
				t.Errorf("%d mails", n)
			}
		})
	}
}

func TestPagesAreAddresses(t *testing.T) {
	t.Parallel()
	good := Pages{Storefront: "http://localhost:3000", Backoffice: "https://office.example/in"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "shop.example", "ftp://shop.example", "https://shop.example/#a", "https://shop.example/?a", "https://x:y@shop.example"} {
		err := Pages{Storefront: bad, Backoffice: bad}.Check()
		if err == nil || !strings.Contains(err.Error(), "STOREFRONT_URL") || !strings.Contains(err.Error(), "BACKOFFICE_URL") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
