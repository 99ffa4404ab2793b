package notification

import (
	"bytes"
	"html"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
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
		want := page + "#token=" + mailtoken.New(o.keys, mailtoken.PasswordReset, resetID)
		m, err := letters(t).compose(events.NotificationState{Kind: events.PasswordResetMail}, matter{link: want})
		if err != nil || !strings.Contains(m.text, want) || !strings.Contains(html.UnescapeString(m.page), `href="`+want+`"`) || !strings.Contains(m.text, "30 minutes") {
			t.Errorf("%v:\n%s\n%s", err, m.text, m.page)
		}
		mails := o.mails(t)
		if len(mails) != 1 || !strings.Contains(mails[0], mailtoken.New(o.keys, mailtoken.PasswordReset, resetID)) {
			t.Errorf("to %s: %d mails\n%s", owner.Type, len(mails), strings.Join(mails, "\n"))
		}
	}
}

// Whoever registers again is told that they have an account, and whoever works for the mart now that they do, by mails with the same link.
func TestTheLinkOfOtherMails(t *testing.T) {
	t.Parallel()
	for subject, c := range map[string]struct {
		of   events.ResetIssue
		want events.NotificationClaim
		page string
	}{
		"You have an account already": {
			events.ResetIssue{Owner: events.Principal{Type: events.Shopper, ID: "c1"}, Registration: true},
			events.NotificationClaim{Kind: events.AccountExistsMail, CustomerID: "c1"},
			"https://shop.example/reset-password",
		},
		"You work for Mart now": {
			events.ResetIssue{Owner: events.Principal{Type: events.Staff, ID: "u1"}, Invitation: true},
			events.NotificationClaim{Kind: events.InvitationMail, UserID: "u1"},
			"https://office.example/in/reset-password",
		},
	} {
		o := open(t)
		event := issued(c.of.Owner)
		event.Data = c.of
		for range 2 {
			if _, err := o.sendOnce(t.Context(), linkOnIssued(event)); err != nil {
				t.Fatal(err)
			}
		}
		mails := strings.Join(o.mails(t), "\n")
		link := c.page + "#token=" + mailtoken.New(o.keys, mailtoken.PasswordReset, resetID)
		if len(o.mails(t)) != 1 || !strings.Contains(mails, "Subject: "+subject) || !strings.Contains(mails, link) {
			t.Errorf("%s\n%s", link, mails)
		}
		if diff := cmp.Diff([]events.NotificationClaim{c.want}, o.db.letters); diff != "" {
			t.Error(diff)
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
		fault bool // somebody has to look at it
	}{
		"refused by db":          {func(o office) { o.db.fail = events.Refuse("reset_closed", "x") }, nil, false},
		"used since the claim":   {func(o office) { o.db.resets[resetID] = events.ResetState{ID: resetID} }, failed("The link in it is not good any more."), false},
		"replaced since then":    {func(o office) { delete(o.db.resets, resetID) }, failed("The link in it is not good any more."), false},
		"made with another ring": {func(o office) { o.db.resets[resetID] = events.ResetState{ID: resetID, Open: true, TokenHash: "x"} }, failed("The key that the link was made with is not in the ring EVENT_PERSONAL_KEYS any more."), true},
		"ended by db": {func(o office) {
			o.db.ended = true
		}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			var faults bytes.Buffer
			o.log = slog.New(slog.NewTextHandler(&faults, &slog.HandlerOptions{Level: slog.LevelError}))
			c.spoil(o)
			sent, err := o.sendOnce(t.Context(), linkOnIssued(issued(events.Principal{Type: events.Shopper, ID: "c1"})))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, results(t, sent)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := len(o.mails(t)); n != 0 || (faults.Len() > 0) != c.fault {
				t.Errorf("%d mails, and as a fault it is told: %s", n, faults.String())
			}
		})
	}
}

func confirmable() events.Received[events.VerificationIssue] {
	return events.Received[events.VerificationIssue]{Envelope: events.Envelope{ID: "e1", Subject: resetID}, Data: events.VerificationIssue{CustomerID: "c1"}}
}

// registered is the event that asks for a welcome.
func registered() events.Received[events.CustomerState] {
	return events.Received[events.CustomerState]{Envelope: events.Envelope{ID: "e1", Subject: "c1"}, Data: events.CustomerState{Meta: events.Meta{ID: "c1"}}}
}

// The welcome and the mail that is asked for have the one token that fits the hash in db; delivered twice, each is sent once.
func TestTheLinkThatConfirmsAnAddress(t *testing.T) {
	t.Parallel()
	for kind, of := range map[events.NotificationKind]letter{events.WelcomeMail: welcomeOnRegistered(registered()), events.VerificationMail: verificationOnIssued(confirmable())} {
		o := open(t)
		o.db.welcomes = true
		for range 2 {
			if _, err := o.sendOnce(t.Context(), of); err != nil {
				t.Fatal(err)
			}
		}
		token := mailtoken.New(o.keys, mailtoken.EmailVerification, resetID)
		want := "https://shop.example/verify-email#token=" + token
		m, err := letters(t).compose(events.NotificationState{Kind: kind}, matter{link: want})
		if err != nil || !strings.Contains(m.text, want) || !strings.Contains(html.UnescapeString(m.page), `href="`+want+`"`) || !strings.Contains(m.text, "72 hours") {
			t.Errorf("%v:\n%s\n%s", err, m.text, m.page)
		}
		mails := o.mails(t)
		if len(mails) != 1 || !strings.Contains(mails[0], token) {
			t.Errorf("%s: %d mails\n%s", kind, len(mails), strings.Join(mails, "\n"))
		}
	}
}

// A link that is not good any more when the mail is written leaves a welcome without one, and nothing of a mail that is about nothing else.
func TestALinkThatConfirmsNothingAnyMore(t *testing.T) {
	t.Parallel()
	gone := []events.NotificationResult{{Status: events.NotificationFailed, Reason: "The link in it is not good any more."}}
	for name, c := range map[string]struct {
		of    letter
		spoil func(d *fakeDB)
		want  []events.NotificationResult
		mails int
	}{
		"a welcome":          {welcomeOnRegistered(registered()), func(d *fakeDB) { d.welcomes, d.links = true, nil }, []events.NotificationResult{{Status: events.NotificationSent}}, 1},
		"a mail of its own":  {verificationOnIssued(confirmable()), func(d *fakeDB) { d.links[resetID] = events.VerificationState{ID: resetID} }, gone, 0},
		"a link that is not": {verificationOnIssued(confirmable()), func(d *fakeDB) { d.links = nil }, gone, 0},
		"refused by db":      {verificationOnIssued(confirmable()), func(d *fakeDB) { d.fail = events.Refuse("verification_closed", "x") }, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			c.spoil(o.db)
			sent, err := o.sendOnce(t.Context(), c.of)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, results(t, sent)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			mails := o.mails(t)
			if len(mails) != c.mails || c.mails == 1 && strings.Contains(mails[0], "Confirm") {
				t.Errorf("%d mails: %v", len(mails), mails)
			}
		})
	}
}

// Whoever reads the former address is told, once, and given no link.
func TestTheFormerAddressIsTold(t *testing.T) {
	t.Parallel()
	o := open(t)
	for range 2 {
		if _, err := o.sendOnce(t.Context(), noticeOnEmailChanged(confirmable())); err != nil {
			t.Fatal(err)
		}
	}
	mails := o.mails(t)
	if len(mails) != 1 || !strings.Contains(mails[0], "Subject: Your e-mail address is another now") || strings.Contains(mails[0], "token") {
		t.Errorf("%d mails: %v", len(mails), mails)
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
