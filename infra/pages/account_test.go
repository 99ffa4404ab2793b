package pages

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	downloads "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/onlinemart/mart/infra/client"
)

const oldPassword, newPassword = "nine quiet boats on tuesday", "seven loud trains on friday"

// member is a customer who is logged in, in the shop in w and through the API, on their account's page.
func member(t *testing.T, w *window, email, name string) client.Client {
	t.Helper()
	c, _, err := client.New(shop.URL).Register(t.Context(), email, name, oldPassword)
	if err != nil {
		t.Fatal(err)
	}
	w.do(t, goes(storefront()+"/log-in?next=/account", "form"), writes("email", email), writes("password", oldPassword), click("Log in"), says(".lead", "Hello, "+name), chromedp.Poll(settled, nil))
	return c
}

// in is what a section of the account has within it.
func in(section, selector string) string {
	return fmt.Sprintf("section[aria-labelledby=%s] %s", section, selector)
}

// opens opens what is folded in a section.
func opens(section string) chromedp.Action {
	return chromedp.Click(in(section, "summary"), chromedp.ByQuery)
}

// fills writes into a field of a section, instead of what stands there; sends sends its form with the keyboard.
func fills(section, name, text string) chromedp.Action {
	field := in(section, fmt.Sprintf("[name=%q]", name))
	return chromedp.Tasks{chromedp.WaitVisible(field, chromedp.ByQuery), chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%q).select()`, field), nil), chromedp.SendKeys(field, text, chromedp.ByQuery)}
}

func sends(section, name string) chromedp.Action {
	return chromedp.SendKeys(in(section, fmt.Sprintf("[name=%q]", name)), kb.Enter, chromedp.ByQuery)
}

// told waits until a section says so, and the reader is there.
func told(section, text string) chromedp.Action {
	return chromedp.Tasks{says(in(section, ".done"), text), chromedp.Poll(fmt.Sprintf(`document.activeElement.id === %q`, section), nil)}
}

type person struct {
	Name, Phone, Language, Email string
}

// A customer changes what the mart knows of them, by clicks and by the keyboard, and the mart knows it then.
func TestShopAccount(t *testing.T) {
	w := open(t, screens[2], shop.URL)
	const email, next = "account.shop@example.com", "account.moved@example.com"
	c := member(t, w, email, "Ada Account")
	w.inspect(t, "account phone")
	w.do(t, fills("details", "name", "Ada Lovelace"), fills("details", "phone", "+44 20 7946 0958"), chromedp.SetValue(in("details", "select"), "de", chromedp.ByQuery),
		sends("details", "name"), told("details", "Saved."), says(".lead", "Hello, Ada Lovelace"))
	who, err := client.Get[person](t.Context(), c, "/customers/me")
	if want := (person{"Ada Lovelace", "+442079460958", "de", email}); err != nil || who != want {
		t.Errorf("the mart knows %+v, %v; want %+v", who, err, want)
	}

	w.expect("422")
	w.do(t, opens("email"), fills("email", "email", next), fills("email", "password", "not my password"), sends("email", "email"), says(in("email", ".fault:not(:empty)"), "It is not your password."))
	w.inspect(t, "account wrong password phone")
	w.do(t, fills("email", "password", oldPassword), chromedp.Poll(`document.querySelectorAll('[aria-invalid], .fault:not(:empty)').length === 0`, nil), sends("email", "email"), says(in("email", ".done"), "on its way to "+next))
	link := verification(t, next)
	w.do(t, goes(link, ".card"), click("Confirm my address"), says(".card", "your address is confirmed"), goes(storefront()+"/account", "#email"), says(in("email", "strong"), next), says(in("email", ".quiet"), "confirmed"))

	w.do(t, opens("password"), fills("password", "current", oldPassword), fills("password", "new", newPassword), sends("password", "new"), told("password", "Changed."))
	if _, err := client.New(shop.URL).Enter(t.Context(), client.Storefront, next, oldPassword); err == nil {
		t.Error("the former password still opens the account")
	}
	if _, err := client.New(shop.URL).Enter(t.Context(), client.Storefront, next, newPassword); err != nil {
		t.Errorf("the new password: %v", err)
	}
	w.inspect(t, "account changed phone")
}

// verification is the link that makes an address somebody's.
func verification(t *testing.T, address string) string {
	t.Helper()
	pattern := regexp.MustCompile(regexp.QuoteMeta(storefront()) + `/verify-email#token=[^\s"<>]+`)
	m, err := client.New(shop.MailURL).AwaitMail(t.Context(), address, func(client.Mail) bool { return true }) // there is none but that
	if err != nil {
		t.Fatal(err)
	}
	return pattern.FindString(m.Text)
}

type kept struct {
	Name, Line1, Line2, City, PostalCode, Country string
}

// The address book: an address is added, changed, and taken out once that was confirmed; the checkout offers it, and quotes for the one that is chosen.
func TestShopAddressBook(t *testing.T) {
	w := open(t, screens[0], shop.URL)
	c := member(t, w, "book.shop@example.com", "Ada Book")
	book := func() (all []kept) {
		t.Helper()
		page, err := client.Get[client.Page[kept]](t.Context(), c, "/customers/me/addresses")
		if err != nil {
			t.Fatal(err)
		}
		return page.Items
	}
	add := func(line1, city, code string) chromedp.Action {
		return chromedp.Tasks{opens("addresses"), fills("addresses", "name", "Ada Book"), fills("addresses", "line1", line1), fills("addresses", "postalCode", code), fills("addresses", "city", city),
			sends("addresses", "city"), told("addresses", "It is in your address book."), says(".book", line1)}
	}
	w.do(t, add("1 Main Street", "London", "N1 9GU"), add("2 Side Street", "Leeds", "LS1 4AP"))
	w.inspect(t, "account addresses desk")
	press := func(what, line1 string) chromedp.Action {
		return chromedp.Click(fmt.Sprintf(`[aria-label="%s Ada Book, %s"]`, what, line1), chromedp.ByQuery)
	}
	w.do(t, press("Change", "1 Main Street"), chromedp.Poll(`document.activeElement.matches('.book [name="name"]')`, nil), fills("addresses", "line2", "Second floor"), sends("addresses", "line2"), told("addresses", "It is changed."))
	home, office := kept{"Ada Book", "1 Main Street", "Second floor", "London", "N1 9GU", "GB"}, kept{"Ada Book", "2 Side Street", "", "Leeds", "LS1 4AP", "GB"}
	if got, want := book(), []kept{office, home}; !slices.Equal(got, want) {
		t.Errorf("in the book are %+v, want %+v", got, want)
	}
	filled(t, w, 2000)
	const chosen = `document.querySelector('[name="shippingAddress.line1"]').value`
	var first, second string
	w.do(t, goes(storefront()+"/checkout", ".checkout"), says(".ways", "Parcel"), chromedp.Evaluate(chosen, &first),
		chromedp.Evaluate(`{ const book = document.querySelector('main select'); book.value = '1'; book.dispatchEvent(new Event('change', { bubbles: true })) }`, nil),
		chromedp.Poll(chosen+` === '1 Main Street'`, nil), chromedp.Evaluate(chosen, &second))
	if first != office.Line1 || second != home.Line1 {
		t.Errorf("the checkout begins with %q, and then has %q", first, second)
	}
	w.inspect(t, "checkout with an address book desk")
	w.do(t, goes(storefront()+"/account", ".book li"), press("Take out", "2 Side Street"), chromedp.WaitVisible("dialog", chromedp.ByQuery), chromedp.KeyEvent(kb.Escape), chromedp.WaitNotPresent("dialog", chromedp.ByQuery),
		chromedp.Poll(`document.activeElement.ariaLabel === 'Take out Ada Book, 2 Side Street'`, nil))
	if n := len(book()); n != 2 {
		t.Errorf("who says no has %d", n)
	}
	w.do(t, press("Take out", "2 Side Street"), chromedp.WaitVisible("dialog", chromedp.ByQuery))
	w.inspect(t, "account take out desk")
	w.do(t, click("Take it out"), told("addresses", "It is taken out."))
	if got, want := book(), []kept{home}; !slices.Equal(got, want) {
		t.Errorf("in the book are left %+v, want %+v", got, want)
	}
}

// A customer takes all of their data away in one file, reads what stays, and is gone.
func TestShopLetsGo(t *testing.T) {
	w := open(t, screens[2], shop.URL)
	const email = "going.shop@example.com"
	c := member(t, w, email, "Ada Going")
	if _, err := c.Send(t.Context(), "POST", "/customers/me/addresses", client.Address("Ada Going"), client.NewKey()); err != nil {
		t.Fatal(err)
	}
	var export struct {
		Account struct{ Email string }
		Orders  []client.Order
	}
	saved := w.download(t, click("Save my data"))
	if err := json.Unmarshal(saved, &export); err != nil || export.Account.Email != email || export.Orders == nil || !strings.Contains(string(saved), "1 Harbour Street") {
		t.Errorf("the file has %v: %.300s", err, saved)
	}
	w.inspect(t, "account saved phone")
	w.do(t, click("Erase my account"), says("dialog", "What stays"))
	w.inspect(t, "account erase phone")
	w.do(t, chromedp.KeyEvent(kb.Enter), chromedp.WaitNotPresent("dialog", chromedp.ByQuery)) // the first button is the way back
	if _, err := client.Get[person](t.Context(), c, "/customers/me"); err != nil {
		t.Errorf("who says no is gone: %v", err)
	}
	w.do(t, click("Erase my account"), click("Erase it for good"), says("h1", "Your account is erased"), says("#who", "Log in"))
	w.inspect(t, "account erased phone")
	if _, err := client.New(shop.URL).Enter(t.Context(), client.Storefront, email, oldPassword); err == nil {
		t.Error("who is erased logs in")
	}
	w.do(t, goes(storefront()+"/account", "form"), says("h1", "Log in"))
}

// download is the file that an action has the browser save.
func (w *window) download(t *testing.T, action chromedp.Action) []byte {
	t.Helper()
	folder, done := t.TempDir(), make(chan string, 1)
	chromedp.ListenTarget(w.ctx, func(event any) {
		if e, ok := event.(*downloads.EventDownloadProgress); ok && e.State == downloads.DownloadProgressStateCompleted {
			done <- e.GUID
		}
	})
	w.do(t, downloads.SetDownloadBehavior(downloads.SetDownloadBehaviorBehaviorAllowAndName).WithDownloadPath(folder).WithEventsEnabled(true), action)
	select {
	case id := <-done:
		content, err := os.ReadFile(filepath.Join(folder, id))
		if err != nil {
			t.Fatal(err)
		}
		return content
	case <-w.ctx.Done():
		t.Fatal(context.Cause(w.ctx), "nothing is saved")
		return nil
	}
}

// The account is whole on each screen.
func TestShopAccountOnEachScreen(t *testing.T) {
	for i, s := range screens {
		w := open(t, s, shop.URL)
		c := member(t, w, fmt.Sprintf("screen-%d.shop@example.com", i), "Ada Screen")
		if _, err := c.Send(t.Context(), "POST", "/customers/me/addresses", client.Address("Ada Screen"), client.NewKey()); err != nil {
			t.Fatal(err)
		}
		w.do(t, chromedp.Reload(), chromedp.WaitVisible(".book li", chromedp.ByQuery), opens("email"), opens("password"), chromedp.Poll(settled, nil))
		w.inspect(t, "account "+s.name)
		w.do(t, chromedp.ScrollIntoView("#data", chromedp.ByQuery))
		w.inspect(t, "account end "+s.name)
	}
}
