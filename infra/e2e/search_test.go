package e2e

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/onlinemart/mart/infra/client"
)

// letters is a word that nobody else has.
func letters() string {
	return strings.Map(func(r rune) rune {
		if r == '-' {
			return -1
		}
		return 'a' + r%20
	}, uuid.NewString()[:13])
}

// searched is the names of what anybody finds, page by page.
func (m mart) searched(ctx context.Context, t *testing.T, words, more string) (names []string) {
	t.Helper()
	at := "/products?limit=1&q=" + url.QueryEscape(words) + more
	for next := at; ; {
		page, err := client.Get[client.Page[client.Product]](ctx, m.api, next)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Items {
			names = append(names, p.Name)
		}
		if page.NextCursor == "" {
			return names
		}
		next = at + "&cursor=" + url.QueryEscape(page.NextCursor)
	}
}

// Who looks for something in a shop finds it as people write, the best first, whatever the page's size.
func TestProductsAreFoundAsPeopleWrite(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	word, price := letters(), client.Money{Amount: 500, Currency: "USD"}
	lamp, desk, cup := "Lámpara "+word, "Desk lámpara/"+word, "Café-cup for a "+word
	for _, name := range []string{lamp, desk, cup} {
		if _, err := client.Post[client.Product](ctx, m.owner, "/products", map[string]any{
			"sku": strings.ToUpper(word) + "-" + name[:1] + ".7", "name": name, "price": price, "status": "published",
		}); err != nil {
			t.Fatal(err)
		}
	}
	mistyped := word[1:2] + word[:1] + word[2:]
	for _, c := range []struct {
		words, more string
		want        []string
	}{
		{"lampara " + word, "", []string{lamp, desk}},
		{"LA\u0301MPARA " + word, "", []string{lamp, desk}},
		{word + " lam", "", []string{desk, lamp}},
		{word, "", []string{cup, desk, lamp}},
		{word, "&sort=name", []string{cup, desk, lamp}},
		{word, "&sort=-name", []string{lamp, desk, cup}},
		{word + "-d.7", "", []string{desk}},
		{word + "d7", "", []string{desk}},
		{"cafe cup " + word, "", []string{cup}},
		{"cafecup " + word, "", []string{cup}},
		{word + " -cup", "", []string{desk, lamp}},
		{mistyped + " lampara", "", []string{desk, lamp}},
		{mistyped + " desc", "", []string{desk}},
	} {
		if diff := cmp.Diff(c.want, m.searched(ctx, t, c.words, c.more)); diff != "" {
			t.Errorf("%q%s (-want +found):\n%s", c.words, c.more, diff)
		}
	}
}
