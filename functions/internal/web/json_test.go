package web

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

func TestPlainInteger(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"1": "1", "1.0": "1", "-1.0": "-1", "0.0": "0", "-0.0": "0", "1e2": "100", "1E+2": "100", "1.50e1": "15", "100e-2": "1", "1200.000": "1200",
		"9223372036854775807.0": "9223372036854775807", "0e0": "0", "0.00e5": "0", "5e-0": "5",
		"1.5": "1.5", "1e-1": "1e-1", "15e-1": "15e-1", "1e400": "1e400", "1e99999999999999999999": "1e99999999999999999999", "1e-400": "1e-400",
	} {
		if got := plainInteger(number); got != want {
			t.Errorf("%s: %s, want %s", number, got, want)
		}
	}
}

func TestReadJSON_TakesIntegersAsTheSchemaDoes(t *testing.T) {
	t.Parallel()
	type line struct {
		Name     string  `json:"name"`
		Quantity int     `json:"quantity"`
		Amount   int64   `json:"amount"`
		Weight   float64 `json:"weight"`
	}
	type order struct {
		Lines []line `json:"lines"`
	}
	var got order
	body := `{"lines": [{"name": "1.0 \" 2.0 \\", "quantity": 1.0, "amount": 9007199254740993.0, "weight": 1.50}, {"name": "x", "quantity": 2e1}]}`
	if err := readJSON([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	want := order{Lines: []line{{Name: `1.0 " 2.0 \`, Quantity: 1, Amount: 9007199254740993, Weight: 1.5}, {Name: "x", Quantity: 20}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Nobody who calls the API need know what Go calls things.
func TestReadJSON_SaysInWordsWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	var into struct {
		Quantity int32           `json:"quantity"`
		Amount   *int64          `json:"amount"`
		Name     string          `json:"name"`
		Sold     bool            `json:"sold"`
		Lines    []int           `json:"lines"`
		Price    struct{ A int } `json:"price"`
	}
	for body, want := range map[string]string{
		`{"quantity": 1.5}`:   "quantity: expected an integer of at most 32 bits",
		`{"quantity": 1e12}`:  "quantity: expected an integer of at most 32 bits",
		`{"amount": 1e30}`:    "amount: expected an integer of at most 64 bits",
		`{"name": 1.0}`:       "name: expected a text",
		`{"sold": "yes"}`:     "sold: expected true or false",
		`{"lines": {}}`:       "lines: expected a list",
		`{"price": "free"}`:   "price: expected an object",
		`{"price":{"A":"x"}}`: "price.A: expected an integer of at most 64 bits",
		`[]`:                  "expected an object",
	} {
		if err := readJSON([]byte(body), &into); err == nil || err.Error() != want {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestPatch_TakesIntegersAsTheSchemaDoes(t *testing.T) {
	t.Parallel()
	type fields struct {
		Name     string `json:"name"`
		Position int    `json:"position"`
	}
	var p Patch[fields]
	if err := json.Unmarshal([]byte(`{"position": 7.0}`), &p); err != nil {
		t.Fatal(err)
	}
	got, err := p.Apply(fields{Name: "a", Position: 1})
	if diff := cmp.Diff(fields{Name: "a", Position: 7}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if err := json.Unmarshal([]byte(`{"position": 7.5}`), &p); err != nil {
		t.Fatal(err)
	}
	_, err = p.Apply(fields{})
	problem, ok := errors.AsType[*events.Problem](err)
	if !ok || problem.Errors[0].Location != "body.position" || problem.Errors[0].Message != "expected an integer of at most 64 bits" {
		t.Errorf("%v", err)
	}
}

// A patch is blamed only for what it says.
func TestPatch_MentionsOnlyItsMembers(t *testing.T) {
	t.Parallel()
	var p Patch[struct{}]
	if err := json.Unmarshal([]byte(`{"price": {"amount": -1}, "lines": [{"quantity": 0}], "offer": null}`), &p); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, path := range []string{"name", "price", "price.amount", "price.currency", "lines[0].quantity", "offer", "offer.days"} {
		if mentioned(p.changes, path) {
			got = append(got, path)
		}
	}
	if d := cmp.Diff([]string{"price", "price.amount", "lines[0].quantity", "offer"}, got); d != "" {
		t.Error(d)
	}
}

// A member that is always there cannot be removed, however deep: without it the value would read as zero.
func TestPatch_RemovesOnlyWhatMayBeAbsent(t *testing.T) {
	t.Parallel()
	type price struct {
		Amount int64  `json:"amount"`
		Note   string `json:"note,omitempty"`
	}
	type fields struct {
		Name  string   `json:"name"`
		Words string   `json:"words,omitempty"`
		Roles []string `json:"roles"`
		Price price    `json:"price"`
		Offer *struct {
			Price price `json:"price"`
			Days  int   `json:"days"`
		} `json:"offer,omitempty"`
	}
	current := fields{Name: "a", Words: "w", Roles: []string{"r"}, Price: price{5000, "n"}}
	for patch, want := range map[string][]string{
		`{"words": null, "price": {"note": null}, "offer": null}`: nil,
		`{"offer": {"days": 1, "price": {"amount": 0}}}`:          nil,
		`{"price": {"amount": null}}`:                             {"body.price.amount"},
		`{"price": {"amount": null, "other": 1}, "name": null}`:   {"body.name", "body.price.amount"},
		`{"price": {}, "roles": null}`:                            {"body.roles"},
		`{"price": null}`:                                         {"body.price"},
		`{"offer": {"days": 1}}`:                                  {"body.offer.price"},
		`{"offer": {"days": null, "price": {"note": "x"}}}`:       {"body.offer.days", "body.offer.price.amount"},
	} {
		var p Patch[fields]
		if err := json.Unmarshal([]byte(patch), &p); err != nil {
			t.Fatal(err)
		}
		_, err := p.Apply(current)
		var got []string
		if problem, ok := errors.AsType[*events.Problem](err); ok {
			for _, fault := range problem.Errors {
				got = append(got, fault.Location)
			}
		} else if err != nil {
			t.Errorf("%s: %v", patch, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", patch, d)
		}
	}
}
