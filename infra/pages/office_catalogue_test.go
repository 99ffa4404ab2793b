package pages

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/onlinemart/mart/infra/client"
)

// chosen chooses in a field of the dialog by what people read.
func (w *window) chosen(t *testing.T, name, says string) {
	t.Helper()
	w.await(t, `(() => {
		const s = document.querySelector('#dialog [name="`+name+`"]'), o = [...s.options].find(o => o.textContent === '`+says+`');
		if (!o) return false;
		s.value = o.value;
		s.dispatchEvent(new Event('input', { bubbles: true }));
		return true;
	})()`)
}

// row presses a button in the row of a list that says this.
func (w *window) row(t *testing.T, says, button string) {
	t.Helper()
	w.await(t, `(() => {
		const b = [...document.querySelectorAll('#room tbody tr')].find(r => r.innerText.includes('`+says+`'))?.querySelector('[id^="`+button+`-"]');
		b?.focus();
		b?.click();
		return Boolean(b);
	})()`)
}

// The whole of a catalogue is made by clicks: brand, tree, family, a product with its first stock, which is then changed; and all of it goes again.
func TestOfficeKeepsTheCatalogue(t *testing.T) { // nothing beside it, likewise
	ctx := t.Context()
	is := client.NewKey().Value[:8]
	picture := shop.URL + "/shop/pictures/apron-flax.svg"
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office/brands", shop.Owner.Email, shop.Owner.Password)
	goTo := func(room string) {
		w.do(t, chromedp.Navigate(shop.URL+"/office/"+room))
		w.await(t, drawn)
	}
	create := func(fields ...string) {
		w.press(t, "new")
		for i := 0; i < len(fields); i += 2 {
			w.fill(t, fields[i], fields[i+1])
		}
	}
	create("name", "Brand "+is, "slug", "Not A Slug")
	w.press(t, "dialog-go")
	w.await(t, `document.querySelector('#dialog [name="slug"]').getAttribute('aria-invalid') === 'true' && document.activeElement.name === 'slug' && document.querySelector('#dialog .problem').hidden`)
	w.faultless()
	w.inspect(t, "office fault at its field desk")
	w.fill(t, "slug", "brand-"+is)
	w.await(t, `!document.querySelector('#dialog .wrong, #dialog [aria-invalid]')`)
	w.agree(t)
	w.await(t, shows("brand-"+is))
	create("name", "Other "+is, "slug", "brand-"+is)
	w.press(t, "dialog-go")
	w.await(t, `document.querySelector('#dialog [name="slug"]').getAttribute('aria-invalid') === 'true'`) // another has it
	w.faultless()
	w.fill(t, "slug", "other-"+is)
	w.agree(t)
	w.await(t, shows("other-"+is))

	goTo("categories")
	create("name", "Top "+is)
	w.agree(t)
	w.await(t, shows("Top "+is))
	create("name", "Below "+is)
	w.chosen(t, "parentId", "Top "+is)
	w.agree(t)
	w.await(t, shows("Below "+is))
	create("name", "Leaf "+is)
	w.agree(t)
	w.row(t, "Leaf "+is, "change")
	w.chosen(t, "parentId", "Top "+is+" › Below "+is)
	if says := w.says(t); !strings.Contains(says, "It moves below Top "+is+" › Below "+is) {
		t.Errorf("of a move it says %q", says)
	}
	w.agree(t)
	w.await(t, `[...document.querySelectorAll('#room tbody tr')].some(r => r.textContent.includes('Top `+is+` › Below `+is+` › Leaf'))`)
	w.inspect(t, "office tree desk")

	goTo("families")
	create("name", "Family "+is, "options", "nonsense")
	w.press(t, "dialog-go")
	w.await(t, `document.querySelector('#dialog .wrong').textContent.includes('size: S, M, L')`)
	w.fill(t, "options", "size: S, M, L")
	w.agree(t)
	w.await(t, shows("size: S, M, L"))

	goTo("products")
	create("name", "Shirt "+is, "sku", "SHIRT-"+is, "price", "nothing")
	w.press(t, "dialog-go")
	w.await(t, `document.querySelector('#dialog [name="price"]').getAttribute('aria-invalid') === 'true'`)
	w.fill(t, "price", "19.99")
	w.fill(t, "currency", "EUR")
	w.fill(t, "description", "It is blue.")
	w.fill(t, "imageUrl", picture)
	w.fill(t, "options", "size: M")
	w.fill(t, "weightGrams", "250")
	w.fill(t, "stock", "7")
	w.chosen(t, "categoryId", "Top "+is+" › Below "+is+" › Leaf "+is)
	w.chosen(t, "brandId", "Brand "+is)
	w.chosen(t, "familyId", "Family "+is)
	w.chosen(t, "status", "published")
	w.inspect(t, "office new product desk")
	w.agree(t)
	w.await(t, `location.pathname.startsWith('/office/products/') && document.getElementById('title').textContent.includes('Shirt `+is+`') && `+shows("€19.99"))
	var at string
	w.do(t, chromedp.Location(&at))
	id := at[strings.LastIndex(at, "/")+1:]
	type product struct {
		Description string            `json:"description"`
		ImageURL    string            `json:"imageUrl"`
		Options     map[string]string `json:"options"`
		WeightGrams int64             `json:"weightGrams"`
		Available   int64             `json:"available"`
		Status      string            `json:"status"`
	}
	p, err := client.Get[product](ctx, ownerOf(ctx, t), "/products/"+id)
	if err != nil || p.Description != "It is blue." || p.ImageURL != picture || p.Options["size"] != "M" || p.WeightGrams != 250 || p.Available != 7 || p.Status != "published" {
		t.Errorf("the product is %+v %v", p, err)
	}
	w.press(t, "edit")
	w.fill(t, "description", "It is green.")
	w.fill(t, "options", "size: L")
	w.fill(t, "weightGrams", "300")
	w.agree(t)
	w.await(t, shows("It is green."))
	if p, err = client.Get[product](ctx, ownerOf(ctx, t), "/products/"+id); err != nil || p.Options["size"] != "L" || p.WeightGrams != 300 || p.ImageURL != picture {
		t.Errorf("the product is %+v %v", p, err)
	}

	goTo("brands")
	w.row(t, "brand-"+is, "delete")
	w.press(t, "dialog-go")
	w.await(t, `!document.querySelector('#dialog .problem').hidden`) // a product has it
	w.faultless()
	w.chosen(t, "reassign", "Other "+is)
	w.inspect(t, "office delete a brand desk")
	w.agree(t)
	w.await(t, `!`+shows("brand-"+is)+` && `+shows("other-"+is))
}

// What orders cost beside the goods is made, changed and taken away.
func TestOfficeKeepsShippingAndTaxes(t *testing.T) { // nothing beside it, likewise
	is := client.NewKey().Value[:8]
	w := open(t, screens[2], shop.URL)
	w.logIn(t, "/office/shipping-methods", shop.Owner.Email, shop.Owner.Password)
	w.press(t, "new")
	w.fill(t, "name", "Post "+is)
	w.fill(t, "zones", "ZW, ZM: 10, 11")
	w.fill(t, "delivery", "soon")
	w.fill(t, "price", "weight EUR\n4.90 up to 2000\n9.90\nfree from 50")
	w.press(t, "dialog-go")
	w.await(t, `document.querySelector('#dialog [name="delivery"]').getAttribute('aria-invalid') === 'true'`)
	w.inspect(t, "office shipping method phone")
	w.fill(t, "delivery", "2-4")
	w.agree(t)
	w.await(t, shows("€4.90 up to 2000 g; €9.90; nothing from €50.00")+` && `+shows("ZW, ZM: 10, 11"))
	w.row(t, "Post "+is, "change")
	w.chosen(t, "status", "retired")
	w.agree(t)
	w.await(t, `[...document.querySelectorAll('#room tbody tr')].some(r => r.innerText.includes('Post `+is+`') && r.innerText.includes('retired'))`)
	w.row(t, "Post "+is, "delete")
	w.agree(t)
	w.await(t, `!`+shows("Post "+is))

	w.do(t, chromedp.Navigate(shop.URL+"/office/tax-rates"))
	w.await(t, drawn)
	w.press(t, "new")
	w.fill(t, "name", "Tax "+is)
	w.fill(t, "country", "Zimbabwe")
	w.fill(t, "rate", "8.375")
	w.do(t, chromedp.SetValue(`#dialog [name="validFrom"]`, "2026-01-01T00:00", chromedp.ByQuery))
	w.fill(t, "taxClass", "seen-"+is)
	w.press(t, "dialog-go")
	w.await(t, `document.querySelector('#dialog [name="country"]').getAttribute('aria-invalid') === 'true'`)
	w.faultless()
	w.fill(t, "country", "ZW")
	w.agree(t)
	w.await(t, shows("8.375 %"))
	w.inspect(t, "office taxes phone")
	w.row(t, "Tax "+is, "delete")
	w.agree(t)
	w.await(t, `!`+shows("Tax "+is))
}
