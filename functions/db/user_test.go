package db

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

func staff(id string) events.Principal   { return events.Principal{Type: events.Staff, ID: id} }
func shopper(id string) events.Principal { return events.Principal{Type: events.Shopper, ID: id} }

func newUser(email string, roles ...events.Role) events.NewUser {
	return events.NewUser{Email: events.NewPersonal(email), Name: events.NewPersonal("Name of " + email), Roles: roles, PasswordHash: events.NewPersonal("hash of " + email)}
}

func fieldsOf(email string, status events.AccountStatus, roles ...events.Role) events.UserFields {
	return events.UserFields{Email: events.NewPersonal(email), Name: events.NewPersonal("New name"), Roles: roles, Status: status}
}

// hire makes a member of staff, asked for by the user function itself.
func (b *bench) hire(email string, roles ...events.Role) string {
	b.t.Helper()
	id := events.NewID()
	if got := code(b.do(events.CreateUser.New(id, newUser(email, roles...)))); got != "" {
		b.t.Fatalf("hire %s: %s", email, got)
	}
	return id
}

func (b *bench) update(by, id string, version int64, f events.UserFields) string {
	b.t.Helper()
	return code(b.do(events.UpdateUser.New(id, events.Change[events.UserFields]{ExpectedVersion: version, Fields: f}).AskedBy(staff(by))))
}

func TestUser_TheFirstOwnerIsMadeOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var all sync.WaitGroup
	codes := make([]string, 8)
	for i := range codes {
		all.Go(func() {
			e := b.command(events.EnsureOwner.New(events.NewID(), newUser(string(rune('a'+i))+"@example.com", events.ViewerRole)))
			if err := b.store.Apply(t.Context(), e); err != nil {
				t.Error(err)
				return
			}
			codes[i] = code(b.outcome(b.store, e))
		})
	}
	all.Wait()
	won := 0
	for _, c := range codes {
		switch c {
		case "":
			won++
		case "already_staffed":
		default:
			t.Errorf("refused with %q", c)
		}
	}
	if n := b.count(`select count(*) from staff where roles = '{owner}'`); won != 1 || n != 1 {
		t.Errorf("%d won, %d owners", won, n)
	}
	if got := code(b.do(events.EnsureOwner.New(events.NewID(), newUser("z@example.com", events.OwnerRole)).AskedBy(staff(events.NewID())))); got != "forbidden" {
		t.Errorf("somebody asked for a first owner: %q", got)
	}
}

func TestUser_AddressesAreUniqueByCaseAmongTheLiving(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hire("boss@example.com", events.OwnerRole)
	first := b.hire("Ann@Example.com", events.ViewerRole)
	if got := code(b.do(events.CreateUser.New(events.NewID(), newUser("ann@EXAMPLE.com", events.ViewerRole)))); got != "email_taken" {
		t.Fatalf("second: %q", got)
	}
	if got := code(b.do(events.DeleteUser.New(first, events.Deletion{ExpectedVersion: 1}))); got != "" {
		t.Fatalf("delete: %q", got)
	}
	b.hire("ann@example.com", events.ViewerRole)
}

func TestUser_WhoMayChangeWhom(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss := b.hire("boss@example.com", events.OwnerRole)
	ann := b.hire("ann@example.com", events.ViewerRole)
	bob := b.hire("bob@example.com", events.CatalogRole)
	active, disabled := events.AccountActive, events.AccountDisabled
	for _, c := range []struct {
		name    string
		by, id  string
		version int64
		fields  events.UserFields
		want    string
	}{
		{"own name", ann, ann, 1, fieldsOf("ann@example.com", active, events.ViewerRole), ""},
		{"stale", ann, ann, 1, fieldsOf("ann@example.com", active, events.ViewerRole), "stale_version"},
		{"own roles", ann, ann, 2, fieldsOf("ann@example.com", active, events.OwnerRole), "forbidden"},
		{"own address", ann, ann, 2, fieldsOf("other@example.com", active, events.ViewerRole), "forbidden"},
		{"somebody else", ann, bob, 1, fieldsOf("bob@example.com", active, events.CatalogRole), "forbidden"},
		{"an owner somebody else", boss, bob, 1, fieldsOf("bob@example.com", active, events.OrdersRole), ""},
		{"an owner to an address that is taken", boss, bob, 2, fieldsOf("ANN@example.com", active, events.OrdersRole), "email_taken"},
		{"nobody", boss, events.NewID(), 1, fieldsOf("x@example.com", active, events.OrdersRole), "not_found"},
		{"an asker who does not exist", events.NewID(), bob, 2, fieldsOf("bob@example.com", active, events.OrdersRole), "forbidden"},
		{"the last owner demoted", boss, boss, 1, fieldsOf("boss@example.com", active, events.ViewerRole), "last_owner"},
		{"the last owner disabled", boss, boss, 1, fieldsOf("boss@example.com", disabled, events.OwnerRole), "last_owner"},
		{"disabled", boss, ann, 2, fieldsOf("ann@example.com", disabled, events.ViewerRole), ""},
		{"own name when disabled", ann, ann, 3, fieldsOf("ann@example.com", disabled, events.ViewerRole), "forbidden"},
	} {
		if got := b.update(c.by, c.id, c.version, c.fields); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := code(b.do(events.DeleteUser.New(boss, events.Deletion{ExpectedVersion: 1}).AskedBy(staff(boss)))); got != "last_owner" {
		t.Errorf("the last owner deleted: %q", got)
	}
}

func TestUser_TwoOwnersCannotBothGo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.replica()
	for range 10 {
		b.asOwnerExec(`delete from staff`)
		ids := []string{b.hire("one@example.com", events.OwnerRole), b.hire("two@example.com", events.OwnerRole)}
		var all sync.WaitGroup
		for i, id := range ids {
			e := b.command(events.DeleteUser.New(id, events.Deletion{ExpectedVersion: 1}).AskedBy(staff(ids[1-i])))
			all.Go(func() {
				if err := []*inbox.Store{b.store, other}[i].Apply(t.Context(), e); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := b.count(`select count(*) from staff where deleted_at is null`); n != 1 {
			t.Fatalf("%d owners are left", n)
		}
	}
}

func TestAskers_AreCheckedInTheTransaction(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hire("boss@example.com", events.OwnerRole)
	catalog := b.hire("catalog@example.com", events.CatalogRole)
	viewer := b.hire("viewer@example.com", events.ViewerRole)
	disabled := b.hire("disabled@example.com", events.CatalogRole)
	b.asOwnerExec(`update staff set status = 'disabled' where email = 'disabled@example.com'`)
	gone := b.hire("gone@example.com", events.CatalogRole)
	b.do(events.DeleteUser.New(gone, events.Deletion{ExpectedVersion: 1}))
	buyer := b.register("buyer@example.com")
	for _, c := range []struct {
		name string
		by   events.Principal
		want string
	}{
		{"catalog", staff(catalog), ""},
		{"viewer", staff(viewer), "forbidden"},
		{"disabled", staff(disabled), "forbidden"},
		{"deleted", staff(gone), "forbidden"},
		{"unknown", staff(events.NewID()), "forbidden"},
		{"no id", staff("x"), "forbidden"},
		{"customer", shopper(buyer), "forbidden"},
		{"customer as staff", staff(buyer), "forbidden"},
		{"nobody", events.Principal{Type: events.Anonymous}, "forbidden"},
		{"no principal", events.Principal{}, "forbidden"},
		{"program", events.Principal{Type: events.Client, ID: "importer"}, ""},
	} {
		if got := code(b.do(events.CreateBrand.New(events.NewID(), brandNamed("b"+events.NewID())).AskedBy(c.by))); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// In one batch, too, whoever was erased, dismissed or demoted by a command may do nothing by the next, and whoever was registered may.
func TestAskers_AreAsTheBatchHasLeftThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss := b.hire("boss@example.com", events.OwnerRole)
	erased, dismissed, demoted, fresh := b.register("erased@example.com"), b.hire("d@example.com", events.CatalogRole), b.hire("e@example.com", events.CatalogRole), events.NewID()
	registration := events.NewCustomer{Email: events.NewPersonal("fresh@example.com"), Name: events.NewPersonal("N"), PasswordHash: events.NewPersonal("h")}
	demotion := events.Change[events.UserFields]{ExpectedVersion: 1, Fields: fieldsOf("e@example.com", events.AccountActive, events.ViewerRole)}
	brand := func(by string) events.Outgoing {
		return events.CreateBrand.New(events.NewID(), brandNamed("b"+events.NewID())).AskedBy(staff(by))
	}
	for name, c := range map[string]struct {
		before, then events.Outgoing
		want         string
	}{
		"erased":     {events.DeleteCustomer.New(erased, events.Deletion{ExpectedVersion: 1}).AskedBy(shopper(erased)), events.PlaceOrder.New(events.NewID(), one(events.NewID())).AskedBy(shopper(erased)), "forbidden"},
		"registered": {events.RegisterCustomer.New(fresh, registration), events.CreateAddress.New(events.NewID(), home()).AskedBy(shopper(fresh)), ""},
		"dismissed":  {events.DeleteUser.New(dismissed, events.Deletion{ExpectedVersion: 1}).AskedBy(staff(boss)), brand(dismissed), "forbidden"},
		"demoted":    {events.UpdateUser.New(demoted, demotion).AskedBy(staff(boss)), brand(demoted), "forbidden"},
	} {
		before, then := b.command(c.before), b.command(c.then)
		if errs := b.togetherWith(before, then); errors.Join(errs...) != nil {
			t.Fatal(errs)
		}
		if got := []string{code(b.outcome(b.store, before)), code(b.outcome(b.store, then))}; got[0] != "" || got[1] != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Where the last member of staff goes, a first owner may be made, be it in the same batch.
func TestUser_AnOwnerIsMadeWhenNobodyIsLeft(t *testing.T) {
	t.Parallel()
	b := setup(t)
	last := b.hire("last@example.com", events.ViewerRole)
	owner := func() events.Envelope {
		return b.command(events.EnsureOwner.New(events.NewID(), newUser(events.NewID()+"@example.com", events.OwnerRole)))
	}
	commands := []events.Envelope{owner(), b.command(events.DeleteUser.New(last, events.Deletion{ExpectedVersion: 1})), owner(), owner()}
	if errs := b.togetherWith(commands...); errors.Join(errs...) != nil {
		t.Fatal(errs)
	}
	var got []string
	for _, e := range commands {
		got = append(got, code(b.outcome(b.store, e)))
	}
	if diff := cmp.Diff([]string{"already_staffed", "", "", "already_staffed"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUser_PasswordChange(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.hire("boss@example.com", events.OwnerRole)
	session := b.logIn(staff(id), "h1")
	ask := func(q events.CredentialsQuestion) events.Credentials {
		t.Helper()
		c, err := userCredentials(t.Context(), b.store, events.Received[events.CredentialsQuestion]{Data: q})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.allKeys().Decrypt(&c.PasswordHash); err != nil {
			t.Fatal(err)
		}
		return c
	}
	old := ask(events.CredentialsQuestion{Email: events.NewPersonal("BOSS@example.com")})
	if diff := cmp.Diff([]events.Role{events.OwnerRole}, old.Roles); diff != "" || old.PasswordHash.Plaintext() != "hash of boss@example.com" {
		t.Fatalf("credentials: %s %s", diff, old.Status)
	}
	change := events.NewPassword{PreviousHash: old.PasswordHash, PasswordHash: events.NewPersonal("another hash")}
	if got := code(b.do(events.ChangeUserPassword.New(id, change).AskedBy(staff(events.NewID())))); got != "forbidden" {
		t.Errorf("somebody else's: %q", got)
	}
	if got := code(b.do(events.ChangeUserPassword.New(id, change).AskedBy(staff(id)))); got != "" {
		t.Fatalf("change: %q", got)
	}
	if got := code(b.do(events.ChangeUserPassword.New(id, change).AskedBy(staff(id)))); got != "password_changed" {
		t.Errorf("change from the old one again: %q", got)
	}
	if got := ask(events.CredentialsQuestion{ID: id}).PasswordHash.Plaintext(); got != "another hash" {
		t.Errorf("stored %q", got)
	}
	if state, _ := b.rotate(session, "h1", "h2"); code(state) != "invalid_grant" {
		t.Errorf("the session lives on: %+v", state)
	}
}
