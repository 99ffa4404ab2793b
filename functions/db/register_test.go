package db

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
)

// heard is how somebody registers by a function of this release, whose answer tells nothing of whoever has the address.
func heard(email string) (id string, command events.Outgoing) {
	id = events.NewID()
	c := registration(email, "Bo")
	c.VerificationHash, c.ResetHash = "v"+id, "r"+id
	return id, events.RegisterCustomer.New(id, c).AskedBy(nobody)
}

// said is what an asker is told, without what names the request.
func (b *bench) said(command events.Outgoing) events.OperationState {
	b.t.Helper()
	s := b.do(command)
	return events.OperationState{Status: s.Status, Type: s.Type, Noun: s.Noun, Problem: s.Problem, Data: s.Data}
}

// Whether the address is taken or free, registering ends the same; the account there is stays as it is, and its owner is sent a link to a new password.
func TestCustomer_RegistersAlikeWhoeverIsThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, free := heard("bo@example.com")
	want := b.said(free)
	if want.Status != events.OperationSucceeded || want.Type != events.CustomerRegistrationHeard.Type() {
		t.Fatalf("%+v", want)
	}
	second, taken := heard("BO@example.com")
	if diff := cmp.Diff(want, b.said(taken)); diff != "" {
		t.Errorf("(-free +taken):\n%s", diff)
	}
	if n := b.count(`select count(*) from customer`); n != 1 {
		t.Errorf("%d customers", n)
	}
	if n := b.count(`select count(*) from password_reset where account = $1 and id = $2 and token_hash = $3`, first, second, "r"+second); n != 1 {
		t.Error("no link goes out to whoever has the address")
	}
	if n := b.count(`select count(*) from email_verification where customer_id = $1 and token_hash = $2`, first, "v"+first); n != 1 {
		t.Error("the link that confirms the address is another's")
	}
	kinds := []string{}
	for _, e := range b.entries() {
		for _, r := range e.Results {
			kinds = append(kinds, r.Type)
		}
	}
	if diff := cmp.Diff([]string{
		events.CustomerRegistrationHeard.Type(), events.CustomerRegistered.Type(), events.CustomerRegistrationHeard.Type(), events.ResetIssued.Type(),
	}, kinds); diff != "" {
		t.Error(diff)
	}
	b.asOwnerExec(`update customer set status = 'disabled'`)
	b.asOwnerExec(`delete from password_reset`)
	_, off := heard("bo@example.com")
	if diff := cmp.Diff(want, b.said(off)); diff != "" {
		t.Errorf("disabled (-free +disabled):\n%s", diff)
	}
	if n := b.count(`select count(*) from password_reset`); n != 0 {
		t.Error("who may not log in is sent a link")
	}
}

// Links of registrations count with those of forgotten passwords: nobody's mailbox is filled, whichever way is tried.
func TestCustomer_IsRemindedSoOften(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, free := heard("bo@example.com")
	want := b.said(free)
	for range 3 {
		if _, issued := b.forgot(events.Shopper, "bo@example.com"); !issued {
			t.Fatal("no link goes out")
		}
	}
	var links []string
	for range 4 {
		id, again := heard("bo@example.com")
		if diff := cmp.Diff(want, b.said(again)); diff != "" {
			t.Errorf("(-free +again):\n%s", diff)
		}
		if b.count(`select count(*) from password_reset where id = $1`, id) == 1 {
			links = append(links, id)
		}
	}
	if len(links) != 2 {
		t.Errorf("%d links go out beside three, want 2", len(links))
	}
}

// The reset of a registration is as good as another; the mail that has it is claimed while it is.
func TestCustomer_WhoRegistersAgainSetsAPassword(t *testing.T) {
	t.Parallel()
	b := setup(t)
	who := shopper(b.register("bo@example.com"))
	id := events.NewID()
	c := registration("bo@example.com", "Bo")
	token := mailtoken.New(b.keys, mailtoken.PasswordReset, id)
	c.ResetHash = mailtoken.Hash(token)
	b.do(events.RegisterCustomer.New(id, c).AskedBy(nobody))
	claim := func(sender string) string {
		return code(b.do(events.ClaimNotification.New(events.DeriveID("mail", sender), events.NotificationClaim{
			Kind: events.AccountExistsMail, CustomerID: who.ID, ResetID: id, Token: sender, LeaseSeconds: 5,
		})))
	}
	if got := claim("a"); got != "" {
		t.Errorf("claim: %q", got)
	}
	if got := b.redeem(who, token); got != "" {
		t.Errorf("redeem: %q", got)
	}
	if got := claim("b"); got != "reset_closed" {
		t.Errorf("claim when it is used: %q", got)
	}
}

// Of some who register with one address at one moment one has the account, and none is told so.
func TestCustomer_OfManyAtOneMomentNoneIsTold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	replicas := []func(events.Outgoing) events.OperationState{}
	for range 4 {
		s := b.replica()
		replicas = append(replicas, func(m events.Outgoing) events.OperationState {
			e := b.command(m)
			if err := s.Apply(t.Context(), e); err != nil {
				t.Error(err)
			}
			return b.outcome(s, e)
		})
	}
	for range 5 {
		email := events.NewID() + "@example.com"
		kinds, all := make([]string, len(replicas)), sync.WaitGroup{}
		for i, do := range replicas {
			_, command := heard(email)
			all.Go(func() { s := do(command); kinds[i] = s.Type + code(s) })
		}
		all.Wait()
		if diff := cmp.Diff(slices.Repeat([]string{events.CustomerRegistrationHeard.Type()}, len(replicas)), kinds); diff != "" {
			t.Error(diff)
		}
		if n := b.count(`select count(*) from customer where email = $1`, email); n != 1 {
			t.Errorf("%d accounts", n)
		}
	}
}
