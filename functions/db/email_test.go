package db

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
)

// wantsAddress asks for another address, and gives the token of the link to it and the code of the refusal.
func (b *bench) wantsAddress(who events.Principal, email string) (token, refusal string) {
	b.t.Helper()
	id := events.NewID()
	token = mailtoken.New(b.keys, mailtoken.EmailVerification, id)
	change := events.EmailChange{Email: events.NewPersonal(email), TokenHash: mailtoken.Hash(token), ResetHash: "r" + id}
	state := b.do(events.RequestEmailChange.New(id, change).AskedBy(who))
	if code(state) == "" && state.Type != events.EmailChangeRequested.Type() {
		b.t.Errorf("it ends with %s", state.Type)
	}
	return token, code(state)
}

// address is what a customer's is, and how they are found by it.
func (b *bench) address(customer string) (address string) {
	b.t.Helper()
	c, err := getCustomer(b.t.Context(), b.store, events.Received[events.Lookup]{Data: events.Lookup{ID: customer}})
	if err == nil {
		err = b.allKeys().Decrypt(&c.Email)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	if n := b.count(`select count(*) from customer where id = $1 and email = lower($2)`, customer, c.Email.Plaintext()); n != 1 {
		b.t.Errorf("%s is not found by their address", customer)
	}
	return c.Email.Plaintext()
}

// mailTo claims a mail with a customer's link, and gives the address that it goes to.
func (b *bench) mailTo(kind events.NotificationKind, customer, token string) string {
	b.t.Helper()
	id, _ := mailtoken.ID(token)
	claim := events.NotificationClaim{Kind: kind, CustomerID: customer, VerificationID: id, Token: "a", LeaseSeconds: 5}
	state := b.do(events.ClaimNotification.New(events.NewID(), claim))
	if code(state) != "" {
		return code(state)
	}
	n, err := events.NotificationClaimed.Decode(b.allKeys(), state.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	return n.To.Plaintext()
}

// An address becomes a customer's when the link that was sent there is followed, and not before; the former one is told, and a link to a new password that
// was sent there is good for nothing.
func TestEmail_ChangesWhenItIsConfirmed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	who, welcome := b.enrolled("Old@example.com")
	if _, refused := b.wantsAddress(who, "OLD@example.com"); refused != "email_unchanged" {
		t.Errorf("the same: %q", refused)
	}
	older, _ := b.wantsAddress(who, "other@example.com")
	token, refused := b.wantsAddress(who, "New@example.com")
	if refused != "" {
		t.Fatal(refused)
	}
	reset, _ := b.forgot(events.Shopper, "old@example.com")
	if got := b.mailTo(events.VerificationMail, who.ID, token); got != "New@example.com" {
		t.Errorf("the link goes to %s", got)
	}
	for of, want := range map[string]string{token: "Old@example.com", older: "verification_closed"} {
		if got := b.mailTo(events.EmailChangeMail, who.ID, of); got != want {
			t.Errorf("warned is %s, want %s", got, want)
		}
	}
	for name, wrong := range map[string]string{"the welcome's": welcome, "an older one": older} {
		if got := b.confirm(who.ID, wrong); got != "verification_closed" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := b.address(who.ID); got != "Old@example.com" {
		t.Errorf("before it is confirmed: %s", got)
	}
	if got := b.confirm(who.ID, token); got != "" {
		t.Fatal(got)
	}
	if got := b.address(who.ID); got != "New@example.com" {
		t.Errorf("afterwards: %s", got)
	}
	if verified, version := b.verified(who.ID); !verified || version != 2 {
		t.Errorf("verified %v, version %d", verified, version)
	}
	if got := b.mailTo(events.EmailChangeMail, who.ID, token); got != "verification_closed" {
		t.Errorf("warned of what is done is %s", got)
	}
	newest, _ := b.wantsAddress(who, "third@example.com") // does not keep the former one from being told
	for of, want := range map[string]string{token: "Old@example.com", newest: "not_found"} {
		if got := b.mailTo(events.EmailChangedMail, who.ID, of); got != want {
			t.Errorf("told is %s, want %s", got, want)
		}
	}
	for name, got := range map[string]string{"again": b.confirm(who.ID, token), "the reset": b.redeem(who, reset)} {
		if got != "verification_closed" && got != "reset_closed" {
			t.Errorf("%s: %q", name, got)
		}
	}
	back, refused := b.wantsAddress(who, "old@example.com") // of one that is confirmed already, too
	if got := b.confirm(who.ID, back); got != "" || refused != "" {
		t.Errorf("and back: %q %q", refused, got)
	}
}

// An address that is taken is asked for like any other; its owner is sent a link to a new password, and nobody gets what is another's.
func TestEmail_TakenIsAnsweredAlike(t *testing.T) {
	t.Parallel()
	b := setup(t)
	who, other := shopper(b.register("bo@example.com")), shopper(b.register("al@example.com"))
	token, refused := b.wantsAddress(who, "AL@example.com")
	if refused != "" {
		t.Errorf("taken: %q", refused)
	}
	id, _ := mailtoken.ID(token)
	if n := b.count(`select count(*) from password_reset where account = $1 and token_hash = $2`, other.ID, "r"+id); n != 1 {
		t.Error("its owner is not told")
	}
	kinds := []string{}
	entries := b.entries()
	for _, r := range entries[len(entries)-1].Results {
		kinds = append(kinds, r.Type)
	}
	if diff := cmp.Diff([]string{events.EmailChangeRequested.Type(), events.ResetIssued.Type()}, kinds); diff != "" {
		t.Errorf("a link to it goes out:\n%s", diff)
	}
	if got := b.confirm(who.ID, token); got != "email_taken" {
		t.Errorf("a token that nobody was sent: %q", got)
	}
	late, _ := b.wantsAddress(who, "free@example.com")
	b.register("free@example.com")
	if got := b.confirm(who.ID, late); got != "email_taken" {
		t.Errorf("taken meanwhile: %q", got)
	}
	if got := b.address(who.ID); got != "bo@example.com" {
		t.Errorf("it is %s", got)
	}
}

// What names somebody in their links is gone with them, and no mail finds them.
func TestEmail_IsErasedWithItsCustomer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	who := shopper(b.register("bo@example.com"))
	token, _ := b.wantsAddress(who, "new@example.com")
	b.confirm(who.ID, token)
	pending, _ := b.wantsAddress(who, "newer@example.com")
	if got := code(b.do(events.DeleteCustomer.New(who.ID, events.Deletion{ExpectedVersion: 2}).AskedBy(who))); got != "" {
		t.Fatal(got)
	}
	if n := b.count(`select count(*) from email_verification where address = '' and email_cipher = '' and former_cipher = '' and former_of = ''`); n != 1 {
		t.Error("an address is left")
	}
	if got := b.mailTo(events.EmailChangedMail, who.ID, pending); got != "not_found" {
		t.Errorf("a mail goes to %s", got)
	}
	if got := b.confirm(who.ID, pending); got != "verification_closed" {
		t.Errorf("confirmed: %q", got)
	}
}
