package db

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
)

// enrolled is a customer who registers as the function has it, and the token of the welcome's link.
func (b *bench) enrolled(email string) (customer events.Principal, token string) {
	b.t.Helper()
	id := events.NewID()
	token = mailtoken.New(b.keys, mailtoken.EmailVerification, id)
	c := registration(email, "Bo")
	c.VerificationHash = mailtoken.Hash(token)
	if got := code(b.do(events.RegisterCustomer.New(id, c).AskedBy(nobody))); got != "" {
		b.t.Fatal(got)
	}
	return shopper(id), token
}

// wantsLink asks for a link, and gives the code of the refusal.
func (b *bench) wantsLink(who events.Principal) (token, refusal string) {
	b.t.Helper()
	id := events.NewID()
	token = mailtoken.New(b.keys, mailtoken.EmailVerification, id)
	return token, code(b.do(events.RequestVerification.New(id, events.VerificationRequest{TokenHash: mailtoken.Hash(token)}).AskedBy(who)))
}

// confirm tries a token at a customer, and gives the code of the refusal.
func (b *bench) confirm(customer, token string) string {
	b.t.Helper()
	id, _ := mailtoken.ID(token)
	return code(b.do(events.RedeemVerification.New(id, events.VerificationRedemption{CustomerID: customer, TokenHash: mailtoken.Hash(token)}).AskedBy(nobody)))
}

func (b *bench) verified(customer string) (verified bool, version int64) {
	b.t.Helper()
	c, err := getCustomer(b.t.Context(), b.store, events.Received[events.Lookup]{Data: events.Lookup{ID: customer}})
	if err != nil {
		b.t.Fatal(err)
	}
	return c.EmailVerified, c.Version
}

// An address is confirmed once, by the newest token, in time, while its customer may log in, and by no token of another purpose.
func TestVerification_TheNewestTokenIsGoodOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	who, first := b.enrolled("bo@example.com")
	other, others := b.enrolled("al@example.com")
	for name, wrong := range map[string][2]string{
		"another's": {other.ID, first}, "of no account": {events.NewID(), first}, "half": {who.ID, first[:60]},
		"a reset's": {who.ID, mailtoken.New(b.keys, mailtoken.PasswordReset, who.ID)},
	} {
		if got := b.confirm(wrong[0], wrong[1]); got != "verification_closed" {
			t.Errorf("%s: %q", name, got)
		}
	}
	second, refused := b.wantsLink(who)
	if refused != "" {
		t.Fatal(refused)
	}
	if got := b.confirm(who.ID, first); got != "verification_closed" {
		t.Errorf("an older one: %q", got)
	}
	if verified, version := b.verified(who.ID); verified || version != 1 {
		t.Errorf("confirmed by wrong tokens: %v, version %d", verified, version)
	}
	if got := b.confirm(who.ID, second); got != "" {
		t.Fatal(got)
	}
	if verified, version := b.verified(who.ID); !verified || version != 2 {
		t.Errorf("not confirmed: %v, version %d", verified, version)
	}
	if got := b.confirm(who.ID, second); got != "verification_closed" {
		t.Errorf("twice: %q", got)
	}
	if _, refused := b.wantsLink(who); refused != "already_verified" {
		t.Errorf("nothing is left to confirm: %q", refused)
	}
	b.asOwnerExec(`update customer set status = 'disabled' where id = $1`, other.ID)
	if got := b.confirm(other.ID, others); got != "verification_closed" {
		t.Errorf("disabled: %q", got)
	}
	b.asOwnerExec(`update customer set status = 'active' where id = $1`, other.ID)
	b.asOwnerExec(`update email_verification set expires_at = now() where customer_id = $1`, other.ID)
	if got := b.confirm(other.ID, others); got != "verification_closed" {
		t.Errorf("late: %q", got)
	}
}

func TestVerification_OneCustomerIsSentSoMany(t *testing.T) {
	t.Parallel()
	b := setup(t)
	who, _ := b.enrolled("bo@example.com")
	for i := range 5 {
		if _, refused := b.wantsLink(who); refused != "" {
			t.Fatalf("link %d: %q", i, refused)
		}
	}
	if _, refused := b.wantsLink(who); refused != "too_many_links" {
		t.Errorf("a sixth: %q", refused)
	}
	b.asOwnerExec(`update email_verification set spent_at = spent_at - interval '13 minutes'`)
	if token, refused := b.wantsLink(who); refused != "" {
		t.Errorf("when one more may: %q", refused)
	} else if got := b.confirm(who.ID, token); got != "" {
		t.Errorf("the newest: %q", got)
	}
	for name, stranger := range map[string]events.Principal{"staff": staff(events.NewID()), "who is gone": shopper(events.NewID())} {
		if _, refused := b.wantsLink(stranger); refused != "not_found" && refused != "forbidden" {
			t.Errorf("%s: %q", name, refused)
		}
	}
}

// A welcome has the link while it is good, whatever its claimer says; a mail of its own is sent only then.
func TestVerification_NoMailWithADeadLink(t *testing.T) {
	t.Parallel()
	b := setup(t)
	who, _ := b.enrolled("bo@example.com")
	claim := func(kind events.NotificationKind, mail, verification, sender string) (n events.NotificationState, refused string) {
		t.Helper()
		c := events.NotificationClaim{Kind: kind, CustomerID: who.ID, VerificationID: verification, Token: sender, LeaseSeconds: 5}
		state := b.do(events.ClaimNotification.New(mail, c))
		if code(state) != "" {
			return n, code(state)
		}
		n, err := events.NotificationClaimed.Decode(b.allKeys(), state.Data)
		if err != nil {
			t.Fatal(err)
		}
		return n, ""
	}
	welcome, second, third := events.NewID(), events.NewID(), events.NewID()
	if n, refused := claim(events.WelcomeMail, welcome, "", "a"); n.VerificationID != who.ID || refused != "" {
		t.Errorf("the welcome has %q, %q", n.VerificationID, refused)
	}
	token, _ := b.wantsLink(who)
	id, _ := mailtoken.ID(token)
	if _, refused := claim(events.VerificationMail, second, who.ID, "a"); refused != "verification_closed" {
		t.Errorf("an older one: %q", refused)
	}
	if n, refused := claim(events.VerificationMail, third, id, "a"); n.VerificationID != id || n.Status != events.NotificationSending || refused != "" {
		t.Errorf("the newest: %+v %q", n, refused)
	}
	if got := b.confirm(who.ID, token); got != "" {
		t.Fatal(got)
	}
	b.asOwnerExec(`update notification set lease_until = now()`)
	if n, refused := claim(events.VerificationMail, third, id, "b"); n.Status != events.NotificationFailed || refused != "" {
		t.Errorf("used before it was sent: %+v %q", n, refused)
	}
	if n, refused := claim(events.WelcomeMail, welcome, "", "b"); n.VerificationID != "" || n.Status != events.NotificationSending || refused != "" {
		t.Errorf("the welcome afterwards: %+v %q", n, refused)
	}
}

// A customer of the release before has no link, and asks for one; what is left of a link that is too old is forgotten.
func TestVerification_ComesAndGoes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	who := shopper(b.register("bo@example.com"))
	if n := b.count(`select count(*) from email_verification`); n != 0 {
		t.Errorf("%d links of a registration without", n)
	}
	token, refused := b.wantsLink(who)
	id, _ := mailtoken.ID(token)
	ask := func() (events.VerificationState, error) {
		return getVerification(t.Context(), b.store, events.Received[events.Lookup]{Data: events.Lookup{ID: id}})
	}
	v, err := ask()
	v.ExpiresAt = v.ExpiresAt.Truncate(0)
	want := events.VerificationState{ID: id, CustomerID: who.ID, TokenHash: mailtoken.Hash(token), ExpiresAt: v.ExpiresAt, Open: true}
	if diff := cmp.Diff(want, v); diff != "" || err != nil || refused != "" {
		t.Errorf("%v %q %s", err, refused, diff)
	}
	b.asOwnerExec(`update email_verification set expires_at = now() - interval '1 second'`)
	if v, err := ask(); v.Open || err != nil {
		t.Errorf("too old: %+v %v", v, err)
	}
	b.asOwnerExec(strings.ReplaceAll(verification.Purge, "$1", "10"))
	if _, err := ask(); err == nil {
		t.Error("it is not forgotten")
	}
}
