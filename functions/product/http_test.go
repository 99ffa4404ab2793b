package product_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/web"
	"github.com/onlinemart/mart/functions/product"
)

const (
	published = "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d"
	draft     = "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8e"
	unknown   = "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8f"
	newcomer  = `{"sku":"A-1","name":" Lamp ","price":{"amount":1999,"currency":"USD"},"status":"draft"}`
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func lamp(id string, status events.ProductStatus) *events.ProductState {
	return &events.ProductState{
		Meta:          events.Meta{ID: id, Version: 7, CreatedAt: noon, UpdatedAt: noon},
		ProductFields: events.ProductFields{SKU: "A-1", Name: "Lamp", Price: events.Money{Amount: 1999, Currency: "USD"}, Status: status},
		Available:     3,
	}
}

// lamps is what there is of a family of them.
var lamps = events.FamilyGroup{
	ID: unknown, Name: "Lamp", Slug: "lamp", Products: 2, InStock: true,
	Prices:  []events.PriceRange{{Min: events.Money{Amount: 1, Currency: "USD"}, Max: events.Money{Amount: 2, Currency: "USD"}}},
	Options: []events.FamilyOption{{Name: "colour", Values: []string{"red", "blue"}}},
}

func start(t testing.TB, asked *events.ProductFilter) *functiontest.Server {
	t.Helper()
	made := func(of events.Declared) func(functiontest.Command) (events.Declared, any, error) {
		return func(c functiontest.Command) (events.Declared, any, error) {
			return of, lamp(c.Subject, events.ProductDraft), nil
		}
	}
	return functiontest.Start(t, events.Product, product.Routes, functiontest.Script{
		Answers: map[string]func(functiontest.Query) (any, error){
			events.GetProduct.Type(): func(q functiontest.Query) (any, error) {
				switch id := string(q.Data); {
				case strings.Contains(id, draft) && strings.Contains(id, `"public":true`):
					return nil, events.NotFound("product", draft)
				case strings.Contains(id, published):
					return lamp(published, events.ProductPublished), nil
				case strings.Contains(id, draft):
					return lamp(draft, events.ProductDraft), nil
				}
				return nil, events.NotFound("product", unknown)
			},
			events.ListProducts.Type(): func(q functiontest.Query) (any, error) {
				*asked = events.ProductFilter{}
				if err := json.Unmarshal(q.Data, asked); err != nil {
					return nil, events.Refuse("malformed", "%v", err)
				}
				return &events.Page[events.ProductState]{Items: []events.ProductState{*lamp(published, events.ProductPublished)}, NextCursor: "next"}, nil
			},
			events.ListProductGroups.Type(): func(q functiontest.Query) (any, error) {
				*asked = events.ProductFilter{}
				if err := json.Unmarshal(q.Data, asked); err != nil {
					return nil, events.Refuse("malformed", "%v", err)
				}
				return &events.Page[events.ProductGroup]{Items: []events.ProductGroup{
					{ProductState: *lamp(published, events.ProductPublished), Group: &lamps}, {ProductState: *lamp(published, events.ProductPublished)},
				}, NextCursor: "family.next"}, nil
			},
		},
		Results: map[string]func(functiontest.Command) (events.Declared, any, error){
			events.CreateProduct.Type(): made(events.ProductCreated), events.UpdateProduct.Type(): made(events.ProductUpdated), events.DeleteProduct.Type(): made(events.ProductDeleted),
		},
	})
}

func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	s := start(t, new(events.ProductFilter))
	const public = "public, max-age=5, must-revalidate"
	for _, c := range []struct {
		token, id string
		want      int
		cache     string
	}{
		{"", published, 200, public},
		{functiontest.Shopper, published, 200, public},
		{functiontest.Catalog, published, 200, public},
		{"", draft, 404, "no-store"},
		{functiontest.Shopper, draft, 404, "no-store"},
		{functiontest.Viewer, draft, 404, "no-store"},
		{functiontest.Catalog, draft, 200, "no-store"},
		{"", unknown, 404, "no-store"},
		{"forged", published, 401, "no-store"},
	} {
		got := s.Do(t, c.token, "GET", "/products/"+c.id, "")
		if got.StatusCode != c.want || got.Header.Get("Cache-Control") != c.cache {
			t.Errorf("%+v: %s %q %s", c, got.Status, got.Header.Get("Cache-Control"), got.Text)
		}
	}
	hidden, missing := s.Do(t, "", "GET", "/products/"+draft, ""), s.Do(t, "", "GET", "/products/"+unknown, "")
	if normal(hidden.Text, draft) != normal(missing.Text, unknown) {
		t.Errorf("what is hidden looks unlike what is not there:\n%s\n%s", hidden.Text, missing.Text)
	}
	if again := s.Do(t, "", "GET", "/products/"+published, "", "If-None-Match", `"7.3"`); again.StatusCode != 304 || again.Text != "" {
		t.Errorf("again: %s %s", again.Status, again.Text)
	}
}

// normal is a problem without what differs by request.
func normal(text, id string) string {
	before, _, _ := strings.Cut(text, `"traceId"`)
	return strings.ReplaceAll(before, id, "ID")
}

func TestFilters(t *testing.T) {
	t.Parallel()
	var asked events.ProductFilter
	s := start(t, &asked)
	zero, hundred := int64(0), int64(100)
	paging := events.Paging{Limit: 20}
	for _, c := range []struct {
		token, query string
		want         events.ProductFilter
		cache        string
	}{
		{"", "", events.ProductFilter{Paging: paging, Status: events.ProductPublished}, "public, max-age=5, must-revalidate"},
		{functiontest.Viewer, "", events.ProductFilter{Paging: paging, Status: events.ProductPublished}, "public, max-age=5, must-revalidate"},
		{functiontest.Catalog, "", events.ProductFilter{Paging: paging}, "no-store"},
		{functiontest.Catalog, "?status=archived", events.ProductFilter{Paging: paging, Status: events.ProductArchived}, "no-store"},
		{
			"", "?q=+red+lamp&minPrice=0&maxPrice=100&inStock=true&sort=-price&limit=5&cursor=c&brandId=" + published + "&categoryId=" + draft,
			events.ProductFilter{
				Paging: events.Paging{Limit: 5, Cursor: "c", Sort: "-price"}, BrandID: published, CategoryID: draft, Text: "red lamp",
				MinPrice: &zero, MaxPrice: &hundred, InStock: true, Status: events.ProductPublished,
			},
			"public, max-age=5, must-revalidate",
		},
	} {
		got := s.Do(t, c.token, "GET", "/products"+c.query, "")
		if diff := cmp.Diff(c.want, asked); got.StatusCode != 200 || diff != "" || got.Header.Get("Cache-Control") != c.cache {
			t.Errorf("%q: %s %s (-want +asked):\n%s", c.query, got.Status, got.Text, diff)
		}
		if link := got.Header.Get("Link"); !strings.Contains(link, "cursor=next") || !strings.HasSuffix(link, `rel="next"`) {
			t.Errorf("%q: Link %q", c.query, link)
		}
	}
	for query, want := range map[string]int{"?status=draft": 403, "?minPrice=5&maxPrice=4": 422, "?colour=red": 422, "?limit=101": 422, "?brandId=x": 422, "?minPrice=-1": 422} {
		if got := s.Do(t, "", "GET", "/products"+query, ""); got.StatusCode != want {
			t.Errorf("%q: %s %s", query, got.Status, got.Text)
		}
	}
}

// Families are asked for by what a list is asked for, and shown beside the first of their products.
func TestAFamilyIsListedOnce(t *testing.T) {
	t.Parallel()
	var asked events.ProductFilter
	s := start(t, &asked)
	got := s.Do(t, "", "GET", "/products?group=family&q=lamp&sort=price&limit=2&cursor=family.c", "")
	want := events.ProductFilter{Paging: events.Paging{Limit: 2, Cursor: "family.c", Sort: "price"}, Text: "lamp", Status: events.ProductPublished}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("(-want +asked):\n%s", diff)
	}
	var page struct{ Items []product.ListedProduct }
	if err := json.Unmarshal([]byte(got.Text), &page); err != nil {
		t.Fatalf("%v: %s", err, got.Text)
	}
	var families []*events.FamilyGroup
	for _, p := range page.Items {
		if p.ID != published || p.SKU != "A-1" {
			t.Errorf("%+v", p)
		}
		families = append(families, p.Family)
	}
	if diff := cmp.Diff([]*events.FamilyGroup{&lamps, nil}, families); diff != "" {
		t.Errorf("(-want +shown):\n%s", diff)
	}
	if link := got.Header.Get("Link"); !strings.Contains(link, "cursor=family.next") || !strings.Contains(link, "group=family") {
		t.Errorf("Link %q", link)
	}
	if got := s.Do(t, "", "GET", "/products?group=", ""); got.StatusCode != 422 {
		t.Errorf("no group: %s", got.Text)
	}
}

// A parameter that says nothing, or two things, or nothing that can be read, is refused by its name, and so are two at once.
func TestAQueryMeansOneThing(t *testing.T) {
	t.Parallel()
	s := start(t, new(events.ProductFilter))
	for query, want := range map[string]string{
		"/products?maxPrice=": "query.maxPrice", "/products?maxPrice": "query.maxPrice", "/products?q=": "query.q", "/products?limit=1&limit=2": "query.limit",
		"/products?q=a&maxPrice=&sort=price&sort=name": "query.maxPrice,query.sort", "/products?inStock=": "query.inStock", "/products?=": "query.",
		"/products/" + published + "?min-version=": "query.min-version", "/products/" + published + "?min-version=1&min-version=2": "query.min-version",
		"/products?maxPrice=%zz": "", "/products?q=%": "", "/products?maxPrice=5;q=a": "", "/operations/product-" + unknown + "?x=": "query.x",
	} {
		got := s.Do(t, "", "GET", query, "")
		if query == "/products?maxPrice=" && !strings.Contains(got.Text, "has no value; leave it out or give one") {
			t.Errorf("%s: %s", query, got.Text)
		}
		var problem web.Problem
		if err := json.Unmarshal([]byte(got.Text), &problem); err != nil {
			t.Fatalf("%s: %v %s", query, err, got.Text)
		}
		var named []string
		for _, fault := range problem.Errors {
			named = append(named, fault.Location)
		}
		if got.StatusCode != 422 || problem.Code != "invalid" || strings.Join(named, ",") != want {
			t.Errorf("%s: %s %s", query, got.Status, got.Text)
		}
	}
}

// An integer is one as JSON Schema has it, whatever way it is written.
func TestAnIntegerMayHaveAPoint(t *testing.T) {
	t.Parallel()
	s := start(t, new(events.ProductFilter))
	for body, want := range map[string]int{
		strings.Replace(newcomer, "1999", "1999.0", 1): 201, strings.Replace(newcomer, "1999", "1.999e3", 1): 201,
		strings.Replace(newcomer, "1999", "1999.5", 1): 422, strings.Replace(newcomer, "1999", "1e30", 1): 422,
	} {
		got := s.Do(t, functiontest.Catalog, "POST", "/products", body)
		if got.StatusCode != want || strings.Contains(got.Text, "int64") || strings.Contains(got.Text, "Go ") {
			t.Errorf("%s: %s %s", body, got.Status, got.Text)
		}
	}
	for _, c := range s.Commands() {
		var made events.ProductFields
		if err := json.Unmarshal(c.Data, &made); err != nil || made.Price.Amount != 1999 {
			t.Errorf("%s: %v", c.Data, err)
		}
	}
	patched := s.Do(t, functiontest.Catalog, "PATCH", "/products/"+published, `{"price":{"amount":5.0}}`, "If-Match", `"7"`, "Content-Type", "application/merge-patch+json")
	if patched.StatusCode != 200 {
		t.Errorf("patched: %s %s", patched.Status, patched.Text)
	}
}

func TestWrites(t *testing.T) {
	t.Parallel()
	s := start(t, new(events.ProductFilter))
	for name, c := range map[string]struct {
		token, method, path, body string
		headers                   []string
		want                      int
	}{
		"created":          {functiontest.Catalog, "POST", "", newcomer, nil, 201},
		"nobody":           {"", "POST", "", newcomer, nil, 401},
		"a customer":       {functiontest.Shopper, "POST", "", newcomer, nil, 403},
		"a viewer":         {functiontest.Viewer, "POST", "", newcomer, nil, 403},
		"own id, new":      {functiontest.Catalog, "PUT", "/" + unknown, newcomer, nil, 201},
		"own id, there":    {functiontest.Catalog, "PUT", "/" + published, newcomer, nil, 428},
		"replaced":         {functiontest.Catalog, "PUT", "/" + published, newcomer, []string{"If-Match", `"7"`}, 200},
		"patched":          {functiontest.Catalog, "PATCH", "/" + published, `{"price":{"amount":5},"imageUrl":null}`, []string{"If-Match", `"7"`, "Content-Type", "application/merge-patch+json"}, 200},
		"patch, no match":  {functiontest.Catalog, "PATCH", "/" + published, `{}`, []string{"Content-Type", "application/merge-patch+json"}, 428},
		"patch to nothing": {functiontest.Catalog, "PATCH", "/" + published, `{"name":null}`, []string{"If-Match", `"7"`, "Content-Type", "application/merge-patch+json"}, 422},
		"mass assignment":  {functiontest.Catalog, "POST", "", strings.Replace(newcomer, "{", `{"available":9,`, 1), nil, 422},
		"bad image":        {functiontest.Catalog, "POST", "", strings.Replace(newcomer, "{", `{"imageUrl":"http://x.example/a.png",`, 1), nil, 422},
		"deleted":          {functiontest.Catalog, "DELETE", "/" + published, "", []string{"If-Match", `"7"`}, 204},
		"deleted as read":  {functiontest.Catalog, "DELETE", "/" + published, "", []string{"If-Match", `"7.3"`}, 204},
		"sold meanwhile":   {functiontest.Catalog, "PUT", "/" + published, newcomer, []string{"If-Match", `"7.4"`}, 200},
		"weak match":       {functiontest.Catalog, "DELETE", "/" + published, "", []string{"If-Match", `W/"7"`}, 412},
		"later":            {functiontest.Catalog, "POST", "", newcomer, []string{"Prefer", "respond-async"}, 202},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.Do(t, c.token, c.method, "/products"+c.path, c.body, c.headers...)
			if got.StatusCode != c.want {
				t.Errorf("%s %s", got.Status, got.Text)
			}
			if c.want == 201 && (got.Header.Get("ETag") != `"7.3"` || !strings.HasPrefix(got.Header.Get("Location"), "/products/")) {
				t.Errorf("headers %v", got.Header)
			}
		})
	}
}

// What is sold changes what is shown: a reader who asks again is told, and whoever edits is not in its way.
func TestTheETagCoversWhatIsAvailable(t *testing.T) {
	t.Parallel()
	s := start(t, new(events.ProductFilter))
	got := map[string]int{}
	for _, known := range []string{`"7"`, `"7.4"`, `"6.3"`, `"7.3"`} {
		got[known] = s.Do(t, "", "GET", "/products/"+published, "", "If-None-Match", known).StatusCode
	}
	if diff := cmp.Diff(map[string]int{`"7"`: 200, `"7.4"`: 200, `"6.3"`: 200, `"7.3"`: 304}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	tag := s.Do(t, "", "GET", "/products/"+published, "").Header.Get("ETag")
	for method, body := range map[string]string{"PATCH": `{"status":"draft"}`, "PUT": newcomer, "DELETE": ""} {
		changed := s.Do(t, functiontest.Catalog, method, "/products/"+published, body, "If-Match", tag)
		if changed.StatusCode >= 300 {
			t.Errorf("%s with %s: %s %s", method, tag, changed.Status, changed.Text)
		}
	}
	for _, c := range s.Commands() {
		if !strings.Contains(string(c.Data), `"expectedVersion":7`) {
			t.Errorf("sent %s", c.Data)
		}
	}
}

func TestAMemberInAnotherCaseIsUnknown(t *testing.T) {
	t.Parallel()
	s := start(t, new(events.ProductFilter))
	for _, body := range []string{
		`{"sku":"A-1","name":"Lamp","price":{"amount":1999,"Amount":-5,"currency":"USD"},"status":"draft"}`,
		`{"sku":"A-1","name":"Lamp","price":{"amount":1999,"currency":"USD"},"status":"draft","Status":"sold"}`,
		`{"sku":"A-1","Name":"Lamp","price":{"amount":1999,"currency":"USD"},"status":"draft"}`,
	} {
		if got := s.Do(t, functiontest.Catalog, "POST", "/products", body); got.StatusCode != 422 || !strings.Contains(got.Text, "is not a member of this") {
			t.Errorf("%s: %s %s", body, got.Status, got.Text)
		}
	}
	if sent := s.Commands(); len(sent) != 0 {
		t.Errorf("sent %+v", sent)
	}
}

func TestAPatchReachesDBWhole(t *testing.T) {
	t.Parallel()
	s := start(t, new(events.ProductFilter))
	s.Do(t, functiontest.Catalog, "PATCH", "/products/"+published, `{"price":{"amount":5}}`, "If-Match", `"7"`, "Content-Type", "application/merge-patch+json")
	var got events.Change[events.ProductFields]
	if err := json.Unmarshal(s.Commands()[0].Data, &got); err != nil {
		t.Fatal(err)
	}
	want := events.Change[events.ProductFields]{ExpectedVersion: 7, Fields: lamp(published, events.ProductPublished).ProductFields}
	want.Fields.Price.Amount = 5
	want.Fields.TaxClass, want.Fields.WeightGrams, want.Fields.Family = "standard", new(int64), &events.FamilyPlace{} // an older db has not told them
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// To db the absence of a younger member means that it stays as it is; whoever replaces a product, or takes the member away, wants it as usual.
func TestWhatIsNotSaidIsAsUsual(t *testing.T) {
	t.Parallel()
	s := start(t, new(events.ProductFilter))
	patch := []string{"If-Match", `"7"`, "Content-Type", "application/merge-patch+json"}
	for _, c := range []struct {
		method, path, body string
		header             []string
	}{
		{"POST", "", newcomer, nil},
		{"PUT", "/" + published, newcomer, []string{"If-Match", `"7"`}},
		{"PATCH", "/" + published, `{"taxClass":null,"weightGrams":null,"name":"Lamp 2"}`, patch},
		{"PATCH", "/" + published, `{"taxClass":"reduced","weightGrams":750}`, patch},
	} {
		if got := s.Do(t, functiontest.Catalog, c.method, "/products"+c.path, c.body, c.header...); got.StatusCode >= 300 {
			t.Errorf("%s: %s %s", c.body, got.Status, got.Text)
		}
	}
	type said struct {
		TaxClass    string
		WeightGrams *int64
	}
	var got []said
	for _, c := range s.Commands() {
		var m struct {
			said
			Fields *said
		}
		if err := json.Unmarshal(c.Data, &m); err != nil {
			t.Fatal(err)
		}
		if m.Fields != nil {
			m.said = *m.Fields
		}
		got = append(got, m.said)
	}
	usual := said{"standard", new(int64)}
	if diff := cmp.Diff([]said{usual, usual, usual, {"reduced", new(int64(750))}}, got); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	for body, at := range map[string]string{`"taxClass":"Books!"`: "body.taxClass", `"weightGrams":-1`: "body.weightGrams", `"weightGrams":1000001`: "body.weightGrams"} {
		if got := s.Do(t, functiontest.Catalog, "POST", "/products", strings.Replace(newcomer, "{", "{"+body+",", 1)); got.StatusCode != 422 || !strings.Contains(got.Text, at) {
			t.Errorf("%s: %s %s", body, got.Status, got.Text)
		}
	}
}

// A patch that changes nothing is known to, whatever the fields are made of.
func TestAPatchThatChangesNothingIsNotSent(t *testing.T) {
	t.Parallel()
	s := start(t, new(events.ProductFilter))
	for _, body := range []string{`{}`, `{"weightGrams":0}`, `{"taxClass":"standard","name":"Lamp"}`} {
		if got := s.Do(t, functiontest.Catalog, "PATCH", "/products/"+published, body, "If-Match", `"7"`, "Content-Type", "application/merge-patch+json"); got.StatusCode != 200 {
			t.Errorf("%s: %s %s", body, got.Status, got.Text)
		}
	}
	if sent := s.Commands(); len(sent) != 0 {
		t.Errorf("sent %+v", sent)
	}
}

// A price without its amount would be a price of nothing.
func TestAPatchDoesNotRemoveAnAmount(t *testing.T) {
	t.Parallel()
	s := start(t, new(events.ProductFilter))
	for patch, want := range map[string]string{
		`{"price":{"amount":null}}`:               "body.price.amount",
		`{"price":{"currency":null}}`:             "body.price.currency",
		`{"price":null}`:                          "body.price",
		`{"status":null}`:                         "body.status",
		`{"name":"Lamp","price":{"amount":null}}`: "body.price.amount",
	} {
		got := s.Do(t, functiontest.Catalog, "PATCH", "/products/"+published, patch, "If-Match", `"7"`, "Content-Type", "application/merge-patch+json")
		var problem struct{ Errors []struct{ Location string } }
		if err := json.Unmarshal([]byte(got.Text), &problem); err != nil || got.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %s %s %v", patch, got.Status, got.Text, err)
			continue
		}
		if len(problem.Errors) != 1 || problem.Errors[0].Location != want {
			t.Errorf("%s: %+v", patch, problem.Errors)
		}
	}
	if sent := s.Commands(); len(sent) != 0 {
		t.Errorf("sent %+v", sent)
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	s := start(t, new(events.ProductFilter))
	for _, c := range []struct {
		method, path string
		want         int
		allow        string
	}{
		{"PATCH", "/products", 405, "GET, HEAD, POST, OPTIONS"},
		{"OPTIONS", "/products", 204, "GET, HEAD, POST, OPTIONS"},
		{"HEAD", "/products/" + published, 200, ""},
		{"GET", "/productsx", 404, ""},
		{"POST", "/", 404, ""},
	} {
		if got := s.Do(t, "", c.method, c.path, ""); got.StatusCode != c.want || got.Header.Get("Allow") != c.allow {
			t.Errorf("%+v: %s %q", c, got.Status, got.Header.Get("Allow"))
		}
	}
}

func BenchmarkGet(b *testing.B) {
	s := start(b, new(events.ProductFilter))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	b.ReportAllocs()
	for b.Loop() {
		res, err := client.Get(s.URL + "/products/" + published)
		if err != nil || res.StatusCode != 200 {
			b.Fatal(res, err)
		}
		_ = res.Body.Close()
	}
}
