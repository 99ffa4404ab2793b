package customer

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/password"
	"github.com/onlinemart/mart/functions/internal/web"
)

const secret = "canary-password-1"

type shop struct {
	*functiontest.DB
	t   testing.TB
	api *web.API

	metrics      prometheus.Gatherer
	linksAMinute int
}

func setup(t testing.TB) *shop { return setupWith(t, 1000) }

// setupWith lets one network ask for so many links.
func setupWith(t testing.TB, links int) *shop {
	t.Helper()
	s := &shop{DB: functiontest.StartDB(t), t: t, linksAMinute: links}
	r := s.Runtime(events.Customer, nil)
	s.metrics = r.Metrics.(*prometheus.Registry)
	hasher, err := password.New(password.Settings{MemoryKiB: 7168, Iterations: 1, Wait: 20 * time.Second}, r.Metrics)
	if err != nil {
		t.Fatal(err)
	}
	s.api = web.NewAPI(r, functiontest.Tokens{})
	Routes(s.api, hasher, password.NewThrottle(s.linksAMinute, time.Now), []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}) // where the tests' own requests come from
	return s
}

func (s *shop) call(token, method, path, body string, header ...string) functiontest.Answer {
	kind := "application/json"
	if method == http.MethodPatch {
		kind = "application/merge-patch+json"
	}
	header = append(header, "Content-Type", kind)
	if token != "" {
		header = append(header, "Authorization", "Bearer "+token)
	}
	return functiontest.Call(s.api, method, path, body, header...)
}

func (s *shop) register(email string) (c Customer) {
	s.t.Helper()
	a := s.call("", http.MethodPost, "/customers", `{"email":"`+email+`","name":"Canary Name","password":"`+secret+`","phone":"+49 (30) 123-456"}`)
	if a.Status != http.StatusOK || a.Body != heard || a.Header.Get("Location") != "" || a.Header.Get("Cache-Control") != "no-store" {
		s.t.Fatalf("%d %v %s", a.Status, a.Header, a.Body)
	}
	sent := s.Sent()
	s.call("customer:"+sent[len(sent)-1].Subject, http.MethodGet, "/customers/me", "").JSON(s.t, &c)
	return c
}

// heard is the answer to whoever registers.
const heard = `{"status":"check_mail"}` + "\n"

func code(a functiontest.Answer) string {
	_, rest, _ := strings.Cut(a.Body, `"code":"`)
	found, _, _ := strings.Cut(rest, `"`)
	return found
}

// Where somebody registers from goes along as a digest, the same one that a log-in from there has.
func TestCustomer_IsKnownWhereTheyRegister(t *testing.T) {
	t.Parallel()
	s := setup(t)
	a := s.call("", http.MethodPost, "/customers", `{"email":"a@example.com","name":"N","password":"`+secret+`"}`, "X-Forwarded-For", "6.6.6.6, 2001:db8:1:2::9")
	if a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	sent := s.Sent()
	c, err := events.RegisterCustomer.Decode(s.Keys, sent[len(sent)-1].Data)
	if want := s.Keys.Digest("network", "2001:db8:1:2::/64"); err != nil || c.Network != want {
		t.Errorf("%v: %q, want %q", err, c.Network, want)
	}
}

func TestCustomer_RegistersChangesAndErasesThemselves(t *testing.T) {
	t.Parallel()
	s := setup(t)
	c := s.register("Canary@Example.com")
	me := "customer:" + c.ID
	if c.Phone != "+4930123456" || c.EmailVerified || c.Status != events.AccountActive {
		t.Errorf("%+v", c)
	}
	if a := s.call("", http.MethodPost, "/customers", `{"email":"canary@example.COM","name":"N","password":"`+secret+`"}`); a.Status != http.StatusOK || a.Body != heard {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	changed := s.call(me, http.MethodPatch, "/customers/me", `{"phone":null,"name":"Another"}`, "If-Match", `"1"`)
	var after Customer
	changed.JSON(t, &after)
	if changed.Status != 200 || after.Phone != "" || after.Name != "Another" || changed.Header.Get("ETag") != `"2"` {
		t.Errorf("%d %s", changed.Status, changed.Body)
	}
	for _, c := range []struct{ version, patch, want string }{{"2", `{"language":"de"}`, "de"}, {"3", `{"name":"Another"}`, "de"}, {"3", `{"language":null}`, ""}} {
		a := s.call(me, http.MethodPatch, "/customers/me", c.patch, "If-Match", `"`+c.version+`"`)
		var now Customer
		a.JSON(t, &now)
		if a.Status != http.StatusOK || string(now.Language) != c.want {
			t.Errorf("%s: %d %s", c.patch, a.Status, a.Body)
		}
	}
	if a := s.call(me, http.MethodPatch, "/customers/me", `{"language":"mart"}`, "If-Match", `"4"`); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := s.call(me, http.MethodPatch, "/customers/me", `{"name":"Late"}`, "If-Match", `"1"`); a.Status != http.StatusPreconditionFailed {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := s.call(me, http.MethodPatch, "/customers/me", `{"name":"Blind"}`); a.Status != http.StatusPreconditionRequired {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := s.call(me, http.MethodDelete, "/customers/me", "", "If-Match", `"4"`); a.Status != http.StatusNoContent {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := s.call(me, http.MethodGet, "/customers/me", ""); a.Status != http.StatusNotFound {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	s.register("canary@example.com")
	all := s.Log.String()
	for _, e := range s.Sent() {
		all += string(e.Data)
	}
	for _, canary := range []string{secret, "argon2id", "Canary Name", "anary@", "4930123456"} {
		if strings.Contains(all, canary) {
			t.Errorf("%q is in the log or a command", canary)
		}
	}
}

func TestCustomer_OnlyWhatTheyMaySayIsTaken(t *testing.T) {
	t.Parallel()
	s := setup(t)
	c := s.register("a@example.com")
	good := `"email":"b@example.com","name":"B","password":"` + secret + `"`
	for _, extra := range []string{`"id":"x"`, `"status":"active"`, `"emailVerified":true`, `"version":1`, `"roles":["owner"]`, `"passwordHash":"x"`, `"createdAt":"2020-01-01T00:00:00Z"`} {
		if a := s.call("", http.MethodPost, "/customers", `{`+good+`,`+extra+`}`); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("register with %s: %d %s", extra, a.Status, a.Body)
		}
		if a := s.call("customer:"+c.ID, http.MethodPatch, "/customers/me", `{`+extra+`}`, "If-Match", `"1"`); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("change %s: %d %s", extra, a.Status, a.Body)
		}
	}
	for _, body := range []string{
		`{"email":"b@example.com","name":"B"}`, `{"email":"b@example.com","name":"B","password":"short"}`, `{"email":"b@example.com","name":"B","password":"b@example.com"}`,
		`{"email":"B <b@example.com>","name":"B","password":"` + secret + `"}`, `{"email":"b@example.com\r\nBcc: x@example.com","name":"B","password":"` + secret + `"}`,
		`{"email":"b@example.com","name":"B\nBcc: x@example.com","password":"` + secret + `"}`, `{"email":"b@example.com","name":"B","phone":"12","password":"` + secret + `"}`,
		`{"email":"b@example.com","name":"4111 1111 1111 1111","password":"` + secret + `"}`,
	} {
		if a := s.call("", http.MethodPost, "/customers", body); a.Status != http.StatusUnprocessableEntity || strings.Contains(a.Body, secret) {
			t.Errorf("%s: %d %s", body, a.Status, a.Body)
		}
	}
}

const home = `{"name":"A","line1":"Street 1","city":"Berlin","postalCode":"10115","country":"DE"}`

func TestAddresses_AreTheirCustomersOnly(t *testing.T) {
	t.Parallel()
	s := setup(t)
	owner, stranger := "customer:"+s.register("a@example.com").ID, "customer:"+s.register("b@example.com").ID
	made := s.call(owner, http.MethodPost, "/customers/me/addresses", home, "Idempotency-Key", "k1")
	var a Address
	made.JSON(t, &a)
	where := "/customers/me/addresses/" + a.ID
	if made.Status != http.StatusCreated || made.Header.Get("Location") != where {
		t.Fatalf("%d %v %s", made.Status, made.Header, made.Body)
	}
	again := s.call(owner, http.MethodPost, "/customers/me/addresses", home, "Idempotency-Key", "k1")
	if diff := cmp.Diff(made.Body, again.Body); diff != "" || again.Status != http.StatusCreated {
		t.Errorf("the same key: %d %s", again.Status, diff)
	}
	for _, c := range []struct {
		name   string
		answer functiontest.Answer
		want   int
	}{
		{"a stranger reads", s.call(stranger, http.MethodGet, where, ""), 404},
		{"a stranger changes", s.call(stranger, http.MethodPatch, where, `{"city":"X"}`, "If-Match", `"1"`), 404},
		{"a stranger deletes", s.call(stranger, http.MethodDelete, where, "", "If-Match", `"1"`), 404},
		{"no country", s.call(owner, http.MethodPost, "/customers/me/addresses", strings.Replace(home, "DE", "XX", 1)), 422},
		{"somebody's", s.call(owner, http.MethodPost, "/customers/me/addresses", strings.Replace(home, `{`, `{"customerId":"x",`, 1)), 422},
		{"its owner changes", s.call(owner, http.MethodPatch, where, `{"city":"Bonn","line2":"c/o"}`, "If-Match", `"1"`), 200},
		{"its owner reads", s.call(owner, http.MethodGet, where, ""), 200},
		{"unchanged since", s.call(owner, http.MethodGet, where, "", "If-None-Match", `"2"`), 304},
		{"its owner deletes", s.call(owner, http.MethodDelete, where, "", "If-Match", `"2"`), 204},
		{"gone", s.call(owner, http.MethodGet, where, ""), 404},
	} {
		if c.answer.Status != c.want {
			t.Errorf("%s: %d %s", c.name, c.answer.Status, c.answer.Body)
		}
	}
	var list web.ListBody[Address]
	s.call(stranger, http.MethodGet, "/customers/me/addresses", "").JSON(t, &list)
	if len(list.Items) != 0 {
		t.Errorf("%+v", list)
	}
}

func TestStaff_FindsCustomersByAddress(t *testing.T) {
	t.Parallel()
	s := setup(t)
	c := s.register("Found@example.com")
	s.register("other@example.com")
	a := s.call(s.Staff(events.SupportRole), http.MethodGet, "/customers?email=found@EXAMPLE.com", "")
	var list web.ListBody[Customer]
	a.JSON(t, &list)
	if len(list.Items) != 1 || list.Items[0].ID != c.ID || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v %s", a.Status, a.Header, a.Body)
	}
	for _, query := range []string{"email=x", "email=%00@example.com", "sort=email", "sort=passwordHash", "unknown=1", "cursor=x"} {
		if a := s.call(s.Staff(events.SupportRole), http.MethodGet, "/customers?"+query, ""); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", query, a.Status, a.Body)
		}
	}
}

func TestPassword_IsChangedByWhoKnowsIt(t *testing.T) {
	t.Parallel()
	s := setup(t)
	c := s.register("Canary@Example.com")
	put := func(current, next string, header ...string) functiontest.Answer {
		return s.call("customer:"+c.ID, http.MethodPut, "/customers/me/password", `{"current":"`+current+`","new":"`+next+`"}`, header...)
	}
	const other = "canary-password-2"
	for next, fault := range map[string]string{"short": "", "canary@example.COM": "must not be the e-mail address", "password123": "one of the first that are guessed", secret: "must be another than the current one"} {
		if a := put(secret, next); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "body.new") || !strings.Contains(a.Body, fault) {
			t.Errorf("%s: %d %s", next, a.Status, a.Body)
		}
	}
	for i := range 12 { // a repetition is no guess, though its password is the old one by now
		if a := put(secret, other, "Idempotency-Key", "k"); a.Status != http.StatusNoContent || a.Body != "" {
			t.Fatalf("time %d: %d %s", i, a.Status, a.Body)
		}
	}
	for i := range 10 {
		if a := put(secret, other+"!"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "is not your password") {
			t.Fatalf("guess %d: %d %s", i, a.Status, a.Body)
		}
	}
	if a := put(other, other+"!"); a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" {
		t.Errorf("after ten: %d %v %s", a.Status, a.Header, a.Body)
	}
	for _, e := range s.Sent() {
		if strings.Contains(string(e.Data), "argon2id") || strings.Contains(string(e.Data), "canary-password") {
			t.Errorf("%s tells a secret", e.Type)
		}
	}
	if log := s.Log.String(); strings.Contains(log, "canary-password") || strings.Contains(log, "argon2id") {
		t.Error("the log tells a secret")
	}
	if a := s.call("customer:"+events.NewID(), http.MethodPut, "/customers/me/password", `{"current":"`+secret+`","new":"`+other+`"}`); a.Status != http.StatusNotFound {
		t.Errorf("who is gone: %d %s", a.Status, a.Body)
	}
}

func TestAccess_RoleByRoute(t *testing.T) {
	t.Parallel()
	s := setup(t)
	id := events.NewID()
	callers := []string{"", "customer:" + id, "client:catalog:write", "client:customers:read", s.Staff(events.CatalogRole), s.Staff(events.OrdersRole), s.Staff(events.ViewerRole), s.Staff(events.SupportRole), s.Staff(events.OwnerRole)}
	staff := []int{401, 403, 403, 0, 403, 403, 0, 0, 0}
	writers := []int{401, 403, 403, 403, 403, 403, 403, 0, 0}
	own := []int{401, 0, 403, 403, 403, 403, 403, 403, 403}
	anyone := make([]int, len(callers))
	for _, route := range []struct {
		method, path string
		want         []int
	}{
		{http.MethodPost, "/customers", anyone},
		{http.MethodGet, "/customers", staff},
		{http.MethodGet, "/customers/" + id, staff},
		{http.MethodPut, "/customers/" + id + "/status", writers},
		{http.MethodDelete, "/customers/" + id, writers},
		{http.MethodGet, "/customers/me", own},
		{http.MethodPatch, "/customers/me", own},
		{http.MethodDelete, "/customers/me", own},
		{http.MethodPut, "/customers/me/password", own},
		{http.MethodPut, "/customers/me/email", own},
		{http.MethodPost, "/email-verifications", own},
		{http.MethodPost, "/email-verifications/redemption", anyone},
		{http.MethodGet, "/customers/me/addresses", own},
		{http.MethodPost, "/customers/me/addresses", own},
		{http.MethodGet, "/customers/me/addresses/" + id, own},
		{http.MethodPatch, "/customers/me/addresses/" + id, own},
		{http.MethodDelete, "/customers/me/addresses/" + id, own},
	} {
		got := make([]int, len(callers))
		for i, who := range callers {
			if status := s.call(who, route.method, route.path, `{}`).Status; status == 401 || status == 403 {
				got[i] = status
			}
		}
		if diff := cmp.Diff(route.want, got); diff != "" {
			t.Errorf("%s %s: %s", route.method, route.path, diff)
		}
	}
}

// Whoever forgets to say who may call a route has said nobody.
func TestAccess_TheZeroValueLetsNobodyIn(t *testing.T) {
	t.Parallel()
	s := setup(t)
	web.Read(s.api, web.Route{Method: http.MethodGet, Path: "/forgotten", ID: "forgotten"}, func(context.Context, *struct{}) (*struct{ Body string }, error) {
		return &struct{ Body string }{"secret"}, nil
	})
	for _, who := range []string{"", "customer:x", "client:users:write", "owner:x", "viewer:x", "client:"} {
		if a := s.call(who, http.MethodGet, "/forgotten", ""); a.Status != 401 && a.Status != 403 {
			t.Errorf("%s: %d", who, a.Status)
		}
	}
}
