package db

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
)

var nobody = events.Principal{Type: events.Anonymous}

// forgot asks for a link, as auth does, and tells whether one goes out.
func (b *bench) forgot(account events.AuthType, email string) (token string, issued bool) {
	b.t.Helper()
	id := events.NewID()
	token = mailtoken.New(b.keys, mailtoken.PasswordReset, id)
	state := b.do(events.RequestReset.New(id, events.ResetRequest{Account: account, Email: events.NewPersonal(email), TokenHash: mailtoken.Hash(token)}).AskedBy(nobody))
	if got := code(state); got != "" || state.Type != events.ResetRequested.Type() {
		b.t.Fatalf("ask for a link: %q %s", got, state.Type)
	}
	return token, b.count(`select count(*) from password_reset where id = $1`, id) == 1
}

// redeem tries a token at an account, and gives the code of the refusal.
func (b *bench) redeem(owner events.Principal, token string) string {
	b.t.Helper()
	id, ok := mailtoken.ID(token)
	if !ok {
		b.t.Fatalf("%q is no token", token)
	}
	return code(b.do(events.RedeemReset.New(id, events.ResetRedemption{Owner: owner, TokenHash: mailtoken.Hash(token), PasswordHash: events.NewPersonal("hash of " + token)}).AskedBy(nobody)))
}

// mailOf claims the mail with a token.
func (b *bench) mailOf(owner events.Principal, token, sender string) events.OperationState {
	b.t.Helper()
	id, _ := mailtoken.ID(token)
	claim := events.NotificationClaim{Kind: events.PasswordResetMail, CustomerID: owner.ID, ResetID: id, Token: sender, LeaseSeconds: 5}
	if owner.Type == events.Staff {
		claim.CustomerID, claim.UserID = "", owner.ID
	}
	return b.do(events.ClaimNotification.New(events.DeriveID("mail", id), claim))
}

// Both kinds of account come to a new password by the newest token, once, in time, and while they may log in.
func TestReset_TheNewestTokenIsGoodOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hire("owner@example.com", events.OwnerRole)
	for email, owner := range map[string]events.Principal{"bo@example.com": shopper(b.register("Bo@example.com")), "ann@example.com": staff(b.hire("Ann@example.com", events.ViewerRole))} {
		session, stranger := b.logIn(owner, email), shopper(b.register("other-"+email))
		older, issued := b.forgot(owner.Type, strings.ToUpper(email))
		token, again := b.forgot(owner.Type, email)
		if !issued || !again {
			t.Fatalf("%s: links went out: %v, %v", email, issued, again)
		}
		made, _ := mailtoken.ID(token)
		for name, wrong := range map[string]struct {
			owner events.Principal
			token string
		}{
			"older": {owner, older}, "another's": {stranger, token}, "of no account": {events.Principal{}, token}, "half": {owner, made + ".x"},
			"as the other kind": {events.Principal{Type: map[events.AuthType]events.AuthType{events.Staff: events.Shopper, events.Shopper: events.Staff}[owner.Type], ID: owner.ID}, token},
		} {
			if got := b.redeem(wrong.owner, wrong.token); got != "reset_closed" {
				t.Errorf("%s, %s: %q", email, name, got)
			}
		}
		if state, _ := b.rotate(session, email, email+"2"); code(state) != "" {
			t.Errorf("%s: logged out by wrong tokens: %v", email, state.Problem)
		}
		if got := b.redeem(owner, token); got != "" {
			t.Fatalf("%s: %q", email, got)
		}
		if state, _ := b.rotate(session, email+"2", email+"3"); code(state) != "invalid_grant" {
			t.Errorf("%s: the session lives on: %+v", email, state)
		}
		if got := b.redeem(owner, token); got != "reset_closed" {
			t.Errorf("%s, used: %q", email, got)
		}
		late, _ := b.forgot(owner.Type, email)
		b.asOwnerExec(`update password_reset set expires_at = now() where account = $1`, owner.ID)
		if got := b.redeem(owner, late); got != "reset_closed" {
			t.Errorf("%s, late: %q", email, got)
		}
		off, _ := b.forgot(owner.Type, email)
		b.asOwnerExec(`update staff set status = 'disabled' where id = $1`, owner.ID)
		b.asOwnerExec(`update customer set status = 'disabled' where id = $1`, owner.ID)
		if got := b.redeem(owner, off); got != "reset_closed" {
			t.Errorf("%s, disabled: %q", email, got)
		}
		if _, issued := b.forgot(owner.Type, email); issued {
			t.Errorf("%s, disabled: a link goes out", email)
		}
	}
}

// Whoever uses a link that was mailed to them, of whichever kind, is not kept waiting where they are by what was tried there and elsewhere, nor are they any more by
// strangers; another network has its own.
func TestReset_WhoReadsTheMailboxIsLetIn(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *inbox.Options) { o.Limits.Logins = domain.LoginTerms{PerPlace: 2, Strangers: 4, Network: 2} })
	tired := func(who events.Principal) {
		t.Helper()
		for _, network := range []string{"home", "home", "afar", "afar"} {
			b.try(who.ID, who, network, "")
		}
		if turn := b.try(who.ID, who, "home", ""); turn.WaitSeconds == 0 {
			t.Fatal("nobody is kept waiting")
		}
	}
	for name, use := range map[string]func(events.Principal) string{
		"a new password": func(who events.Principal) string {
			token, _ := b.forgot(events.Shopper, who.ID+"@example.com")
			id, _ := mailtoken.ID(token)
			return code(b.do(events.RedeemReset.New(id, events.ResetRedemption{
				Owner: who, TokenHash: mailtoken.Hash(token), PasswordHash: events.NewPersonal("h"), Network: "home",
			}).AskedBy(nobody)))
		},
		"an address": func(who events.Principal) string {
			token, _ := b.wantsLink(who)
			id, _ := mailtoken.ID(token)
			return code(b.do(events.RedeemVerification.New(id, events.VerificationRedemption{
				CustomerID: who.ID, TokenHash: mailtoken.Hash(token), Network: "home",
			}).AskedBy(nobody)))
		},
	} {
		who := shopper(events.NewID())
		if refusal := code(b.do(events.RegisterCustomer.New(who.ID, registration(who.ID+"@example.com", "Bo")).AskedBy(nobody))); refusal != "" {
			t.Fatal(refusal)
		}
		tired(who)
		if refusal := use(who); refusal != "" {
			t.Fatalf("%s: %q", name, refusal)
		}
		if turn := b.try(who.ID, who, "home", ""); turn.WaitSeconds != 0 || turn.Stranger {
			t.Errorf("%s: %+v", name, turn)
		}
		if turn := b.try(who.ID, who, "elsewhere", ""); turn.WaitSeconds != 0 {
			t.Errorf("%s: what strangers tried counts on: %+v", name, turn)
		}
		if turn := b.try(who.ID, who, "afar", ""); turn.WaitSeconds == 0 {
			t.Errorf("%s: a stranger's tries are forgotten", name)
		}
		b.asOwnerExec(`delete from network_tries`)
	}
}

// One account is sent so many links an hour, and a request too many leaves the newest good; nobody is sent any.
func TestReset_OneAccountIsSentSoMany(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner := shopper(b.register("bo@example.com"))
	var last string
	for i := range 5 {
		token, issued := b.forgot(events.Shopper, "bo@example.com")
		if last = token; !issued {
			t.Fatalf("link %d does not go out", i)
		}
	}
	for range 3 {
		if _, issued := b.forgot(events.Shopper, "bo@example.com"); issued {
			t.Error("a sixth link goes out")
		}
	}
	if got := b.redeem(owner, last); got != "" {
		t.Errorf("the newest: %q", got)
	}
	b.asOwnerExec(`update password_reset set spent_at = spent_at - interval '13 minutes'`)
	if _, issued := b.forgot(events.Shopper, "bo@example.com"); !issued {
		t.Error("none goes out when one more may")
	}
	for account, email := range map[events.AuthType]string{events.Staff: "bo@example.com", events.Shopper: "nobody@example.com"} {
		if _, issued := b.forgot(account, email); issued {
			t.Errorf("a link goes out to the %s %s", account, email)
		}
	}
	if n := b.count(`select count(*) from password_reset`); n != 1 {
		t.Errorf("%d resets are stored", n)
	}
}

// db gives the right to send a mail only while its link is good. One that was begun and has lapsed is over with its link; nobody is asked for it again.
func TestReset_NoMailWithADeadLink(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hire("owner@example.com", events.OwnerRole)
	for email, owner := range map[string]events.Principal{"bo@example.com": shopper(b.register("bo@example.com")), "ann@example.com": staff(b.hire("ann@example.com", events.ViewerRole))} {
		older, _ := b.forgot(owner.Type, email)
		begun, _ := b.forgot(owner.Type, email)
		if got := code(b.mailOf(owner, older, "a")); got != "reset_closed" {
			t.Errorf("%s, a newer one was asked for: %q", email, got)
		}
		if state := b.mailOf(owner, begun, "a"); code(state) != "" || state.Type != events.NotificationClaimed.Type() {
			t.Fatalf("%s: %q %s", email, code(state), state.Type)
		}
		if got := b.redeem(owner, begun); got != "" {
			t.Fatalf("%s: %q", email, got)
		}
		mail, _ := mailtoken.ID(begun)
		mail = events.DeriveID("mail", mail)
		b.asOwnerExec(`update notification set lease_until = now() where id = $1`, mail)
		state := b.mailOf(owner, begun, "b")
		n, err := events.NotificationRecorded.Decode(b.allKeys(), state.Data)
		if err != nil || state.Type != events.NotificationRecorded.Type() || n.Status != events.NotificationFailed || n.Token != "" || !strings.Contains(n.Reason, "not good any more") {
			t.Errorf("%s, used before it was sent: %s %+v %v", email, state.Type, n, err)
		}
		if due := b.count(`select count(*) from deadline where subject = $1`, mail); due != 0 {
			t.Errorf("%s: it is still due", email)
		}
	}
}

// Nowhere in the database is a token in clear, nor anything of which one could be made: not in a row, not in the journal, not in what is still to be said.
func TestReset_NoTableHasTheToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner := shopper(b.register("bo@example.com"))
	token, _ := b.forgot(events.Shopper, "bo@example.com")
	b.mailOf(owner, token, "a")
	if got := b.redeem(owner, token); got != "" {
		t.Fatal(got)
	}
	secret := token[37:]
	rows, err := b.asOwner().Query(t.Context(), `select table_name::text from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	tables := must(pgx.CollectRows(rows, pgx.RowTo[string]))
	all := b.asOwner() // the journal's parts are read by nobody else
	for _, table := range tables {
		var n int
		if err := all.QueryRow(t.Context(), `select count(*) from `+pgx.Identifier{table}.Sanitize()+` r where strpos(r::text, $1) > 0`, secret).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows of %s have it: %v", n, table, err)
		}
	}
	if n := b.count(`select count(*) from password_reset where token_hash = $1`, mailtoken.Hash(token)); n != 1 || len(tables) < 20 {
		t.Errorf("its hash is stored %d times; %d tables were read", n, len(tables))
	}
	journal := b.told() // unpacked: it is what the topics have, too
	if strings.Contains(journal, secret) || !strings.Contains(journal, owner.ID) {
		t.Error("the journal has it, or nothing")
	}
}
