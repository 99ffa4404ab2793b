package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
)

// The examples' customer, and the program among them.
const (
	ada           = "ada@example.com"
	adasPassword  = "correct horse battery"
	programSecret = "a-long-random-secret-of-the-program"
)

// unsent are the requests whose examples nobody here can send, and why.
var unsent = map[string]string{"receiveWebhook": "the provider signs what it sends, with a secret of its own"}

// walker sends examples of the document, with what is there in the place of what they name.
type walker struct {
	mart
	t        *testing.T
	ctx      context.Context
	document document
	by       map[string]operation     // by operationId
	as       map[string]client.Client // by who asks
	known    map[string]string        // what is there, by what stands for it in examples
	sent     map[string]bool
	kafka    []string
}

// exampleStep is one request of the walk: who makes it, and what has to be so before.
type exampleStep struct {
	of, as string
	before func(*walker)
}

// wayThroughExamples has everybody do what the examples say, in an order in which it can be done.
var wayThroughExamples = []exampleStep{
	{of: "registerCustomer"},
	{of: "issueToken"},
	{of: "createBrand", as: "owner"},
	{of: "putBrand", as: "owner"},
	{of: "updateBrand", as: "owner"},
	{of: "createCategory", as: "owner"},
	{of: "putCategory", as: "owner"},
	{of: "updateCategory", as: "owner"},
	{of: "createProduct", as: "owner"},
	{of: "putProduct", as: "owner"},
	{of: "updateProduct", as: "owner"},
	{of: "adjustStock", as: "owner"},
	{of: "createShippingMethod", as: "owner"},
	{of: "putShippingMethod", as: "owner"},
	{of: "updateShippingMethod", as: "owner"},
	{of: "createTaxRate", as: "owner"},
	{of: "putTaxRate", as: "owner"},
	{of: "updateTaxRate", as: "owner"},
	{of: "updateMyAccount", as: "customer", before: (*walker).logIn},
	{of: "createMyAddress", as: "customer"},
	{of: "updateMyAddress", as: "customer"},
	{of: "redeemEmailVerification", before: (*walker).readWelcome},

	{of: "makeQuote"},
	{of: "placeOrder", as: "customer"},
	{of: "startPayment", as: "customer"},
	{of: "addOrderNote", as: "owner"},
	{of: "refundPayment", as: "owner", before: (*walker).awaitPaid},
	{of: "fulfilOrder", as: "owner"},
	{of: "deliverOrder", as: "owner"},
	{of: "requestReturn", as: "customer"},
	{of: "approveReturn", as: "owner", before: (*walker).findReturn},
	{of: "receiveReturn", as: "owner"},

	{of: "placeOrder", as: "customer"},
	{of: "startPayment", as: "customer"},
	{of: "fulfilOrder", as: "owner", before: (*walker).awaitPaid},
	{of: "deliverOrder", as: "owner"},
	{of: "requestReturn", as: "customer"},
	{of: "refuseReturn", as: "owner", before: (*walker).findReturn},

	{of: "placeOrder", as: "customer"},
	{of: "cancelOrder", as: "customer"},
	{of: "openCart", as: "customer"},
	{of: "setCartLine", as: "customer"},
	{of: "orderCart", as: "customer"},

	{of: "createUser", as: "owner"},
	{of: "updateUser", as: "owner"},
	{of: "updateMe", as: "colleague", before: (*walker).addColleague},
	{of: "changeMyPassword", as: "colleague"},

	{of: "replayDeadLetter", as: "owner", before: (*walker).leaveLetter},
	{of: "discardDeadLetter", as: "owner", before: (*walker).leaveLetter},

	{of: "introspectToken"},
	{of: "revokeToken"},
	{of: "changeMyEmail", as: "customer"},
	{of: "changeMyAccountPassword", as: "customer"},
	{of: "requestPasswordReset"},
	{of: "redeemPasswordReset", before: (*walker).readReset},
	{of: "setCustomerStatus", as: "owner"},
}

// What the document shows as a request is one that the mart carries out, and its answer is as the document says.
func TestStormExamplesAreAccepted(t *testing.T) { // not beside others: each mart of a suite has the Kafka to itself
	if os.Getenv("MART_E2E_URL") != "" {
		t.Skip("what the examples name is there already in a mart that is in use: unset MART_E2E_URL")
	}
	w := newWalker(t)
	for i, s := range wayThroughExamples {
		if s.before != nil {
			s.before(w)
		}
		w.send(s, fmt.Sprintf("example-%d", i))
	}
	w.sendEntities()
	for _, id := range slices.Sorted(maps.Keys(w.by)) {
		if w.by[id].spec["requestBody"] != nil && !w.sent[id] && unsent[id] == "" {
			t.Errorf("nobody sends the example of %s: give it a place in wayThroughExamples", id)
		}
	}
}

func newWalker(t *testing.T) *walker {
	t.Helper()
	hash, err := argon2id.CreateHash(programSecret, &argon2id.Params{Memory: 7168, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	m, own, ctx := ownMart(t, patience, func(c *laptop.Config) {
		maps.Copy(c.Env, cheapPasswords)
		c.Env["OAUTH_CLIENTS"] = "reporting:" + hash + ":catalog:write"
	})
	w := &walker{
		mart: m, t: t, ctx: ctx, document: parseDocument(t, send(ctx, t, m.api, http.MethodGet, "/openapi.json", nil).Body), by: map[string]operation{},
		as: map[string]client.Client{"": m.api, "owner": m.owner}, known: map[string]string{}, sent: map[string]bool{}, kafka: own.Kafka,
	}
	for _, o := range w.document.operations {
		w.by[o.spec["operationId"].(string)] = o
	}
	return w
}

// send sends one example, again as long as it is answered that it is not done yet, and learns from the answer what there is now.
func (w *walker) send(s exampleStep, key string) {
	w.t.Helper()
	o, known := w.by[s.of]
	if !known {
		w.t.Fatalf("there is no operation %s", s.of)
	}
	path, headers := w.path(o), []client.Header{client.Key(key), client.Prefer("wait=10")}
	for _, p := range (&prober{}).parameters(o) {
		if p["name"] == "If-Match" {
			headers = append(headers, client.IfMatch("*"))
		}
	}
	body := w.body(o)
	a := send(w.ctx, w.t, w.as[s.as], o.method, path, body, headers...)
	for a.Pending() != "" && w.ctx.Err() == nil {
		a = send(w.ctx, w.t, w.as[s.as], o.method, path, body, headers...)
	}
	if why := w.document.refuses(o, o.method, a); a.Status >= http.StatusMultipleChoices || why != "" {
		w.t.Fatalf("%s, sent as its example says: %s\n\t%s %s\n\t%s\n\t%d %s", s.of, why, o.method, path, body, a.Status, a.Body)
	}
	w.sent[s.of] = true
	w.learn(o, a)
}

// sendEntities sends the three of each entity that nothing else on the way needs.
func (w *walker) sendEntities() {
	w.t.Helper()
	for _, id := range slices.Sorted(maps.Keys(w.by)) {
		noun, creates := strings.CutPrefix(id, "create")
		if _, replaced := w.by["put"+noun]; !creates || !replaced || w.sent[id] {
			continue
		}
		for _, verb := range []string{"create", "put", "update"} {
			w.send(exampleStep{of: verb + noun, as: "owner"}, "example-"+verb+noun)
		}
	}
}

// path has the ids of what is there.
func (w *walker) path(o operation) string {
	path := o.path
	for _, p := range (&prober{}).parameters(o) {
		if p["in"] == "path" {
			example, _ := p["example"].(string)
			path = strings.ReplaceAll(path, "{"+p["name"].(string)+"}", w.filled(example).(string))
		}
	}
	return path
}

// body is the example as a client sends it; nil where the operation takes none.
func (w *walker) body(o operation) any {
	for kind, media := range member(o.spec, "requestBody", "content") {
		example := w.filled(media.(map[string]any)["example"])
		if kind != formType {
			raw, err := json.Marshal(example)
			if err != nil {
				w.t.Fatal(err)
			}
			return json.RawMessage(raw)
		}
		form := url.Values{}
		for name, value := range example.(map[string]any) {
			form.Set(name, value.(string))
		}
		return form
	}
	return nil
}

// filled is an example with what is there in the place of what stands for it.
func (w *walker) filled(example any) any {
	switch e := example.(type) {
	case string:
		if real, known := w.known[e]; known {
			return real
		}
	case []any:
		all := make([]any, len(e))
		for i, one := range e {
			all[i] = w.filled(one)
		}
		return all
	case map[string]any:
		members := map[string]any{}
		for name, member := range e {
			members[name] = w.filled(member)
		}
		return members
	}
	return example
}

// learn holds an answer beside the example of it.
func (w *walker) learn(o operation, a client.Answer) {
	w.t.Helper()
	example := member(o.spec, "responses", fmt.Sprint(a.Status), "content", "application/json")["example"]
	if example == nil || len(a.Body) == 0 {
		return
	}
	var answer any
	if err := json.Unmarshal(a.Body, &answer); err != nil {
		w.t.Fatal(err)
	}
	w.beside("", example, answer)
}

// secretMembers are those by which one thing is opened or done.
var secretMembers = []string{"quote", "access_token", "refresh_token"}

func (w *walker) beside(name string, example, answer any) {
	switch e := example.(type) {
	case string:
		if real, ok := answer.(string); ok && (uuid.Validate(e) == nil || slices.Contains(secretMembers, name)) {
			w.known[e] = real
		}
	case []any:
		if list, ok := answer.([]any); ok && len(list) > 0 && len(e) > 0 {
			w.beside(name, e[0], list[len(list)-1]) // the last is the newest: of returns
		}
	case map[string]any:
		members, _ := answer.(map[string]any)
		for name, member := range e {
			w.beside(name, member, members[name])
		}
	}
}

// exampleID is what stands in examples for the id that a member has.
func exampleID(member string) string { return uuid.NewSHA1(uuid.Nil, []byte(member)).String() }

// id is that of what there is under a member.
func (w *walker) id(member string) string { return w.known[exampleID(member)] }

func (w *walker) logIn() {
	w.t.Helper()
	c, err := w.api.Enter(w.ctx, client.Storefront, ada, adasPassword)
	if err != nil {
		w.t.Fatal(err)
	}
	w.as["customer"] = c
}

// addColleague adds somebody who has the password that the examples have.
func (w *walker) addColleague() {
	w.t.Helper()
	who := map[string]any{"email": "colleague@example.com", "name": "Grace", "roles": []string{"viewer"}, "password": adasPassword}
	if _, err := client.Post[client.Meta](w.ctx, w.owner, "/users", who); err != nil {
		w.t.Fatal(err)
	}
	c, err := w.api.Enter(w.ctx, client.Backoffice, "colleague@example.com", adasPassword)
	if err != nil {
		w.t.Fatal(err)
	}
	w.as["colleague"] = c
}

func (w *walker) awaitPaid() {
	w.t.Helper()
	paid := func(o client.Order) bool { return o.Status == "paid" }
	if _, err := client.Until(w.ctx, w.owner, "/orders/"+w.id("orderId"), paid); err != nil {
		w.t.Fatal(err)
	}
}

// findReturn finds the order's newest return, which examples of orders do not have.
func (w *walker) findReturn() {
	w.t.Helper()
	o, err := client.Get[client.Order](w.ctx, w.owner, "/orders/"+w.id("orderId"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.known[exampleID("returnId")] = o.Returns[len(o.Returns)-1].ID
}

// leaveLetter leaves one about an event that could not be delivered, and waits until it is taken in.
func (w *walker) leaveLetter() {
	w.t.Helper()
	id := notedLetter(w.ctx, w.t, w.owner, w.kafka)
	for _, p := range (&prober{}).parameters(w.by["replayDeadLetter"]) {
		if p["name"] == "id" {
			w.known[p["example"].(string)] = id
		}
	}
}

// readWelcome and readReset find what the links in mails have behind #token=.
func (w *walker) readWelcome() {
	w.token("redeemEmailVerification", w.linkIn(w.ctx, w.t, ada, "Welcome to Mart", "verify-email", map[string]bool{}))
}

func (w *walker) readReset() {
	w.token("redeemPasswordReset", w.resetMail(w.ctx, w.t, ada, map[string]bool{}))
}

// token stands in the example of a request for what a mail has.
func (w *walker) token(of, real string) {
	example := member(w.by[of].spec, "requestBody", "content", "application/json", "example")
	w.known[example["token"].(string)] = real
}
