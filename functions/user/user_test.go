package user

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
	"github.com/onlinemart/mart/functions/internal/password"
	"github.com/onlinemart/mart/functions/internal/web"
)

const (
	secret = "canary-password-1"
	other  = "canary-password-2"
)

type office struct {
	*functiontest.DB
	t    testing.TB
	api  *web.API
	boss string
}

func setup(t testing.TB) *office {
	t.Helper()
	o := &office{DB: functiontest.StartDB(t), t: t, boss: events.NewID()}
	r := o.Runtime(events.User, nil)
	hasher, err := password.New(password.Settings{MemoryKiB: 7168, Iterations: 1, Wait: 20 * time.Second}, r.Metrics)
	if err != nil {
		t.Fatal(err)
	}
	o.api = web.NewAPI(r, functiontest.Tokens{})
	Routes(o.api, hasher, nil)
	hash, err := hasher.Hash(t.Context(), "", secret)
	if err != nil {
		t.Fatal(err)
	}
	o.Do(events.CreateUser.New(o.boss, events.NewUser{Email: events.NewPersonal("boss@example.com"), Name: events.NewPersonal("Boss"), Roles: []events.Role{events.OwnerRole}, PasswordHash: events.NewPersonal(hash)}))
	return o
}

func (o *office) call(token, method, path, body string, header ...string) functiontest.Answer {
	kind := "application/json"
	if method == http.MethodPatch {
		kind = "application/merge-patch+json"
	}
	header = append(header, "Content-Type", kind)
	if token != "" {
		header = append(header, "Authorization", "Bearer "+token)
	}
	return functiontest.Call(o.api, method, path, body, header...)
}

func (o *office) hire(name, role string) (u User) {
	o.t.Helper()
	a := o.call("owner:"+o.boss, http.MethodPost, "/users", `{"email":"`+name+`@example.com","name":"`+name+`","roles":["`+role+`"],"password":"`+secret+`"}`)
	if a.Status != http.StatusCreated {
		o.t.Fatalf("%d %s", a.Status, a.Body)
	}
	a.JSON(o.t, &u)
	return u
}

func code(a functiontest.Answer) string {
	_, rest, _ := strings.Cut(a.Body, `"code":"`)
	found, _, _ := strings.Cut(rest, `"`)
	return found
}

func TestUsers_LiveTheirLife(t *testing.T) {
	t.Parallel()
	o := setup(t)
	boss := "owner:" + o.boss
	ann := o.hire("Ann", "viewer")
	if ann.Email != "Ann@example.com" || ann.Version != 1 || !slices.Equal(ann.Roles, []events.Role{events.ViewerRole}) {
		t.Errorf("%+v", ann)
	}
	taken := o.call(boss, http.MethodPost, "/users", `{"email":"ANN@example.com","name":"x","roles":["viewer"],"password":"`+secret+`"}`)
	if taken.Status != http.StatusConflict || code(taken) != "email_taken" {
		t.Errorf("%d %s", taken.Status, taken.Body)
	}
	read := o.call(boss, http.MethodGet, "/users/"+ann.ID, "")
	if read.Status != 200 || read.Header.Get("ETag") != `"1"` || read.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", read.Status, read.Header)
	}
	changed := o.call(boss, http.MethodPatch, "/users/"+ann.ID, `{"roles":["orders","catalog"]}`, "If-Match", `"1"`)
	var after User
	changed.JSON(t, &after)
	if changed.Status != 200 || !slices.Equal(after.Roles, []events.Role{events.CatalogRole, events.OrdersRole}) || after.Email != ann.Email {
		t.Errorf("%d %s", changed.Status, changed.Body)
	}
	var list web.ListBody[User]
	o.call(boss, http.MethodGet, "/users?limit=1", "").JSON(t, &list)
	if len(list.Items) != 1 || list.NextCursor == "" {
		t.Errorf("%+v", list)
	}
	if a := o.call(boss, http.MethodDelete, "/users/"+ann.ID, "", "If-Match", `"2"`); a.Status != http.StatusNoContent {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := o.call(boss, http.MethodDelete, "/users/"+o.boss, "", "If-Match", `"1"`); a.Status != http.StatusConflict || code(a) != "last_owner" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := o.call(boss, http.MethodGet, "/users/"+ann.ID, ""); a.Status != http.StatusNotFound {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

func TestMe_ChangesItsNameAndNothingElse(t *testing.T) {
	t.Parallel()
	o := setup(t)
	ann := o.hire("ann", "viewer")
	me := "viewer:" + ann.ID
	if a := o.call(me, http.MethodPatch, "/users/me", `{"name":"Anne"}`, "If-Match", `"1"`); a.Status != 200 || !strings.Contains(a.Body, `"Anne"`) {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	for _, member := range []string{`"roles":["owner"]`, `"status":"active"`, `"email":"x@example.com"`, `"id":"x"`, `"version":9`, `"passwordHash":"x"`, `"password":"x"`, `"owner":true`, `"createdAt":"2020-01-01T00:00:00Z"`} {
		if a := o.call(me, http.MethodPatch, "/users/me", `{`+member+`}`, "If-Match", `"2"`); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", member, a.Status, a.Body)
		}
	}
	// A token that says owner does not make one: db looks at the account.
	if a := o.call("owner:"+ann.ID, http.MethodPatch, "/users/"+ann.ID, `{"roles":["owner"]}`, "If-Match", `"2"`); a.Status != http.StatusForbidden {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := o.call("owner:"+ann.ID, http.MethodPost, "/users", `{"email":"y@example.com","name":"y","roles":["owner"],"password":"`+secret+`"}`); a.Status != http.StatusForbidden {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// Who is added without a password is sent a link; who is added with one is not. The link's token is in no command.
func TestUsers_AreInvited(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.call("owner:"+o.boss, http.MethodPost, "/users", `{"email":"ann@example.com","name":"Ann","roles":["viewer"]}`)
	var ann User
	a.JSON(t, &ann)
	if a.Status != http.StatusCreated || ann.Status != events.AccountActive {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	o.hire("bob", "viewer")
	token := mailtoken.New(o.Keys, mailtoken.PasswordReset, ann.ID)
	hashes := map[string]string{}
	for _, e := range o.Sent() {
		u, err := events.CreateUser.Decode(o.Keys, e.Data)
		if err != nil || strings.Contains(string(e.Data), token[37:]) {
			t.Fatalf("%v, or it tells a secret", err)
		}
		if hashes[u.Name.Plaintext()] = u.ResetHash; u.PasswordHash.IsZero() == (u.ResetHash == "") {
			t.Errorf("%s has both or neither of a password and a link", u.Name.Plaintext())
		}
	}
	if diff := cmp.Diff(map[string]string{"Ann": mailtoken.Hash(token), "bob": ""}, hashes); diff != "" {
		t.Error(diff)
	}
	asker := bus.NewAsker(events.Auth, o.Keys, o.URL())
	defer asker.Close()
	r, err := bus.Ask(t.Context(), asker, events.GetReset, events.Lookup{ID: ann.ID})
	if want := (events.Principal{Type: events.Staff, ID: ann.ID}); err != nil || r.Owner != want || !r.Open || !mailtoken.Is(token, r.TokenHash) {
		t.Errorf("%+v %v", r, err)
	}
}

func TestUsers_RefuseWhatNobodyMaySay(t *testing.T) {
	t.Parallel()
	o := setup(t)
	boss := "owner:" + o.boss
	good := `"email":"a@example.com","name":"A","roles":["viewer"],"password":"` + secret + `"`
	for _, extra := range []string{`"id":"x"`, `"status":"active"`, `"version":1`, `"passwordHash":"x"`, `"owner":true`, `"createdAt":"2020-01-01T00:00:00Z"`, `"deletedAt":null`} {
		if a := o.call(boss, http.MethodPost, "/users", `{`+good+`,`+extra+`}`); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", extra, a.Status, a.Body)
		}
	}
	for _, body := range []string{
		`{"email":"a","name":"A","roles":["viewer"],"password":"` + secret + `"}`, `{"email":"a@example.com","name":" ","roles":["viewer"],"password":"` + secret + `"}`, `{"email":"a@example.com","name":"A","roles":[],"password":"` + secret + `"}`,
		`{"email":"a@example.com","name":"A","roles":[["viewer"],["viewer"]],"password":"` + secret + `"}`,
		`{"email":"a@example.com","name":"A","roles":[{},{}],"password":"` + secret + `"}`, `{"email":"a@example.com","name":"A","roles":["king"],"password":"` + secret + `"}`, `{"email":"a@example.com","name":"A","roles":["viewer","viewer"],"password":"` + secret + `"}`,
		`{"email":"a@example.com","name":"A","roles":["viewer"],"password":"short"}`, `{"email":"a@example.com","name":"A","roles":["viewer"],"password":"password123"}`,
		`{"email":"a@example.com","name":"A","roles":["viewer"],"password":""}`, `{}`,
	} {
		if a := o.call(boss, http.MethodPost, "/users", body); a.Status != http.StatusUnprocessableEntity || strings.Contains(a.Body, "password123") {
			t.Errorf("%s: %d %s", body, a.Status, a.Body)
		}
	}
	if n := len(o.Sent()); n != 0 {
		t.Errorf("%d commands were sent", n)
	}
}

// A change that is repeated under its key, when the password it names is the old one by now, is no guess at the new one.
func TestPassword_ARepetitionIsNoGuess(t *testing.T) {
	t.Parallel()
	o := setup(t)
	me := "viewer:" + o.hire("ann", "viewer").ID
	put := func(key, current, next string) functiontest.Answer {
		return o.call(me, http.MethodPut, "/users/me/password", `{"current":"`+current+`","new":"`+next+`"}`, "Idempotency-Key", key)
	}
	for i := range 5 {
		if a := put("k1", secret, other); a.Status != http.StatusNoContent {
			t.Errorf("time %d: %d %s", i, a.Status, a.Body)
		}
	}
	if a := put("k1", other, other+"!"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "idempotency_key_reused") {
		t.Errorf("another change under the key: %d %s", a.Status, a.Body)
	}
	if a := put("k2", other, other+"!"); a.Status != http.StatusNoContent {
		t.Errorf("the next change: %d %s", a.Status, a.Body)
	}
}

// logIn tells how a log-in to an account stands, from where the tests' requests come.
func (o *office) logIn(account string) events.LoginStanding {
	o.t.Helper()
	standing, err := bus.Ask(o.t.Context(), o.Runtime(events.Auth, nil).Asker, events.GetLoginStanding, events.LoginQuestion{AccountID: account, Network: o.api.Place("192.0.2.1")})
	if err != nil {
		o.t.Fatal(err)
	}
	return standing
}

// Whoever is kept waiting for guessing by log-ins guesses no further here, and the right password costs no try.
func TestPassword_CountsWithLogIns(t *testing.T) {
	t.Parallel()
	o := setup(t)
	ann := o.hire("ann", "viewer")
	me := "viewer:" + ann.ID
	put := func(current, next string) int {
		return o.call(me, http.MethodPut, "/users/me/password", `{"current":"`+current+`","new":"`+next+`"}`).Status
	}
	now, next := secret, other
	for i := range 12 {
		if status := put(now, next); status != http.StatusNoContent {
			t.Fatalf("change %d: %d", i, status)
		}
		now, next = next, now
	}
	if !o.logIn(ann.ID).Known {
		t.Error("where they have proven their password is not known")
	}
	for range 10 {
		o.Do(events.TryLogin.New(ann.ID, events.LoginTry{Owner: events.Principal{Type: events.Staff, ID: ann.ID}, Network: o.api.Place("192.0.2.1")}))
	}
	if status := put(now, next); status != http.StatusTooManyRequests {
		t.Errorf("after ten log-ins with a wrong password: %d", status)
	}
}

func TestPassword_NeedsTheCurrentOne(t *testing.T) {
	t.Parallel()
	o := setup(t)
	ann := o.hire("ann", "viewer")
	me := "viewer:" + ann.ID
	put := func(current, next string) functiontest.Answer {
		return o.call(me, http.MethodPut, "/users/me/password", `{"current":"`+current+`","new":"`+next+`"}`)
	}
	if a := put(secret, "short"); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := put(secret, "ann@example.com"); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := put("", "password123"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "body.current") || !strings.Contains(a.Body, "one of the first that are guessed") {
		t.Errorf("two faults: %d %s", a.Status, a.Body)
	}
	if a := put(secret, other); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	for i := range 10 {
		if a := put(secret, other+"!"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "is not your password") {
			t.Errorf("try %d with the old one: %d %s", i, a.Status, a.Body)
		}
	}
	late := put(other, other+"!")
	if seconds, err := strconv.Atoi(late.Header.Get("Retry-After")); late.Status != http.StatusTooManyRequests || err != nil || seconds < 1 || seconds > 360 {
		t.Errorf("%d %v %s", late.Status, late.Header, late.Body)
	}
	if standing := o.logIn(ann.ID); standing.WaitSeconds == 0 {
		t.Error("a log-in from there would not have to wait")
	}
	for _, e := range o.Sent() {
		if strings.Contains(string(e.Data), "argon2id") || strings.Contains(string(e.Data), secret) {
			t.Errorf("%s tells a secret", e.Type)
		}
	}
	if log := o.Log.String(); strings.Contains(log, secret) || strings.Contains(log, other) || strings.Contains(log, "argon2id") || strings.Contains(log, "ann@") {
		t.Error("the log tells a secret")
	}
}

func TestAccess_RoleByRoute(t *testing.T) {
	t.Parallel()
	o := setup(t)
	id := o.boss
	callers := []string{"", "customer:" + id, "client:catalog:write", "client:users:write", "viewer:" + id, "support:" + id, "orders:" + id, "catalog:" + id, "owner:" + id}
	owners := []int{401, 403, 403, 0, 403, 403, 403, 403, 0}
	staff := []int{401, 403, 403, 403, 0, 0, 0, 0, 0}
	journal := []int{401, 403, 403, 403, 403, 0, 403, 403, 0}
	for _, route := range []struct {
		method, path string
		want         []int
	}{
		{http.MethodGet, "/users", owners},
		{http.MethodPost, "/users", owners},
		{http.MethodGet, "/users/" + id, owners},
		{http.MethodPatch, "/users/" + id, owners},
		{http.MethodDelete, "/users/" + id, owners},
		{http.MethodGet, "/users/me", staff},
		{http.MethodPatch, "/users/me", staff},
		{http.MethodPut, "/users/me/password", staff},
		{http.MethodGet, "/journal", journal},
	} {
		got := make([]int, len(callers))
		for i, who := range callers {
			if status := o.call(who, route.method, route.path, `{}`).Status; status == 401 || status == 403 {
				got[i] = status
			}
		}
		if diff := cmp.Diff(route.want, got); diff != "" {
			t.Errorf("%s %s: %s", route.method, route.path, diff)
		}
	}
}

func TestOwner_IsMadeOnceAndSettingsAreChecked(t *testing.T) {
	t.Parallel()
	s := functiontest.StartDB(t)
	env := map[string]string{"OWNER_EMAIL": "First@Example.com", "OWNER_PASSWORD": secret, "PASSWORD_MEMORY_KIB": "7168", "PASSWORD_ITERATIONS": "1"}
	for range 3 { // three starts
		r := s.Runtime(events.User, env)
		service, err := build(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, func() bool {
			c, err := bus.Ask(t.Context(), r.Asker, events.GetUserCredentials, events.CredentialsQuestion{Email: events.NewPersonal("first@example.com")})
			return err == nil && slices.Equal(c.Roles, []events.Role{events.OwnerRole}) && c.PasswordHash.Plaintext() != ""
		})
		if err := service.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for name, bad := range map[string]map[string]string{
		"OWNER_PASSWORD": {"OWNER_EMAIL": "a@example.com"}, "OWNER_EMAIL": {"OWNER_EMAIL": "a", "OWNER_PASSWORD": secret}, "must have 10": {"OWNER_EMAIL": "a@example.com", "OWNER_PASSWORD": "tiny"},
	} {
		_, err := build(t.Context(), s.Runtime(events.User, bad))
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "tiny") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// While db does not answer, the function starts all the same.
func TestOwner_DoesNotBlockTheStart(t *testing.T) {
	t.Parallel()
	s := functiontest.StartDB(t)
	r := s.Runtime(events.User, map[string]string{"OWNER_EMAIL": "a@example.com", "OWNER_PASSWORD": secret, "PASSWORD_MEMORY_KIB": "7168"})
	deaf := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	defer deaf.Close()
	r.Asker = bus.NewAsker(events.User, s.Keys, deaf.URL)
	defer r.Asker.Close()
	service, err := build(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func eventually(t testing.TB, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatal("never")
}
