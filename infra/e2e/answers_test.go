package e2e

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
)

// What the document does not allow, no answer is: status, headers and body, whatever is sent by whomever, and no answer is a fault.
func TestStormAnswersAreInTheDocument(t *testing.T) {
	if os.Getenv("MART_E2E_URL") != "" {
		t.Skip("what is sent at random may change and remove everything: unset MART_E2E_URL")
	}
	m, own, ctx := ownMart(t, stormPatience, func(c *laptop.Config) {
		c.Env["RATE_LIMIT"], c.Env["REGISTER_LIMIT"], c.Env["CART_LIMIT"], c.Env["GUEST_LIMIT"], c.Env["PASSWORD_RESET_PER_ADDRESS"], c.Env["EMAIL_VERIFICATION_PER_ADDRESS"] = "0", "0", "0", "0", "1000000", "1000000" // else it would answer for the functions
		maps.Copy(c.Env, cheapPasswords)
	})
	s := newScrutiny(ctx, t, m)
	for range 20 { // some are sent again, some discarded
		s.known["/dead-letters"] = append(s.known["/dead-letters"], notedLetter(ctx, t, m.owner, own.Kafka))
	}
	s.once(ctx, t)
	const workers = 4
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() { s.work(ctx, uint64(i), fullOr(60_000, 3_200)/workers) })
	}
	all.Wait()
	s.report(t)
}

// scrutiny holds answers against the document.
type scrutiny struct {
	document document
	roles    map[string]client.Client
	names    []string

	mu       sync.Mutex
	known    map[string][]string
	statuses map[int]int
	done     map[string]map[int]int // by operation and status
	refused  map[string]string      // the last refusal of each operation, whole
	faults   []string
}

func newScrutiny(ctx context.Context, t *testing.T, m mart) *scrutiny {
	t.Helper()
	s := &scrutiny{
		document: parseDocument(t, send(ctx, t, m.api, http.MethodGet, "/openapi.json", nil).Body),
		roles:    map[string]client.Client{"anonymous": m.api, "owner": m.owner}, known: map[string][]string{}, statuses: map[int]int{}, done: map[string]map[int]int{},
		refused: map[string]string{},
	}
	for _, role := range []string{"catalog", "orders", "support", "viewer"} {
		c, id, email := m.staff(ctx, t, role)
		s.roles[role] = c
		switch role {
		case "catalog":
			s.known["/users"] = []string{id}
		case "support":
			s.known["username"] = []string{email}
		}
	}
	b, p, other := m.buyer(ctx, t), m.product(ctx, t, 1_000_000), m.product(ctx, t, 5)
	s.roles["customer"], s.roles["leaving"] = b.Client, m.buyer(ctx, t).Client
	order := b.order(ctx, t, p.ID, 100) // to be sent in parts
	payment, err := b.Pay(ctx, order.ID, "pm_card_visa")
	if err != nil {
		t.Fatal(err)
	}
	b.status(ctx, t, order.ID, "paid")
	waits := b.pay(ctx, t, b.order(ctx, t, p.ID, 1).ID, "pm_card_authenticationRequired", "requires_action")
	if _, err := m.mail.AwaitMail(ctx, b.email, func(client.Mail) bool { return true }); err != nil {
		t.Fatal(err)
	}
	mails, err := client.Get[client.Page[client.Meta]](ctx, m.owner, "/notifications")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range mails.Items {
		s.known["/notifications"] = append(s.known["/notifications"], n.ID)
	}
	home, err := client.Post[client.Meta](ctx, b.Client, "/customers/me/addresses", map[string]string{"name": "B", "line1": "Street 1", "city": "Berlin", "postalCode": "10115", "country": "DE"})
	if err != nil {
		t.Fatal(err)
	}
	s.known["/customers/me/addresses"] = []string{home.ID}
	later := send(ctx, t, m.owner, http.MethodPost, "/brands", map[string]string{"name": unique("Later")}, client.Prefer("respond-async"))
	s.known["/operations"] = []string{strings.TrimPrefix(later.Pending(), "/operations/")}
	s.known["/products"], s.known["/stock"] = []string{other.ID}, []string{p.ID}
	s.known["/orders/"+order.ID+"/returns"] = m.returns(ctx, t, b, order.ID, p.ID)
	s.known["/orders"], s.known["/payments"], s.known["/customers"] = []string{order.ID}, []string{payment.ID, waits.ID}, []string{m.buyer(ctx, t).id, m.buyer(ctx, t).id} // who may be suspended and erased
	guest, theirs, err := m.api.OrderAsGuest(ctx, guestCalled("Gil"), client.Line{ProductID: p.ID, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	s.roles["guest"], s.known["/orders"] = guest, append(s.known["/orders"], theirs.ID)
	s.known["/flow"] = s.known["/orders"]
	// As made-up orders go, which from now on have to say so.
	sent := parcel(unique("Parcel"), "PT", "standard")
	sent["price"].(map[string]any)["currency"] = "EUR"
	method, _ := m.made(ctx, t, "/shipping-methods", sent)
	s.known["/shipping-methods"] = []string{strings.TrimPrefix(method, "/shipping-methods/")}
	for _, shelf := range []string{"/brands", "/categories"} { // products take the first that is known, so that another can be deleted
		at, _ := m.made(ctx, t, shelf, map[string]string{"name": unique("Kept"), "slug": unique("kept")})
		s.known[shelf] = []string{strings.TrimPrefix(at, shelf+"/")}
	}
	family, _ := m.made(ctx, t, "/families", map[string]any{"name": unique("Shirt"), "options": []map[string]any{{"name": "size", "values": []string{"S", "M"}}}})
	s.known["/families"] = []string{strings.TrimPrefix(family, "/families/")}
	forgetful := m.buyer(ctx, t).email
	send(ctx, t, m.api, http.MethodPost, "/password-resets", map[string]string{"account": "customer", "email": forgetful})
	s.known["token"] = []string{
		m.resetMail(ctx, t, forgetful, map[string]bool{}), m.linkIn(ctx, t, forgetful, "Welcome to Mart", "verify-email", map[string]bool{}),
	}
	for range 8 { // some are claimed, ordered and thrown away
		k, err := m.api.OpenCart(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if k, err = m.api.Put(ctx, k, p.ID, 1); err != nil {
			t.Fatal(err)
		}
		s.cart(k.ID, k.Secret)
	}
	s.names = slices.Sorted(maps.Keys(s.roles))
	return s
}

// cart remembers one, what opens it, and what may be put into it.
func (s *scrutiny) cart(id, secret string) {
	if secret != "" {
		s.known["/carts/"+id] = []string{secret}
	}
	s.known["/carts/"+id+"/lines"] = s.known["/stock"]
	s.known["/carts"] = append(s.known["/carts"], id)
}

// returns are some of an order, of which every second is approved, for as many pieces as a made-up request names at most.
func (m mart) returns(ctx context.Context, t *testing.T, b buyer, order, product string) (ids []string) {
	t.Helper()
	if _, err := m.owner.Fulfil(ctx, order, "Post", "J1", client.Line{ProductID: product, Quantity: 50}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.owner.Deliver(ctx, order, ""); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		o, err := b.Return(ctx, order, "too many", client.Line{ProductID: product, Quantity: 3})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, o.Returns[i].ID)
		if i%2 == 0 {
			if _, err := m.owner.Answer(ctx, order, ids[i], "approval", ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	return ids
}

// once has every operation carried out as it should be, before anything at random changes or removes what it needs: what uses things up comes last.
func (s *scrutiny) once(ctx context.Context, t *testing.T) {
	t.Helper()
	w := &prober{document: s.document, random: rand.New(rand.NewPCG(20, 20)), polite: true}
	turn := func(o operation) int {
		switch {
		case o.method == http.MethodPost && !strings.Contains(o.path, "{"):
			return 0 // makes what the others need
		case o.method == http.MethodDelete:
			return 3
		case strings.HasSuffix(o.path, "/cancellation"), strings.HasSuffix(o.path, "/delivery"):
			return 2
		default:
			return 1
		}
	}
	inOrder := slices.SortedStableFunc(slices.Values(s.document.operations), func(a, b operation) int { return cmp.Compare(turn(a), turn(b)) })
	const tries = 100 // optional members are left out or not, and not all fit each other
	for _, o := range inOrder {
		for n := 0; !s.carriedOut(o); n++ {
			if n == tries || ctx.Err() != nil {
				t.Errorf("%s %s was never carried out; what is sent does not get that far: %v, at last\n%s\nA member that takes only some values has them in valuesOf, in probes_test.go",
					o.method, o.path, s.done[o.method+" "+o.path], s.refused[o.method+" "+o.path])
				break
			}
			if another := creates(s.document, o); another.path != "" { // that nothing refers to, as to what products have
				w.known = s.knows()
				s.send(ctx, w, w.request(another))
			}
			w.known = s.knows()
			r := w.request(o)
			r.headers = slices.DeleteFunc(r.headers, func(h client.Header) bool { return h.Name == "Prefer" }) // which has a 202 answered
			s.send(ctx, w, r)
		}
	}
}

// creates is the operation that makes what another one deletes; the zero one where there is none.
func creates(d document, o operation) operation {
	if o.method == http.MethodDelete {
		for _, other := range d.operations {
			if other.method == http.MethodPost && other.path == strings.TrimSuffix(o.path, "/{id}") {
				return other
			}
		}
	}
	return operation{}
}

// carriedOut is true, too, of those that take a secret of a program's or the provider's. A 202 tells nothing yet, and not where what was
// made is found, unless an operation has nothing else to say.
func (s *scrutiny) carriedOut(o operation) bool {
	if o.path == "/oauth/introspect" || strings.HasPrefix(o.path, "/payments/webhooks/") {
		return true
	}
	responses := member(o.spec, "responses")
	_, ok := responses["200"]
	_, created := responses["201"]
	_, empty := responses["204"]
	for status := range s.done[o.method+" "+o.path] {
		if status < http.StatusMultipleChoices && (status != http.StatusAccepted || !ok && !created && !empty) {
			return true
		}
	}
	return false
}

// knows is a copy of what is known.
func (s *scrutiny) knows() map[string][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := make(map[string][]string, len(s.known))
	for path, ids := range s.known {
		known[path] = slices.Clone(ids)
	}
	return known
}

// work sends so many requests, the same for the same seed as far as they do not depend on earlier answers.
func (s *scrutiny) work(ctx context.Context, seed uint64, count int) {
	random := rand.New(rand.NewPCG(seed, 20))
	for range count {
		if ctx.Err() != nil {
			return
		}
		w := &prober{document: s.document, random: random, known: s.knows()}
		s.send(ctx, w, w.probe())
	}
}

func (s *scrutiny) send(ctx context.Context, w *prober, r probe) {
	role := s.role(w, r.of)
	as := s.roles[role]
	if r.tampered {
		as = as.As("") // nor an order's
	}
	var body any
	if r.body != nil {
		body = json.RawMessage(r.body)
	}
	answer, err := as.Send(ctx, r.method, r.path, body, r.headers...)
	s.take(role, r, answer, err)
}

// role is who asks: as often as not somebody who may. Those who are needed for the rest neither leave nor lose their passwords.
func (s *scrutiny) role(w *prober, o operation) string {
	switch {
	case o.path == "/customers/me" && o.method == http.MethodDelete:
		return "leaving"
	case !w.polite && w.one(2):
		return pick(w, s.names...)
	case slices.Contains(o.scopes, "shop") && (len(o.scopes) == 1 || w.one(2)), strings.Contains(o.path, "/customers/me"):
		return "customer"
	case o.path == "/users/me/password":
		return "viewer"
	default:
		return "owner"
	}
}

func (s *scrutiny) take(role string, r probe, a client.Answer, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	told := func(why string) {
		if len(s.faults) < 40 {
			s.faults = append(s.faults, fmt.Sprintf("%s: %s\n\t%s %.300s %v\n\t%.600s\n\t%d %.700s %v", r.of.method+" "+r.of.path, why, role+" "+r.method, r.path, r.headers, r.body, a.Status, a.Body, a.Header))
		}
	}
	if err != nil {
		told(err.Error())
		return
	}
	s.statuses[a.Status]++
	name := r.of.method + " " + r.of.path
	if s.done[name] == nil {
		s.done[name] = map[int]int{}
	}
	if r.method == r.of.method {
		s.done[name][a.Status]++
		if a.Status >= http.StatusBadRequest {
			s.refused[name] = string(a.Body)
		}
	}
	if why := s.document.refuses(r.of, r.method, a); why != "" {
		told(why)
	}
	s.remember(r, a)
}

// remember keeps the ids of what was made, and forgets what was removed.
func (s *scrutiny) remember(r probe, a client.Answer) {
	if r.method == http.MethodDelete && a.Status == http.StatusNoContent {
		slash := strings.LastIndex(r.path, "/")
		s.known[r.path[:slash]] = slices.DeleteFunc(s.known[r.path[:slash]], func(id string) bool { return id == r.path[slash+1:] })
	}
	at := a.Header.Get("Location")
	slash := strings.LastIndex(at, "/")
	if slash <= 0 || strings.HasSuffix(at, "/me") {
		return
	}
	collection, id := at[:slash], at[slash+1:]
	if collection == "/carts" {
		var opened client.Cart
		if json.Unmarshal(a.Body, &opened) == nil {
			s.cart(id, opened.Secret)
		}
	}
	if ids := s.known[collection]; !slices.Contains(ids, id) {
		s.known[collection] = append(ids, id)[max(0, len(ids)-19):]
	}
}

// report fails unless all was as promised, and as much was tried as should be.
func (s *scrutiny) report(t *testing.T) {
	t.Helper()
	for _, f := range s.faults {
		t.Error(f)
	}
	total := 0
	for _, n := range s.statuses {
		total += n
	}
	t.Logf("%d requests: %v", total, s.statuses)
	if total < 3000 {
		t.Errorf("%d requests were answered, want 3,000 at least", total)
	}
}
