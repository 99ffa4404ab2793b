package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/infra/client"
)

// prober makes up requests out of a document: every second as it should be, the others with something in them that no client should send.
type prober struct {
	document
	random *rand.Rand
	known  map[string][]string // ids by the path of their collection, addresses and the like by the name of their member
	polite bool
}

// probe is one request.
type probe struct {
	of       operation
	method   string
	path     string
	body     []byte
	headers  []client.Header
	tampered bool // the token is not sent as it is
}

func (w *prober) one(of int) bool { return w.random.IntN(of) == 0 }

func pick[T any](w *prober, from ...T) T { return from[w.random.IntN(len(from))] }

// fit is one of those, the first of which is right.
func fit[T any](w *prober, from ...T) T {
	if w.polite {
		return from[0]
	}
	return pick(w, from...)
}

func (w *prober) probe() probe {
	w.polite = w.one(2)
	return w.request(pick(w, w.operations...))
}

func (w *prober) request(o operation) probe {
	r := probe{of: o, method: o.method, path: w.path(o)}
	query := url.Values{}
	for _, p := range w.parameters(o) {
		name, schema := p["name"].(string), w.schemaOf(p["schema"])
		required, _ := p["required"].(bool)
		switch p["in"] {
		case "query":
			if w.one(4) {
				query.Add(name, w.text(w.value(name, schema, 1)))
			}
		case "header":
			if required && (w.polite || !w.one(10)) || w.one(3) {
				r.headers = append(r.headers, client.Header{Name: name, Value: w.header(name, r.path)})
			}
		}
	}
	if content := member(o.spec, "requestBody", "content"); content != nil {
		r.body, r.headers = w.body(content, r.headers)
	}
	if !w.polite {
		w.odd(&r, query)
	}
	if len(query) > 0 {
		r.path += "?" + query.Encode()
	}
	return r
}

func (w *prober) parameters(o operation) (all []map[string]any) {
	parameters, _ := o.spec["parameters"].([]any)
	for _, p := range parameters {
		all = append(all, p.(map[string]any))
	}
	return all
}

// odd adds what belongs to no operation.
func (w *prober) odd(r *probe, query url.Values) {
	header := func(name, value string) { r.headers = append(r.headers, client.Header{Name: name, Value: value}) }
	switch w.random.IntN(12) {
	case 0:
		query.Add(pick(w, "colour", "limit", "id", "", "a[b]"), pick(w, "", "red", "\x00"))
	case 1:
		header("Accept", pick(w, "text/html", "*/*", "application/xml;q=0.9", "?"))
	case 2:
		header("Traceparent", pick(w, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "nonsense", "00-0-0-0"))
	case 3:
		header("Content-Encoding", pick(w, "gzip", "identity", "br"))
	case 4:
		header("X-Forwarded-For", pick(w, "1.2.3.4", "nonsense"))
	case 5:
		r.method = pick(w, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete, "BREW")
		for _, o := range w.operations { // another operation of the path
			if o.path == r.of.path && (o.method == r.method || o.method == http.MethodGet && r.method == http.MethodHead) {
				r.of = o
			}
		}
	case 6:
		r.tampered = true
		header("Authorization", pick(w, "Bearer", "Bearer ", "Basic b3duZXI6eA==", "eyJhbGciOiJub25lIn0.e30.", "Bearer eyJhbGciOiJub25lIn0.e30.", "bearer x", "\u00e9"))
	case 7:
		header("Ce-Type", "com.onlinemart.order.paid.v1")
	}
}

// path fills in the ids of a path: mostly of something there is.
func (w *prober) path(o operation) string {
	choices := map[string][]any{}
	for _, p := range w.parameters(o) {
		if enum, ok := w.schemaOf(p["schema"])["enum"].([]any); ok && p["in"] == "path" {
			choices["{"+p["name"].(string)+"}"] = enum
		}
	}
	parts := strings.Split(o.path, "/")
	for i, part := range parts {
		if !strings.HasPrefix(part, "{") {
			continue
		}
		known := w.known[strings.Join(parts[:i], "/")]
		id := uuid.NewString()
		if len(known) > 0 && (w.polite || !w.one(8)) {
			id = pick(w, known...)
		}
		if choices[part] != nil {
			id = w.text(pick(w, choices[part]...))
		}
		if !w.polite && w.one(4) {
			id = pick(w, strings.ToUpper(id), url.PathEscape(pick(w, hostile...)), "urn:uuid:"+id, "{"+id+"}", strings.ReplaceAll(id, "-", ""), "me", id+id, ".", "%2e%2e", "*")
		}
		if id == "" {
			id = "-"
		}
		parts[i] = id
	}
	return strings.Join(parts, "/")
}

// header is a value for a header of a request to a path.
func (w *prober) header(name, path string) string {
	fitting := map[string][]string{
		"Cart-Secret":     append(slices.Clone(w.known[strings.Join(strings.Split(path+"//", "/")[:3], "/")]), "x"), // each cart has its own
		"If-Match":        {"*", `"1"`, `"1"`, `"2"`, `"1", "2", "3"`, `W/"1"`, "1", `"99999999999999999999"`, ",", `"`},
		"If-None-Match":   {`W/"1"`, `"1"`, "*", `"2", W/"1"`, "x", ",,"},
		"Prefer":          {"respond-async", "wait=1", "wait=2, respond-async", "Wait=1", "wait=x", "return=minimal", `a="b`, ";;,"},
		"Idempotency-Key": {uuid.NewString(), uuid.NewString(), uuid.NewString(), "again", `"quoted"`, strings.Repeat("k", 256), "\u00e9", " "},
	}[name]
	if fitting == nil || !w.polite && w.one(10) {
		fitting = []string{"nonsense", "\u00e9", " ", strings.Repeat("x", 3000)}
	}
	if w.polite && name == "Prefer" {
		return pick(w, fitting[:4]...)
	}
	return fit(w, fitting...)
}

// body is a body of the operation's kind, mostly.
func (w *prober) body(content map[string]any, headers []client.Header) ([]byte, []client.Header) {
	kind := pick(w, slices.Sorted(maps.Keys(content))...)
	value := w.value("", w.schemaOf(member(content, kind)["schema"]), 0)
	var raw []byte
	if members, isForm := value.(map[string]any); isForm && kind == formType {
		form := url.Values{}
		if _, login := members["grant_type"]; login && w.polite { // a secret too would be too much
			members = map[string]any{"grant_type": "password", "client_id": "backoffice", "username": w.known["username"][0], "password": passphrase}
		}
		for name, v := range members {
			form.Set(name, w.text(v))
		}
		raw = []byte(form.Encode())
	} else {
		raw, _ = json.Marshal(value) // it was made of what JSON has
	}
	if w.polite {
		return raw, append(headers, client.Header{Name: "Content-Type", Value: kind})
	}
	switch w.random.IntN(15) {
	case 0:
		raw = raw[:w.random.IntN(len(raw)+1)]
	case 1:
		raw = []byte(pick(w, "", "{}", "null", "[]", "1e999", "{\"name\":\"a\",\"name\":\"b\"}", "\xff\xfe", "{\"name\":\"\\ud800\"}", strings.Repeat("[", 5000), "{} {}"))
	case 2:
		kind = pick(w, "Application/JSON; charset=UTF-8", "text/plain", "application/json; a", "", "not a type", "application/x+json", "application/json-patch+json")
	case 3:
		if w.one(4) {
			raw = append(raw, strings.Repeat(" ", 300<<10)...)
		}
	}
	return raw, append(headers, client.Header{Name: "Content-Type", Value: kind})
}

const formType = "application/x-www-form-urlencoded"

// hostile are texts that have hurt somebody somewhere.
var hostile = []string{
	"", " ", "\x00", "\u0000a", "\u202eabc", "\u200b", "e\u0301", "\U0001f6d2", "\u0130", "ß", "' or 1=1 --", "${jndi:ldap://x}", "../../etc/passwd", "<script>", "%00", "a\nb", "\r\nSet-Cookie: a=b",
	strings.Repeat("x", 300), strings.Repeat("\u00e9", 6000), "NaN", "-0", "null", "true", "1e400", "9223372036854775808", "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d",
}

// value is a value of a schema; every now and then one that is not.
func (w *prober) value(name string, schema map[string]any, depth int) any {
	if !w.polite && w.one(12) {
		return pick[any](w, nil, "", true, -1, 1.5, json.Number("1e308"), json.Number("9223372036854775808"), []any{}, map[string]any{}, []any{nil}, pick(w, hostile...))
	}
	if choices, ok := schema["enum"].([]any); ok {
		return pick(w, choices...)
	}
	for _, of := range []string{"anyOf", "oneOf"} {
		if choices, ok := schema[of].([]any); ok {
			return w.value(name, w.schemaOf(pick(w, choices...)), depth)
		}
	}
	kind, _ := schema["type"].(string)
	if kinds, ok := schema["type"].([]any); ok {
		if w.polite {
			kinds = slices.DeleteFunc(slices.Clone(kinds), func(k any) bool { return k == "null" })
		}
		kind = pick(w, kinds...).(string)
	}
	switch kind {
	case "object":
		return w.object(schema, depth)
	case "array":
		list := []any{}
		for range 1 + w.random.IntN(3) {
			list = append(list, w.value(name, w.schemaOf(schema["items"]), depth+1))
		}
		return list
	case "integer", "number":
		return w.number(name, schema)
	case "boolean":
		return w.one(2)
	case "string":
		return w.words(name, schema)
	}
	return nil
}

func (w *prober) object(schema map[string]any, depth int) any {
	required, _ := schema["required"].([]any)
	members := map[string]any{}
	if named := w.schemaOf(schema["additionalProperties"]); len(named) > 0 && w.one(2) { // the options of a product that is of a family
		members["size"] = w.value("size", named, depth+1)
	}
	properties := member(schema, "properties")
	for _, name := range slices.Sorted(maps.Keys(properties)) { // in order, for the same seed to send the same
		switch {
		case !w.polite:
		case name == "quote": // which nobody can make up
			continue
		case name == "postalCode", name == "shippingMethodId": // which most orders need
			required = append(slices.Clip(required), name)
		}
		if slices.Contains(required, any(name)) && (w.polite || !w.one(15)) || w.one(2) {
			members[name] = w.value(name, w.schemaOf(properties[name]), depth+1)
		}
	}
	if !w.polite && w.one(15) {
		members[pick(w, "status", "Name", "__proto__", "")] = 1
	}
	return members
}

func (w *prober) number(name string, schema map[string]any) any {
	low, bounded := number(schema, "minimum")
	high, limited := number(schema, "maximum")
	choices := []int64{1, 2, 3, 5, 20, 1999}
	if w.polite || name == "min-version" && !w.one(20) { // which waits for it
		return max(1, low)
	}
	if bounded {
		choices = append(choices, low, low-1)
	}
	if limited {
		choices = append(choices, high, high+1)
	}
	return pick(w, choices...)
}

// words is a text that fits its place.
func (w *prober) words(name string, schema map[string]any) string {
	if schema["format"] == "uuid" {
		collection := "/" + strings.TrimSuffix(name, "Id") + "s"
		if plural := map[string]string{"/parents": "/categories", "/categorys": "/categories", "/familys": "/families"}[collection]; plural != "" {
			collection = plural
		}
		if name == "shippingMethodId" {
			collection = "/shipping-methods"
		}
		if name == "productId" {
			collection = "/stock" // of what is there something can be bought
		}
		if known := w.known[collection]; len(known) > 0 && (w.polite || !w.one(10)) {
			id := pick(w, known...)
			return pick(w, id, strings.ToUpper(id))
		}
		return uuid.NewString()
	}
	if fitting := valuesOf(w, name); fitting != nil {
		return fit(w, fitting...)
	}
	if w.polite {
		return "some words"
	}
	return pick(w, "some words", unique("text"), pick(w, hostile...))
}

// valuesOf is what fits a member of a name, or of a name that ends so (contactEmail has those of email), and what does not quite; nil: any words do.
func valuesOf(w *prober, name string) []string {
	values := map[string][]string{
		"sku": {unique("SKU")}, "slug": {unique("slug"), "a--b"}, "currency": {"EUR", "USD", "eur", "JPY"}, "country": {"PT", "DE", "XX", "pt"}, "name": {unique("Thing")},
		"postalCode": {"1100-148", "10115"}, "email": {unique("probe") + "@example.com", "no address"}, "username": append(w.known["username"], "nobody@example.com"),
		"token": {pick(w, append([]string{"x"}, w.known["token"]...)...), "x"}, // each is good for one thing
		"phone": {"+351 912 345 678", "12"}, "password": {passphrase, "short"}, "new": {passphrase + unique("!")}, "current": {passphrase}, "imageUrl": {"https://example.com/a.jpg", "http://a", ":"},
		"paymentMethod": {"pm_card_visa", "pm_card_chargeDeclined", "pm_card_authenticationRequired", "4242424242424242"},
		"grant_type":    {"password", "refresh_token", "client_credentials", "x"}, "client_id": {"backoffice", "storefront", "x"},
		"countries": {"PT", "DE", "XX"}, "postalPrefixes": {"1", "10-1", "!"}, "taxClass": {unique("class"), "standard", "a--b"}, "region": {"NY", "ny", "?"},
		"size":      {"S", "M", "XXL"},
		"validFrom": {"2026-01-01T00:00:00Z", "2026-13-01"}, "validTo": {"2027-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "soon"},
		"sort": {"name", "-createdAt", "createdAt", "price", "x"}, "cursor": {"x", "eyJzIjoiIn0"},
	}
	if exact := values[name]; exact != nil {
		return exact
	}
	last := strings.LastIndexFunc(name, unicode.IsUpper)
	if last < 0 {
		return nil
	}
	return values[strings.ToLower(name[last:])]
}

// text is a value as a query or a form holds it.
func (w *prober) text(value any) string {
	if s, ok := value.(string); ok {
		return s
	}
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}
