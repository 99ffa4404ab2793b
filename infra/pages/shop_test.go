package pages

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/onlinemart/mart/infra/client"
)

// storefront is the shop of the mart that is looked at.
func storefront() string { return shop.URL + "/shop" }

// goes opens a page of the shop and waits for what it shows.
func goes(to, shows string) chromedp.Action {
	return chromedp.Tasks{chromedp.Navigate(to), chromedp.WaitVisible(shows, chromedp.ByQuery), chromedp.Poll(settled, nil)}
}

// says waits until the first element that selector finds says so.
func says(selector, text string) chromedp.Action {
	return chromedp.PollFunction(`(selector, text) => document.querySelector(selector)?.textContent.includes(text)`, nil, chromedp.WithPollingArgs(selector, text))
}

// click clicks the first button or link that is called so, as soon as there is one.
func click(name string) chromedp.Action {
	const find = `name => {
		const found = [...document.querySelectorAll('main button, main a, main summary, main label')].find(e => e.textContent.trim().startsWith(name) && e.checkVisibility());
		document.querySelectorAll('[data-found]').forEach(e => e.removeAttribute('data-found'));
		found?.setAttribute('data-found', '');
		return !!found;
	}`
	return chromedp.Tasks{chromedp.PollFunction(find, nil, chromedp.WithPollingArgs(name)), chromedp.Click("[data-found]", chromedp.ByQuery)}
}

// writes puts a text into the field of that name.
func writes(name, text string) chromedp.Action {
	at := fmt.Sprintf(`main [name=%q]`, name)
	return chromedp.Tasks{chromedp.WaitVisible(at, chromedp.ByQuery), chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%q).select()`, at), nil), chromedp.SendKeys(at, text+kb.Tab, chromedp.ByQuery)}
}

// somebody writes at the checkout who they are and where it goes.
func somebody(email string) chromedp.Action {
	all := chromedp.Tasks{}
	if email != "" {
		all = append(all, writes("guest.email", email))
	}
	return append(all, writes("shippingAddress.name", "Gil Guest"), writes("shippingAddress.line1", "1 Main Street"), writes("shippingAddress.postalCode", "N1 9GU"),
		writes("shippingAddress.city", "London"), says(".ways", "Parcel"))
}

// filled opens the shop with so many of a product of the test's own in the cart.
func filled(t *testing.T, w *window, price int64) client.Product {
	t.Helper()
	owner, err := shop.OwnerClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := owner.Stocked(t.Context(), "SHOP-"+client.NewKey().Value[:8], "Teapot "+t.Name(), client.Money{Amount: price, Currency: "GBP"}, 5)
	if err != nil {
		t.Fatal(err)
	}
	w.do(t, goes(storefront()+"/products/"+p.ID, "article h1"), click("Put into the cart"), says(".done", "1 in your cart"))
	return p
}

// at is the path of the page, once it is there.
func at(pattern string, path *string) chromedp.Action {
	wanted := regexp.MustCompile(pattern)
	return becomes(`location.pathname`, path, func() bool { return wanted.MatchString(*path) })
}

var linkInMail = regexp.MustCompile(`https?://[^\s"<>]+/orders/[^\s"<>]+#token=[^\s"<>]+`)

// mailed is the link to an order in the mail that confirms it.
func mailed(ctx context.Context, t *testing.T, address string) string {
	t.Helper()
	m, err := client.New(shop.MailURL).AwaitMail(ctx, address, func(m client.Mail) bool { return strings.Contains(m.Subject, "order") })
	if err != nil {
		t.Fatal(err)
	}
	return linkInMail.FindString(m.Text)
}

// charges is how often the provider has charged for an order.
func charges(ctx context.Context, t *testing.T, order string) (captured []client.Payment) {
	t.Helper()
	owner, err := shop.OwnerClient(ctx)
	if err != nil {
		t.Fatal(err)
	}
	all, err := client.Get[client.Page[client.Payment]](ctx, owner, "/payments?orderId="+order)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all.Items {
		if p.Status == "captured" {
			captured = append(captured, p)
		}
	}
	return captured
}

// A guest searches, chooses, orders, is asked by their bank, comes back, and finds the order again by the link in the mail; each page is whole on each screen.
func TestShop(t *testing.T) {
	for i, s := range screens {
		t.Run("on a "+s.name, func(t *testing.T) { // one after the other: a browser draws only the window in front
			w := open(t, s, shop.URL, shop.PaymentGateway)
			email := fmt.Sprintf("shop-%d@example.com", i)
			var order string
			look := func(page string) {
				w.inspect(t, page+" "+s.name)
				if s.width < 500 {
					w.fitsThumbs(t, page)
				}
			}
			w.do(t, goes(storefront(), ".grid li"))
			look("shop list")
			w.do(t, click("Home"), says("h1", "Home"), says(".chips + .chips", "KitchenLight"), click("Kitchen"), says("h1", "Kitchen"), says(".chips .within", "Home"), chromedp.Poll(settled, nil))
			look("shop category")
			w.do(t, chromedp.SendKeys("#q", "apron"+kb.Enter, chromedp.ByQuery), says("h1", "apron"), says(".grid", "Linen apron"))
			look("shop search")
			w.do(t, click("Linen apron"), says("article h1", "Linen apron"), click("Moss"), says("article h1", "moss"), chromedp.Poll(settled, nil))
			look("shop product")
			w.do(t, click("Put into the cart"), says(".done", "1 in your cart"), says("#count", "1"), click("To the cart"), says("h1", "Your cart"), chromedp.WaitVisible(".lines img", chromedp.ByQuery))
			look("shop cart")
			w.do(t, click("To the checkout"), somebody(email), says(".sum", "VAT"), click("Express"), says(".sum", "Express"), chromedp.Poll(settled, nil))
			look("shop checkout")
			w.do(t, click("Place the order"), at("/orders/.", &order), says("h2", "Pay"), says("address + p", "Until you have paid"), chromedp.Poll(settled, nil))
			look("shop order to pay")
			w.do(t, click("Visa with 3-D Secure"), click("Pay £"), chromedp.WaitVisible(`button[value=complete]`, chromedp.ByQuery),
				chromedp.Click(`button[value=complete]`, chromedp.ByQuery), chromedp.WaitVisible(".steps", chromedp.ByQuery), says("h1", "Thank you: order M-"), says(".where", "The confirmation goes to "+email), chromedp.Poll(settled, nil))
			look("shop order paid")
			id := order[strings.LastIndexByte(order, '/')+1:]
			if paid := charges(w.ctx, t, id); len(paid) != 1 {
				t.Errorf("charged %d times", len(paid))
			}
			link := mailed(w.ctx, t, email)
			if !strings.HasPrefix(link, storefront()+"/orders/"+id+"#token=") {
				t.Fatalf("the mail leads to %s", link)
			}
			var address string
			w.do(t, chromedp.Evaluate(`localStorage.clear(); sessionStorage.clear()`, nil), goes(storefront()+"/orders/"+id, "h1"), says("h1", "You cannot see this order here"),
				chromedp.Navigate(shop.URL+"/look.css"), goes(link, ".steps"), says(".state", "Paid"), chromedp.Location(&address))
			if address != storefront()+"/orders/"+id {
				t.Errorf("what opens the order stays in the address: %s", address)
			}
		})
	}
}

// However often somebody clicks, reloads and goes back, there is one order and one charge.
func TestShopDoesNothingTwice(t *testing.T) {
	w := open(t, screens[0], shop.URL)
	p := filled(t, w, 2000)
	twice := func(button string) chromedp.Action {
		return chromedp.Evaluate(fmt.Sprintf(`{const b = [...document.querySelectorAll('main button')].find(b => b.textContent.startsWith(%q)); b.click(); b.click(); b.form.requestSubmit(); b.click()}`, button), nil)
	}
	var order, again string
	w.do(t, goes(storefront()+"/checkout", ".checkout"), somebody("twice@example.com"), chromedp.Reload(), says(".ways", "Parcel"), says(".sum", "Total"), twice("Place the order"), at("/orders/.", &order), says("h2", "Pay"),
		travels(-1), at("/orders/.", &again), says("h2", "Pay"))
	if again != order {
		t.Errorf("the way back leads to %s, want %s", again, order)
	}
	w.do(t, twice("Pay £"), says(".state", "Paid"), chromedp.Reload(), chromedp.WaitVisible(".steps", chromedp.ByQuery), says(".state", "Paid"), travels(-1), chromedp.WaitVisible("article", chromedp.ByQuery),
		travels(1), chromedp.WaitVisible(".steps", chromedp.ByQuery), says(".state", "Paid"))
	id := order[strings.LastIndexByte(order, '/')+1:]
	owner, err := shop.OwnerClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	orders, err := client.Get[client.Page[client.Order]](t.Context(), owner, "/orders?productId="+p.ID)
	if err != nil || len(orders.Items) != 1 || orders.Items[0].ID != id {
		t.Errorf("ordered %d times, %v", len(orders.Items), err)
	}
	if paid := charges(t.Context(), t, id); len(paid) != 1 || paid[0].Amount != (client.Money{Amount: 2390, Currency: "GBP"}) {
		t.Errorf("charged %+v", paid)
	}
	w.inspect(t, "shop once")
}

// Somebody registers, orders what they had in the cart before, and sends it back when it has arrived.
func TestShopForCustomers(t *testing.T) {
	w := open(t, screens[2], shop.URL)
	p := filled(t, w, 6000)
	var order string
	w.do(t, goes(storefront()+"/log-in", "form"))
	w.inspect(t, "shop log-in")
	w.do(t, chromedp.Evaluate(`document.querySelector('.skip').click()`, nil), chromedp.Poll(`document.activeElement.id === 'main'`, nil))
	w.do(t, click("I have no account"), says("h1", "Open an account"), writes("name", "Ada Buyer"), writes("email", "ada.shop@example.com"), writes("password", "nine quiet boats on tuesday"))
	w.inspect(t, "shop register")
	w.do(t, click("Open the account"), says(".lead", "Hello, Ada Buyer"), says("#count", "1"))
	w.inspect(t, "shop account")
	w.do(t, writes("name", "Ada Lovelace"), click("Save"), says(".lead", "Hello, Ada Lovelace"),
		goes(storefront()+"/checkout", ".checkout"), somebody(""), click("Place the order"), at("/orders/.", &order), click("Visa is declined"), click("Pay £"), says(".pay .problem", "declined"))
	w.inspect(t, "shop declined")
	w.do(t, click("Visa pays"), click("Pay £"), says(".state", "Paid"))
	id := order[strings.LastIndexByte(order, '/')+1:]
	owner, err := shop.OwnerClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := owner.Fulfil(t.Context(), id, "Post", "JJD1", client.Line{ProductID: p.ID, Quantity: 1}); err != nil {
		t.Fatal(err)
	}
	w.do(t, says(".state", "On its way")) // nobody has reloaded
	if _, err := owner.Deliver(t.Context(), id, ""); err != nil {
		t.Fatal(err)
	}
	w.do(t, says(".state", "Delivered"), click("Send something back"), chromedp.SetValue(`[name="`+p.ID+`"]`, "1", chromedp.ByQuery), writes("reason", "too big"))
	w.inspect(t, "shop return")
	w.do(t, click("Ask to send it back"), says(".returns", "asked for"), says(".history", "You asked to send something back"), says(".history .note", "too big"),
		chromedp.ScrollIntoView(".history", chromedp.ByQuery))
	w.inspect(t, "shop history")
	w.do(t, goes(storefront()+"/orders", ".orders li"), says(".orders", "Delivered"))
	w.inspect(t, "shop orders")
	w.do(t, goes(storefront()+"/account", "h1"), click("Log out"), says("#who", "Log in"), goes(storefront()+"/orders", "h1"), says("h1", "Log in"))
}

// What changed since it was put into the cart is said, there and at the checkout, and nobody pays what they have not seen.
func TestShopSaysWhatHasChanged(t *testing.T) {
	w := open(t, screens[0], shop.URL)
	p := filled(t, w, 2000)
	owner, err := shop.OwnerClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	costs := func(amount int64) {
		t.Helper()
		if _, _, err := client.Do[client.Product](t.Context(), owner, http.MethodPatch, "/products/"+p.ID, map[string]any{"price": client.Money{Amount: amount, Currency: "GBP"}}, client.IfMatch("*")); err != nil {
			t.Fatal(err)
		}
	}
	costs(2100)
	w.do(t, goes(storefront()+"/cart", ".lines"), says(".changed", "It costs £21.00 now; it was £20.00"))
	w.inspect(t, "shop cart changed")
	w.do(t, click("All right"), chromedp.WaitNotPresent(".changed", chromedp.ByQuery), click("To the checkout"), somebody("changed@example.com"), says(".checkout .main", "£24.90"))
	costs(2200)
	w.expect("409")
	w.do(t, click("Place the order"), says(".problem", "It was £24.90, and is £25.90 now. Nothing was ordered"), says(".checkout .main", "£25.90"))
	w.inspect(t, "shop quote changed")
	w.expect("422")
	w.do(t, click("Place the order"), click("Cancel this order"), says(".state", "Cancelled"),
		goes(storefront()+"/products/"+p.ID, "article h1"), click("Put into the cart"), says(".done", "1 in your cart"))
	if _, err := owner.Adjust(t.Context(), p.ID, -5, "damaged"); err != nil {
		t.Fatal(err)
	}
	w.do(t, goes(storefront()+"/cart", ".lines"), says(".lines", "It is sold out"), click("Take out"), says(".empty", "It is empty"),
		goes(storefront()+"/products/nonsense", "h1"), says("h1", "There is nothing here"))
}

// A postal code that is none is said at its field, and forgotten once it is mended; nobody who shops is sent to a page about the API.
func TestShopSaysWhatIsWrongWithAnAddress(t *testing.T) {
	for _, s := range []screen{screens[0], screens[3]} {
		w := open(t, s, shop.URL)
		filled(t, w, 2000)
		w.expect("422")
		w.do(t, goes(storefront()+"/checkout", ".checkout"), somebody("wrong@example.com"), says(".checkout .main", "£"), writes("shippingAddress.postalCode", "XX"),
			says(".checkout [aria-invalid] + .fault", "It must be a postal code such as EC1Y 8SY."), says(".ways", "Mend the address above"), chromedp.WaitNotPresent(".problem", chromedp.ByQuery))
		w.inspect(t, "shop postal code "+s.name)
		w.do(t, click("Place the order"), chromedp.Poll(`document.activeElement.name === 'shippingAddress.postalCode' && document.activeElement.matches('[aria-invalid]')`, nil),
			writes("shippingAddress.postalCode", "EC1Y 8SY"), says(".checkout .main", "£"), chromedp.WaitNotPresent(".checkout .problem, .checkout [aria-invalid]", chromedp.ByQuery))
	}
	w := open(t, screens[2], shop.URL)
	w.expect("400")
	w.expect("409")
	w.do(t, goes(storefront()+"/log-in", ".card"), writes("email", "nobody@example.com"), writes("password", "nine quiet boats"), click("Log in"),
		says(".problem", "The e-mail address or the password is wrong. Try again"), chromedp.WaitNotPresent(".problem a", chromedp.ByQuery))
	w.inspect(t, "shop wrong password")
	w.do(t, writes("password", "nine quiet boats on"), chromedp.WaitNotPresent(".problem", chromedp.ByQuery),
		goes(storefront()+"/reset-password#token=dead", ".card"), writes("password", "seven loud trains on friday"), click("Set this password"),
		says(".problem", "Ask for a new one."), says(".problem a", "Have another link sent"))
	w.inspect(t, "shop dead link")
}

// Whoever prefers another language is told in that of the page why a card was declined.
func TestShopSpeaksOneLanguage(t *testing.T) {
	w := open(t, screens[0], shop.URL)
	w.do(t, emulation.SetUserAgentOverride("A browser of somebody who speaks German").WithAcceptLanguage("de-DE,de;q=0.9"))
	filled(t, w, 2000)
	w.do(t, goes(storefront()+"/checkout", ".checkout"), somebody("hans@example.com"), click("Place the order"), click("Visa has too little"), click("Pay £"),
		chromedp.Poll(`document.querySelector('.pay .problem')?.innerText === 'There is not enough money on the card. Pay with another one.'`, nil))
}

// The pages that mails lead to: a new password is set by the link, an address is confirmed by one click.
func TestShopPagesOfMails(t *testing.T) {
	const address = "mailed.shop@example.com"
	if _, _, err := client.New(shop.URL).Register(t.Context(), address, "Ada Mailed", "nine quiet boats on tuesday"); err != nil {
		t.Fatal(err)
	}
	inbox := client.New(shop.MailURL)
	link := func(page, about string) string {
		t.Helper()
		pattern := regexp.MustCompile(regexp.QuoteMeta(storefront()) + page + `#token=[^\s"<>]+`)
		m, err := inbox.AwaitMail(t.Context(), address, func(m client.Mail) bool { return strings.Contains(m.Subject, about) })
		if err != nil {
			t.Fatal(err)
		}
		return pattern.FindString(m.Text)
	}
	w := open(t, screens[2], shop.URL)
	w.do(t, goes(link("/verify-email", "Welcome"), ".card"))
	w.inspect(t, "shop confirm")
	var left *url.URL
	var now string
	w.do(t, click("Confirm my address"), says(".card", "your address is confirmed"), chromedp.Location(&now))
	if left, _ = url.Parse(now); left.Fragment != "" {
		t.Errorf("the token stays in the address: %s", now)
	}
	w.do(t, goes(storefront()+"/forgotten", ".card"), writes("email", address), click("Send me a link"), says(".card", "on its way"))
	w.inspect(t, "shop forgotten")
	w.do(t, goes(link("/reset-password", "new password"), ".card"), writes("password", "seven loud trains on friday"))
	w.inspect(t, "shop new password")
	w.do(t, click("Set this password"), says("h1", "Log in"), writes("email", address), writes("password", "seven loud trains on friday"), click("Log in"), says(".lead", "Hello, Ada Mailed"))
	var history []*page.NavigationEntry
	w.do(t, chromedp.ActionFunc(func(ctx context.Context) (err error) {
		_, history, err = page.GetNavigationHistory().Do(ctx)
		return err
	}))
	for _, entry := range history {
		if strings.Contains(entry.URL, "token=") {
			t.Errorf("the history keeps %s", entry.URL)
		}
	}
}
