package events

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A payload that two readers may read differently is not readable: what would be stored is not what somebody has checked.
func TestDecode_TakesOneReadingOnly(t *testing.T) {
	t.Parallel()
	for raw, readable := range map[string]bool{
		`{"name": "Å", "slug": "a"}`: true, `{"name": "\u00c5\ud83d\ude42", "slug": "a"}`: true, ` {} `: true,
		`{"name": "a", "name": "b"}`: false, "{\"name\": \"a\xff\"}": false, `{"name": "\ud800"}`: false, `{"name": "\udc00\ud800"}`: false, `{} {}`: false, ``: false,
	} {
		if _, err := CreateBrand.Decode(nil, []byte(raw)); (err == nil) != readable {
			t.Errorf("%q: %v", raw, err)
		}
	}
	got, err := CreateBrand.Decode(nil, []byte(`{"name": "\u00c5\ud83d\ude42", "slug": "a"}`))
	if diff := cmp.Diff(BrandFields{Name: "Å🙂", Slug: "a"}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}
