package brand_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/brand"
	"github.com/onlinemart/mart/functions/functiontest"
)

const (
	id     = "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d"
	shouts = "0198C6F2-3C1E-7D4A-9B1E-5F0C2F6A7B8D"
	patch  = "application/merge-patch+json"
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// acme is a brand that is there, at version 7.
var acme = events.BrandState{
	Meta:        events.Meta{ID: id, Version: 7, CreatedAt: noon, UpdatedAt: noon},
	BrandFields: events.BrandFields{Name: "Acme", Slug: "acme", Description: "Anvils"},
}

func start(t *testing.T, db functiontest.Script) *functiontest.Server {
	t.Helper()
	answers := map[string]func(functiontest.Query) (any, error){
		events.GetBrand.Type(): func(q functiontest.Query) (any, error) {
			if !strings.Contains(string(q.Data), id) {
				return nil, events.NotFound("brand", id)
			}
			return &acme, nil
		},
		events.ListBrands.Type(): func(functiontest.Query) (any, error) { return &events.Page[events.BrandState]{}, nil },
	}
	maps.Copy(answers, db.Answers)
	db.Answers = answers
	if db.Results == nil {
		made := func(m events.Declared) func(functiontest.Command) (events.Declared, any, error) {
			return func(functiontest.Command) (events.Declared, any, error) { return m, &acme, nil }
		}
		db.Results = map[string]func(functiontest.Command) (events.Declared, any, error){
			events.CreateBrand.Type(): made(events.BrandCreated), events.UpdateBrand.Type(): made(events.BrandUpdated), events.DeleteBrand.Type(): made(events.BrandDeleted),
		}
	}
	return functiontest.Start(t, events.Brand, brand.Routes, db)
}

// fault is what a client reads of a refusal.
type fault struct {
	Code   string
	Errors []events.FieldError
}

func TestIDsMayBeWrittenInCapitals(t *testing.T) {
	t.Parallel()
	s := start(t, functiontest.Script{})
	if got := s.Do(t, "", "GET", "/brands/"+shouts, ""); got.StatusCode != 200 {
		t.Errorf("read: %s %s", got.Status, got.Text)
	}
	key := []string{"If-Match", `"7"`, "Idempotency-Key", "once"}
	for _, path := range []string{"/brands/" + shouts, "/brands/" + id} {
		if got := s.Do(t, functiontest.Catalog, "PATCH", path, `{"name":"Ajax"}`, key...); got.StatusCode != 200 {
			t.Errorf("%s: %s %s", path, got.Status, got.Text)
		}
	}
	sent := s.Commands()
	if len(sent) != 1 || sent[0].Subject != id {
		t.Errorf("one change under one key was sent as %+v", sent)
	}
	for _, no := range []string{"urn:uuid:" + id, "{" + id + "}", strings.ReplaceAll(id, "-", ""), id[:35] + "g", "x"} {
		var got fault
		s.Do(t, "", "GET", "/brands/"+no, "").JSON(t, &got)
		want := fault{"invalid", []events.FieldError{{Location: "path.id", Message: "must be a UUID such as " + id}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", no, diff)
		}
	}
}

func TestAChangeOfNothingLeavesTheVersion(t *testing.T) {
	t.Parallel()
	s := start(t, functiontest.Script{})
	for body, match := range map[string]string{
		`{}`: `"7"`, `{"name":"Acme"}`: "*", `{"name":" Acme ","description":"Anvils"}`: `"6", "7"`, `{"slug":"acme"}`: `"7"`,
	} {
		got := s.Do(t, functiontest.Catalog, "PATCH", "/brands/"+id, body, "If-Match", match, "Content-Type", patch)
		if got.StatusCode != 200 || got.Header.Get("ETag") != `"7"` || !strings.Contains(got.Text, `"version":7`) {
			t.Errorf("%s: %s %v %s", body, got.Status, got.Header, got.Text)
		}
	}
	if got := s.Do(t, functiontest.Catalog, "PATCH", "/brands/"+id, `{}`, "If-Match", `"5", "6"`); got.StatusCode != 412 {
		t.Errorf("of a version that is gone: %s %s", got.Status, got.Text)
	}
	if got := s.Do(t, functiontest.Catalog, "PATCH", "/brands/"+id, `{}`); got.StatusCode != 428 {
		t.Errorf("without If-Match: %s %s", got.Status, got.Text)
	}
	if sent := s.Commands(); len(sent) != 0 {
		t.Errorf("sent %+v", sent)
	}
	// A version that is not the current one is db's to refuse, whatever the change is.
	s.Do(t, functiontest.Catalog, "PATCH", "/brands/"+id, `{}`, "If-Match", `"6"`)
	s.Do(t, functiontest.Catalog, "DELETE", "/brands/"+id, "", "If-Match", "*")
	var data []string
	for _, c := range s.Commands() {
		data = append(data, string(c.Data))
	}
	if len(data) != 2 || !strings.Contains(data[0], `"expectedVersion":6`) || !strings.Contains(data[1], `"expectedVersion":7`) {
		t.Errorf("sent %v", data)
	}
}

// If-None-Match: * makes a PUT one that only creates: nothing is replaced, whether we or db have found that there is something.
func TestAPutOfWhatMustBeNew(t *testing.T) {
	t.Parallel()
	const absent, taken = "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8e", "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8f"
	create := func(c functiontest.Command) (events.Declared, any, error) {
		if c.Subject != absent {
			return nil, nil, events.Refuse("already_exists", "There is or was a brand %s already.", c.Subject)
		}
		return events.BrandCreated, &acme, nil
	}
	s := start(t, functiontest.Script{
		Answers: map[string]func(functiontest.Query) (any, error){events.GetBrand.Type(): func(q functiontest.Query) (any, error) {
			if strings.Contains(string(q.Data), id) {
				return &acme, nil
			}
			return nil, events.NotFound("brand", absent)
		}},
		Results: map[string]func(functiontest.Command) (events.Declared, any, error){events.CreateBrand.Type(): create},
	})
	type answer struct {
		Status int
		Code   string
	}
	for name, c := range map[string]struct {
		id      string
		headers []string
		want    answer
	}{
		"absent":             {absent, []string{"If-None-Match", "*"}, answer{201, ""}},
		"there":              {id, []string{"If-None-Match", "*"}, answer{412, "already_exists"}},
		"there, not asked":   {id, nil, answer{428, "precondition_required"}},
		"another tag":        {id, []string{"If-None-Match", `"6"`}, answer{428, "precondition_required"}},
		"there, under a key": {id, []string{"If-None-Match", "*", "Idempotency-Key", "1"}, answer{412, "already_exists"}},
		"taken meanwhile":    {taken, []string{"If-None-Match", "*"}, answer{412, "already_exists"}},
		"taken, not asked":   {taken, nil, answer{409, "already_exists"}},
		"and If-Match":       {id, []string{"If-None-Match", "*", "If-Match", `"7"`}, answer{412, "precondition_failed"}},
	} {
		reply := s.Do(t, functiontest.Catalog, "PUT", "/brands/"+c.id, `{"name":"Acme"}`, c.headers...)
		var got fault
		reply.JSON(t, &got)
		if diff := cmp.Diff(c.want, answer{reply.StatusCode, got.Code}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Whoever repeats a request is answered as then, though the version it named is gone.
func TestARepeatedChangeIsNoStaleOne(t *testing.T) {
	t.Parallel()
	s := start(t, functiontest.Script{})
	for range 2 {
		got := s.Do(t, functiontest.Catalog, "PATCH", "/brands/"+id, `{"name":"Ajax"}`, "If-Match", `"6"`, "Idempotency-Key", "once")
		if got.StatusCode != 200 {
			t.Errorf("%s %s", got.Status, got.Text)
		}
	}
	if sent := s.Commands(); len(sent) != 1 {
		t.Errorf("sent %+v", sent)
	}
}

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	s := start(t, functiontest.Script{})
	for kind, want := range map[string]int{
		"application/json": 201, "Application/JSON; Charset=UTF-8": 201, "application/json; a": 201, "application/json;": 201,
		"text/plain": 415, "not a type": 415, "application/json-patch+json": 415, "application/x-www-form-urlencoded": 415,
	} {
		if got := s.Do(t, functiontest.Catalog, "POST", "/brands", `{"name":"Acme"}`, "Content-Type", kind); got.StatusCode != want {
			t.Errorf("%s: %s %s", kind, got.Status, got.Text)
		}
	}
	for kind, want := range map[string]int{patch: 200, "Application/Merge-Patch+JSON; a=b": 200, "application/json": 200, "application/json-patch+json": 415} {
		if got := s.Do(t, functiontest.Catalog, "PATCH", "/brands/"+id, `{"name":"Ajax"}`, "If-Match", `"7"`, "Content-Type", kind); got.StatusCode != want {
			t.Errorf("a patch as %s: %s %s", kind, got.Status, got.Text)
		}
	}
	type refusal struct{ AcceptPatch, Detail string }
	got := map[string]refusal{}
	for method, path := range map[string]string{"POST": "/brands", "PATCH": "/brands/" + id} {
		var problem struct{ Detail string }
		refused := s.Do(t, functiontest.Catalog, method, path, `[]`, "If-Match", `"7"`, "Content-Type", "application/json-patch+json")
		refused.JSON(t, &problem)
		got[method] = refusal{refused.Header.Get("Accept-Patch"), problem.Detail}
	}
	want := map[string]refusal{
		"POST":  {"", "Send the body as JSON, with Content-Type: application/json."},
		"PATCH": {"application/merge-patch+json, application/json", "Send the body as JSON, with Content-Type: application/merge-patch+json or application/json."},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("of another kind (-want +got):\n%s", diff)
	}
	for _, kind := range []string{"application/json; charset=utf-16", "application/json;charset=ISO-8859-1", "application/json; charset=utf-7"} {
		foreign := s.Do(t, functiontest.Catalog, "POST", "/brands", `{"name":"Acme"}`, "Content-Type", kind)
		if foreign.StatusCode != 415 || !strings.Contains(foreign.Text, "unsupported_charset") {
			t.Errorf("%s: %s %s", kind, foreign.Status, foreign.Text)
		}
	}
	for _, kind := range []string{"application/json; charset=UTF-8", `application/json; charset="utf-8"`, "application/json; charset=us-ascii"} {
		if got := s.Do(t, functiontest.Catalog, "POST", "/brands", `{"name":"Acme"}`, "Content-Type", kind); got.StatusCode != 201 {
			t.Errorf("%s: %s %s", kind, got.Status, got.Text)
		}
	}
	packed := s.Do(t, functiontest.Catalog, "POST", "/brands", "\x1f\x8b", "Content-Encoding", "gzip")
	if packed.StatusCode != 415 || packed.Header.Get("Accept-Encoding") != "identity" || !strings.Contains(packed.Text, "unsupported_content_encoding") {
		t.Errorf("compressed: %s %v %s", packed.Status, packed.Header, packed.Text)
	}
	if got := s.Do(t, functiontest.Catalog, "POST", "/brands", `{"name":"Acme"}`, "Content-Encoding", "Identity"); got.StatusCode != 201 {
		t.Errorf("identity: %s %s", got.Status, got.Text)
	}
}

func TestEveryFaultAtOnceAndInWords(t *testing.T) {
	t.Parallel()
	s := start(t, functiontest.Script{})
	at := func(location, message string) events.FieldError {
		return events.FieldError{Location: location, Message: message}
	}
	for body, want := range map[string][]events.FieldError{
		`{}`:                               {at("body.name", "is needed")},
		`{"slug":"A B","colour":1}`:        {at("body.slug", "must be small letters and digits, in words joined by single dashes"), at("body.name", "is needed"), at("body.colour", "is not a member of this")},
		`{"name":"\n\n","description":[]}`: {at("body.description", "must be a text"), at("body.name", "must not be empty")},
		`{"name":""}`:                      {at("body.name", "must have at least 1 character")},
		`{"name":7}`:                       {at("body.name", "must be a text")},
		`[]`:                               {at("body", "must be an object")},
	} {
		for _, method := range []string{"POST", "PATCH"} {
			if method == "PATCH" && !strings.Contains(body, `"name"`) {
				continue // a patch needs nothing
			}
			var got fault
			s.Do(t, functiontest.Catalog, method, "/brands"+map[string]string{"PATCH": "/" + id}[method], body, "If-Match", "*").JSON(t, &got)
			if diff := cmp.Diff(fault{"invalid", want}, got, unordered); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", method, body, diff)
			}
		}
	}
}

var unordered = cmp.Transformer("sorted", func(all []events.FieldError) map[string]string {
	found := map[string]string{}
	for _, e := range all {
		found[e.Location] += e.Message
	}
	return found
})

func TestTokensAreToldApart(t *testing.T) {
	t.Parallel()
	s := start(t, functiontest.Script{})
	for name, c := range map[string]struct {
		authorization string
		status        int
		code          string
		challenge     string
	}{
		"small letters": {"bearer " + functiontest.Catalog, 201, "", ""},
		"capitals":      {"BEARER  " + functiontest.Catalog, 201, "", ""},
		"none":          {"", 401, "token_required", `Bearer realm="mart"`},
		"bare":          {functiontest.Catalog, 401, "invalid_token", `Bearer realm="mart", error="invalid_token", error_description="The Authorization header has no Bearer before its token.`},
		"another":       {"Basic eDp5", 401, "token_required", `Bearer realm="mart"`},
		"forged":        {"Bearer x.y.z", 401, "invalid_token", `Bearer realm="mart", error="invalid_token", error_description="The access token is not valid`},
		"expired":       {"Bearer " + functiontest.Expired, 401, "token_expired", `Bearer realm="mart", error="invalid_token", error_description="The access token has expired.`},
		"too little":    {"Bearer " + functiontest.Viewer, 403, "forbidden", `Bearer realm="mart", error="insufficient_scope", scope="catalog:write"`},
	} {
		got := s.Do(t, "", "POST", "/brands", `{"name":"Acme"}`, "Authorization", c.authorization)
		if got.StatusCode != c.status || c.code != "" && !strings.Contains(got.Text, `"code":"`+c.code+`"`) || !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), c.challenge) {
			t.Errorf("%s: %s %v %s", name, got.Status, got.Header, got.Text)
		}
	}
	// Where nobody must say who they are, whoever tries is told all the same.
	for authorization, want := range map[string]int{functiontest.Catalog: 401, "Bearer " + functiontest.Expired: 401, "Basic eDp5": 200} {
		if got := s.Do(t, "", "GET", "/brands", "", "Authorization", authorization); got.StatusCode != want {
			t.Errorf("%s reads brands: %s %s", authorization, got.Status, got.Text)
		}
	}
}

// An operation's id is the mart's to give: an invented one is nothing, and one that was given is pending only while something can come. The last
// release gave them without a proof, and whoever has one sees what came of it.
func TestOperationsAreOnlyWhatWasAccepted(t *testing.T) {
	t.Parallel()
	refused := func(functiontest.Command) (events.Declared, any, error) {
		return nil, nil, events.Refuse("slug_taken", "Another brand has this slug.")
	}
	s := start(t, functiontest.Script{Results: map[string]func(functiontest.Command) (events.Declared, any, error){events.CreateBrand.Type(): refused}})
	taken := s.Do(t, functiontest.Catalog, "POST", "/brands", `{"name":"Acme"}`, "Prefer", "respond-async")
	at := taken.Header.Get("Location")
	if taken.StatusCode != 202 || !strings.HasPrefix(at, "/operations/brand-") {
		t.Fatalf("%s %v %s", taken.Status, taken.Header, taken.Text)
	}
	command, proof, _ := strings.Cut(strings.TrimPrefix(at, "/operations/brand-"), ".")
	for name, path := range map[string]string{
		"invented":           "/operations/brand-" + id,
		"with a proof":       "/operations/brand-" + id + "." + proof,
		"with another time":  "/operations/brand-" + command + ".zzzzzz" + proof[6:],
		"another function's": "/operations/order-" + command + "." + proof,
	} {
		if got := s.Do(t, functiontest.Catalog, "GET", path, ""); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s %s", name, got.Status, got.Text)
		}
	}
	s.Await(t, 1)
	for _, path := range []string{at, strings.Replace(at, command, strings.ToUpper(command), 1), "/operations/brand-" + command} {
		if got := s.Do(t, functiontest.Catalog, "GET", path, ""); got.StatusCode != 200 || !strings.Contains(got.Text, `"failed"`) {
			t.Errorf("%s: %s %s", path, got.Status, got.Text)
		}
		if got := s.Do(t, functiontest.Viewer, "GET", path, ""); got.StatusCode != http.StatusNotFound {
			t.Errorf("somebody else's: %s %s", got.Status, got.Text)
		}
	}
}

// db is told when a request was accepted, and knows when nothing can come of it any more.
func TestAnOperationThatNeverCameIsNotPendingForEver(t *testing.T) {
	t.Parallel()
	var asked events.OperationQuestion
	s := start(t, functiontest.Script{Answers: map[string]func(functiontest.Query) (any, error){
		events.AwaitOperation.Type(): func(q functiontest.Query) (any, error) {
			if err := json.Unmarshal(q.Data, &asked); err != nil {
				return nil, err
			}
			return nil, events.NotFound("operation", asked.ID)
		},
	}})
	begun := time.Now().Add(-time.Second)
	at := s.Do(t, functiontest.Catalog, "POST", "/brands", `{"name":"Acme"}`, "Prefer", "respond-async").Header.Get("Location")
	got := s.Do(t, functiontest.Catalog, "GET", at, "")
	if got.StatusCode != http.StatusNotFound || asked.Since.Before(begun) || asked.Since.After(time.Now()) {
		t.Errorf("%s %s; db was asked %+v", got.Status, got.Text, asked)
	}
}
