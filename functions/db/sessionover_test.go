package db

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// sentBy is a command that somebody sends by a log-in at a moment.
func (b *bench) sentBy(who events.Principal, session string, m events.Outgoing, at time.Time) events.Envelope {
	b.t.Helper()
	e, err := bus.Stamp(b.keys, m.Of().Declaration().Producers[0], events.Cause{Correlation: events.NewID(), By: who, Session: session}, at, m)
	if err != nil {
		b.t.Fatal(err)
	}
	return e[0]
}

// awaited is the code that whoever awaits a command by a log-in is told.
func (b *bench) awaited(e events.Envelope, wait int) string {
	b.t.Helper()
	q := events.OperationQuestion{Source: e.Source, ID: e.ID, Fingerprint: e.Fingerprint, WaitMillis: wait}
	asked := events.Envelope{By: e.By, Session: e.Session, Time: time.Now()}
	state, err := awaitOperation(b.t.Context(), b.store, events.Received[events.OperationQuestion]{Envelope: asked, Data: q})
	if err != nil {
		return codeOf(b.t, err)
	}
	if state.Status == events.OperationPending {
		return "pending"
	}
	return code(state)
}

func codeOf(t testing.TB, err error) string {
	t.Helper()
	problem, ok := errors.AsType[*events.Problem](err)
	if !ok {
		t.Fatal(err)
	}
	return problem.Code
}

// writes is the code that a command is answered which somebody sends now by a log-in, and reads that of a question.
func (b *bench) writes(who events.Principal, session string, m events.Outgoing) string {
	b.t.Helper()
	e := b.sentBy(who, session, m, time.Now())
	if err := b.store.Apply(b.t.Context(), e); err != nil {
		b.t.Fatal(err)
	}
	return b.awaited(e, 0)
}

func (b *bench) reads(who events.Principal, session string, h events.Handler, question any) string {
	b.t.Helper()
	data, err := json.Marshal(question)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err = h.Reply(b.t.Context(), b.keys, events.Envelope{Type: h.Message.Type(), By: who, Session: session, Time: time.Now(), Data: data}); err != nil {
		return codeOf(b.t, err)
	}
	return ""
}

// loggedIn is somebody with two log-ins, each by the refresh token of its name.
type loggedIn struct {
	who         events.Principal
	phone, desk string
}

func (b *bench) loggedIn(who events.Principal) loggedIn {
	b.t.Helper()
	return loggedIn{who, b.logIn(who, "phone"+who.ID), b.logIn(who, "desk"+who.ID)}
}

// password is a change of somebody's, who proves the one that they have.
func (b *bench) password(who events.Principal) events.Outgoing {
	b.t.Helper()
	read := customerCredentials
	if who.Type == events.Staff {
		read = userCredentials
	}
	c, err := read(b.t.Context(), b.store, events.Received[events.CredentialsQuestion]{Data: events.CredentialsQuestion{ID: who.ID}})
	if err == nil {
		err = b.allKeys().Decrypt(&c.PasswordHash)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	n := events.NewPassword{PreviousHash: c.PasswordHash, PasswordHash: events.NewPersonal("another")}
	if who.Type == events.Staff {
		return events.ChangeUserPassword.New(who.ID, n)
	}
	return events.ChangeCustomerPassword.New(who.ID, n)
}

const (
	goesOn = ""
	ended  = "token_expired"
)

// What ends a customer's log-ins ends their access tokens with them, for commands and questions, at once; the log-in by which they have wanted it goes on.
func TestAnAccessTokenEndsWithItsLogIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss := staff(b.hire("boss@example.com", events.OwnerRole))
	read := b.handler("address", "list")
	for name, c := range map[string]struct {
		end                         func(in loggedIn)
		phone, desk, withoutSession string
	}{
		"nothing has": {func(loggedIn) {}, goesOn, goesOn, goesOn},
		"a new password, at the desk": {func(in loggedIn) {
			if got := b.writes(in.who, in.desk, b.password(in.who)); got != "" {
				t.Error(got)
			}
		}, ended, goesOn, goesOn},
		"a new password, by a function of the release before": {func(in loggedIn) {
			if got := b.writes(in.who, "", b.password(in.who)); got != "" {
				t.Error(got)
			}
		}, ended, ended, goesOn},
		"a forgotten password": {func(in loggedIn) {
			token, _ := b.forgot(events.Shopper, b.address(in.who.ID))
			if got := b.redeem(in.who, token); got != "" {
				t.Error(got)
			}
		}, ended, ended, goesOn},
		"another address, asked for at the desk": {func(in loggedIn) {
			id := events.NewID()
			change := events.EmailChange{Email: events.NewPersonal("new@example.com"), TokenHash: "hash", ResetHash: "r" + id}
			if got := b.writes(in.who, in.desk, events.RequestEmailChange.New(id, change)); got != "" {
				t.Error(got)
			}
			if got := code(b.do(events.RedeemVerification.New(id, events.VerificationRedemption{CustomerID: in.who.ID, TokenHash: "hash"}).AskedBy(nobody))); got != "" {
				t.Error(got)
			}
		}, ended, goesOn, goesOn},
		"a suspension": {func(in loggedIn) {
			if got := code(b.do(events.SetCustomerStatus.New(in.who.ID, events.CustomerStatusChange{Status: events.AccountDisabled}).AskedBy(boss))); got != "" {
				t.Error(got)
			}
		}, ended, ended, "forbidden"},
		"a log-out at the desk": {func(in loggedIn) {
			b.do(events.RevokeSession.New(in.desk, events.Revocation{RefreshHash: "desk" + in.who.ID}))
		}, goesOn, ended, goesOn},
		"a refresh token that came twice": {func(in loggedIn) {
			b.rotate(in.desk, "desk"+in.who.ID, "next"+in.who.ID)
			b.rotate(in.desk, "desk"+in.who.ID, "other"+in.who.ID)
		}, goesOn, ended, goesOn},
		"an erasing by staff": {func(in loggedIn) {
			if got := code(b.do(events.EraseCustomer.New(in.who.ID, events.Deletion{ExpectedVersion: 1}).AskedBy(boss))); got != "" {
				t.Error(got)
			}
		}, ended, ended, "forbidden"},
		"an erasing, at the desk": {func(in loggedIn) {
			if got := b.writes(in.who, in.desk, events.DeleteCustomer.New(in.who.ID, events.Deletion{ExpectedVersion: 1})); got != "" {
				t.Error(got)
			}
		}, ended, "forbidden", "forbidden"},
	} {
		in := b.loggedIn(shopper(b.register(events.NewID() + "@example.com")))
		c.end(in)
		for session, want := range map[string]string{in.phone: c.phone, in.desk: c.desk, "": c.withoutSession} {
			if got := b.writes(in.who, session, events.CreateAddress.New(events.NewID(), home())); got != want {
				t.Errorf("%s: a command is answered %q, want %q", name, got, want)
			}
			if want == "forbidden" {
				want = "" // there is nothing of theirs to be read
			}
			if got := b.reads(in.who, session, read, events.AddressFilter{CustomerID: in.who.ID}); got != want {
				t.Errorf("%s: a question is answered %q, want %q", name, got, want)
			}
		}
	}
}

// The same of staff, whose permissions are looked at beside.
func TestAnAccessTokenOfStaffEndsWithItsLogIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss := staff(b.hire("boss@example.com", events.OwnerRole))
	read := b.handler("user", "list")
	for name, c := range map[string]struct {
		end         func(in loggedIn, email string)
		phone, desk string
	}{
		"nothing has": {func(loggedIn, string) {}, goesOn, goesOn},
		"a new password, at the desk": {func(in loggedIn, _ string) {
			if got := b.writes(in.who, in.desk, b.password(in.who)); got != "" {
				t.Error(got)
			}
		}, ended, goesOn},
		"another address": {func(in loggedIn, email string) {
			b.update(boss.ID, in.who.ID, 1, fieldsOf("other-"+email, events.AccountActive, events.OwnerRole))
		}, ended, ended},
		"fewer roles": {func(in loggedIn, email string) {
			b.update(boss.ID, in.who.ID, 1, fieldsOf(email, events.AccountActive, events.ViewerRole))
		}, ended, ended},
		"another name": {func(in loggedIn, email string) {
			f := fieldsOf(email, events.AccountActive, events.OwnerRole)
			f.Name = events.NewPersonal("Another")
			b.update(boss.ID, in.who.ID, 1, f)
		}, goesOn, goesOn},
		"a dismissal": {func(in loggedIn, _ string) {
			b.do(events.DeleteUser.New(in.who.ID, events.Deletion{ExpectedVersion: 1}).AskedBy(boss))
		}, ended, ended},
	} {
		email := events.NewID() + "@example.com"
		in := b.loggedIn(staff(b.hire(email, events.OwnerRole)))
		c.end(in, email)
		for session, want := range map[string]string{in.phone: c.phone, in.desk: c.desk} {
			if got := b.writes(in.who, session, events.CreateBrand.New(events.NewID(), brandNamed(events.NewID()))); got != want {
				t.Errorf("%s: a command is answered %q, want %q", name, got, want)
			}
			if got := b.reads(in.who, session, read, events.UserFilter{}); got != want {
				t.Errorf("%s: a question is answered %q, want %q", name, got, want)
			}
		}
	}
}

// What is left out is written nowhere: under the same id it goes on by another log-in. What shares its transaction is decided, and what was sent before the
// log-in ended is, however late it comes.
func TestACommandOfALogInThatHasEndedIsLeftOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in := b.loggedIn(shopper(b.register("ada@example.com")))
	wish := func(session string, at time.Time) events.Envelope {
		return b.sentBy(in.who, session, events.CreateAddress.New(events.NewID(), home()).WithID(events.NewID(), "f"), at)
	}
	before, fine := wish(in.phone, time.Now().Add(-time.Second)), wish(in.desk, time.Now())
	b.do(events.RevokeSession.New(in.phone, events.Revocation{RefreshHash: "phone" + in.who.ID}))
	late := wish(in.phone, time.Now())
	again := late
	again.Session = in.desk
	for i, err := range b.togetherWith(before, late, fine) {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	outcomes := []string{b.awaited(late, 0)}
	if err := b.store.Apply(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	outcomes = append(outcomes, b.awaited(fine, hangingMillis), b.awaited(again, hangingMillis))
	if diff := cmp.Diff([]string{ended, goesOn, goesOn}, outcomes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := b.count(`select count(*) from address where customer_id = $1`, in.who.ID); n != 3 {
		t.Errorf("%d addresses", n)
	}
}

// Who awaits a command that is left out is told at once, here and at another replica, and nobody who awaits the same by another log-in.
func TestWhoAwaitsWhatIsLeftOutIsTold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.replica(func(o *inbox.Options) { o.FirstPoll = time.Hour })
	b.eventually("they see each other", func() bool { return must(b.store.SeesReplicas(t.Context())) })
	in := b.loggedIn(shopper(b.register("ada@example.com")))
	late := b.sentBy(in.who, in.phone, events.CreateAddress.New(events.NewID(), home()).WithID(events.NewID(), "f"), time.Now().Add(time.Hour))
	b.do(events.RevokeSession.New(in.phone, events.Revocation{RefreshHash: "phone" + in.who.ID}))
	await := func(s *inbox.Store, session string) chan string {
		told := make(chan string, 1)
		q := events.OperationQuestion{Source: late.Source, ID: late.ID, Fingerprint: late.Fingerprint, WaitMillis: hangingMillis}
		go func() {
			state, err := s.Await(t.Context(), events.Received[events.OperationQuestion]{Envelope: events.Envelope{Session: session}, Data: q})
			if err != nil {
				t.Error(err)
			}
			told <- code(state)
		}()
		return told
	}
	here, there, desk := await(b.store, in.phone), await(other, in.phone), await(b.store, in.desk)
	b.eventually("they wait", func() bool {
		return b.store.Waiting(late.Source, late.ID) == 2 && other.Waiting(late.Source, late.ID) == 1
	})
	if err := b.store.Apply(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if got := []string{<-here, <-there}; got[0] != ended || got[1] != ended {
		t.Errorf("told %q", got)
	}
	again := late
	again.Session = in.desk
	if err := b.store.Apply(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if got := <-desk; got != "" {
		t.Errorf("by the log-in that goes on: %q", got)
	}
}
