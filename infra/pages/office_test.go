package pages

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/onlinemart/mart/infra/client"
)

// Who may only read is shown everything and nothing to do; the mart would refuse it, too. What somebody may not even read is not in the menu.
func TestOfficeShowsWhatARoleMayDo(t *testing.T) { // nothing beside it, likewise
	ctx := t.Context()
	order, _, _ := bought(ctx, t)
	email, password := hire(ctx, t, "viewer")
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office/orders/"+order.Number, email, password)
	var doing, menu []string
	texts := func(of string) string {
		return `[...document.querySelectorAll('` + of + `')].map(e => e.textContent)`
	}
	w.do(t, chromedp.Evaluate(texts("#room button"), &doing), chromedp.Evaluate(texts("#rooms li a"), &menu))
	if want := []string{"What waits", "Orders", "Returns", "Customers", "Products", "Stock", "Mails"}; len(doing) != 0 || !slices.Equal(menu, want) {
		t.Errorf("a reader may do %q, and sees %q", doing, menu)
	}
	w.inspect(t, "office order of a reader desk")
	viewer, err := client.New(shop.URL).Enter(ctx, "backoffice", email, password)
	if err != nil {
		t.Fatal(err)
	}
	all := []client.Line{{ProductID: order.Lines[0].ProductID, Quantity: 2}}
	if _, err := ownerOf(ctx, t).Fulfil(ctx, order.ID, "Post", "JJD9", all...); err != nil {
		t.Fatal(err)
	}
	w.await(t, `document.title.includes('Order') && document.getElementById('title').textContent.includes('fulfilled') && `+shows("JJD9")) // without being asked
	lines := map[string]any{"lines": []client.Line{{ProductID: order.Lines[0].ProductID, Quantity: 1}}}
	if a, err := viewer.Send(ctx, "POST", "/orders/"+order.ID+"/fulfilments", lines, client.NewKey()); err != nil || a.Status != 403 {
		t.Errorf("the mart lets a reader send: %d %v", a.Status, err)
	}

	email, password = hire(ctx, t, "catalog")
	w = open(t, screens[0], shop.URL)
	w.logIn(t, "/office", email, password)
	w.do(t, chromedp.Evaluate(texts("#rooms li a"), &menu), chromedp.Navigate(shop.URL+"/office/orders"), chromedp.WaitVisible("#problem", chromedp.ByQuery))
	if want := []string{"What waits", "Products", "Stock", "Families", "Brands", "Categories", "Shipping", "Taxes"}; !slices.Equal(menu, want) {
		t.Errorf("who keeps the catalogue sees %q", menu)
	}
	w.await(t, `document.getElementById('problem').textContent.includes('orders:read')`)
}

// A log-in outlives its access token and a reload, and the way back finds the list as it was asked for. One that has ended says so.
func TestOfficeStaysLoggedIn(t *testing.T) { // nothing beside it, likewise
	order, _, _ := bought(t.Context(), t)
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office/orders?number="+order.Number, shop.Owner.Email, shop.Owner.Password)
	w.do(t, chromedp.Click(`//a[text()="`+order.Number+`"]`, chromedp.BySearch), chromedp.WaitVisible("#send", chromedp.ByQuery), travels(-1))
	w.await(t, `document.querySelector('[name="number"]')?.value === '`+order.Number+`' && `+shows(order.Number))
	w.reload(t, `sessionStorage.setItem('mart.staff', 'ended')`)
	w.await(t, `sessionStorage.getItem('mart.staff').startsWith('ey') && `+drawn)
	var elsewhere string
	w.do(t, chromedp.Evaluate(`JSON.stringify(localStorage) + document.cookie`, &elsewhere))
	if strings.Contains(elsewhere, "eyJ") || strings.Contains(elsewhere, "refresh") {
		t.Errorf("what logs in outlives the tab: %s", elsewhere)
	}
	w.do(t, chromedp.Navigate(shop.URL+"/flow/"+order.Number), chromedp.WaitVisible("#told", chromedp.ByQuery), chromedp.Click("#leave", chromedp.ByQuery)) // who is in the office is in there, too
	w.await(t, `sessionStorage.length === 0`)
	w.do(t, chromedp.Navigate(shop.URL+"/office/orders"), chromedp.WaitVisible("#enter", chromedp.ByQuery))
	w.reload(t, `sessionStorage.setItem('mart.staff', 'ended'); sessionStorage.setItem('mart.office', JSON.stringify({ refresh: 'used', scope: ['orders:read'], email: '' }))`)
	w.await(t, `sessionStorage.length === 0 && !document.getElementById('enter').hidden && document.getElementById('problem').textContent === 'The log-in has ended. Log in again.'`)
}

// Stock is counted; what the mart refuses is shown in its words, and is mended where it stands.
func TestOfficeAdjustsStock(t *testing.T) { // nothing beside it, likewise
	ctx := t.Context()
	product, err := ownerOf(ctx, t).Stocked(ctx, "COUNT-"+client.NewKey().Value[:8], "Lamp", client.Money{Amount: 1999, Currency: "EUR"}, 4)
	if err != nil {
		t.Fatal(err)
	}
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office/stock/"+product.ID, shop.Owner.Email, shop.Owner.Password)
	w.press(t, "adjust-"+product.ID)
	w.fill(t, "delta", "-1000")
	w.do(t, chromedp.SetValue(`#dialog [name="reason"]`, "counted", chromedp.ByQuery))
	w.press(t, "dialog-go")
	w.await(t, `document.querySelector('#dialog .problem').textContent.length > 0 && !document.querySelector('#dialog .problem').hidden`)
	w.faultless()
	w.fill(t, "delta", "+7")
	w.agree(t)
	w.await(t, shows("+7"))
	if stock, err := client.Get[client.Stock](ctx, ownerOf(ctx, t), "/stock/"+product.ID); err != nil || stock.OnHand != 11 {
		t.Errorf("on the shelf are %+v %v", stock, err)
	}
}

// A customer is suspended, reinstated and erased.
func TestOfficeCaresForCustomers(t *testing.T) { // nothing beside it, likewise
	ctx := t.Context()
	email := "grace-" + client.NewKey().Value[:8] + "@example.com"
	_, customer, err := client.New(shop.URL).Register(ctx, email, "Grace", "nine quiet boats on tuesday")
	if err != nil {
		t.Fatal(err)
	}
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office/customers/"+customer.ID, shop.Owner.Email, shop.Owner.Password)
	w.press(t, "status")
	w.agree(t)
	w.await(t, `document.getElementById('title').textContent.includes('disabled')`)
	if _, err := client.New(shop.URL).Enter(ctx, client.Storefront, email, "nine quiet boats on tuesday"); err == nil {
		t.Error("who is suspended logs in")
	}
	w.press(t, "status")
	w.agree(t)
	w.await(t, `document.getElementById('title').textContent.includes('active')`)
	w.press(t, "erase")
	w.agree(t)
	w.do(t, chromedp.WaitVisible(`form[aria-label="Customers"]`, chromedp.ByQuery))
}

// A mail goes out again.
func TestOfficeSendsAMailAgain(t *testing.T) { // nothing beside it, likewise
	ctx := t.Context()
	order, _, _ := bought(ctx, t)
	mail, err := client.Until(ctx, ownerOf(ctx, t), "/notifications?orderId="+order.ID, func(p client.Page[client.Meta]) bool { return len(p.Items) > 0 })
	if err != nil {
		t.Fatal(err)
	}
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office/mails?order="+order.ID, shop.Owner.Email, shop.Owner.Password)
	var leads int
	if w.do(t, chromedp.Evaluate(`document.querySelectorAll('#room tbody a[href*="preview"]').length`, &leads)); leads != 0 {
		t.Errorf("%d of the mails lead to one that was never sent", leads)
	}
	w.press(t, "resend-"+mail.Items[0].ID)
	w.agree(t)
	w.await(t, `document.getElementById('told').textContent === 'The mail is sent.'`)
	w.inspect(t, "office mails of an order desk")
}

// Two change one product: whoever comes second is told so, sees how it is now, and may decide again.
func TestOfficeSaysThatSomebodyWasQuicker(t *testing.T) { // nothing beside it, likewise
	ctx := t.Context()
	owner := ownerOf(ctx, t)
	product, err := owner.Stocked(ctx, "QUICK-"+client.NewKey().Value[:8], "Lamp", client.Money{Amount: 1999, Currency: "EUR"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office/products/"+product.ID, shop.Owner.Email, shop.Owner.Password)
	w.press(t, "edit")
	w.fill(t, "price", "25")
	now, answer, err := client.Do[client.Product](ctx, owner, "GET", "/products/"+product.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := client.Do[client.Product](ctx, owner, "PATCH", "/products/"+now.ID, map[string]any{"name": "Lamp of brass"}, client.IfMatch(answer.Header.Get("ETag"))); err != nil {
		t.Fatal(err)
	}
	w.press(t, "dialog-go")
	w.await(t, `document.getElementById('dialog-says').textContent.includes('Now it is Lamp of brass, €19.99, published.') && document.querySelector('#dialog [name="name"]').value === 'Lamp of brass'`)
	w.faultless()
	w.inspect(t, "office stale desk")
	w.agree(t)
	w.await(t, shows("€25.00")+` && document.getElementById('title').textContent.includes('Lamp of brass')`)
	if now, err = client.Get[client.Product](ctx, owner, "/products/"+product.ID); err != nil || now.Name != "Lamp of brass" || now.Price.Amount != 2500 {
		t.Errorf("it is %+v %v", now, err)
	}
}

// Each room is whole on each screen, for each reader, and asks nobody but the mart.
func TestOfficeRooms(t *testing.T) { // nothing beside it, likewise
	ctx := t.Context()
	order, _, _ := bought(ctx, t)
	one := client.Line{ProductID: order.Lines[0].ProductID, Quantity: 1}
	if _, err := ownerOf(ctx, t).Fulfil(ctx, order.ID, "Post", "JJD7", one); err != nil {
		t.Fatal(err)
	}
	if _, err := ownerOf(ctx, t).Deliver(ctx, order.ID, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := ownerOf(ctx, t).Return(ctx, order.ID, "too big", one); err != nil {
		t.Fatal(err)
	}
	_, customer, err := client.New(shop.URL).Register(ctx, "ada-"+client.NewKey().Value[:8]+"@example.com", "Ada Lovelace", "nine quiet boats on tuesday")
	if err != nil {
		t.Fatal(err)
	}
	product := order.Lines[0].ProductID
	rooms := map[string]string{
		"home": "", "orders": "/orders", "none": "/orders?number=M-999999", "order": "/orders/" + order.Number, "stock": "/stock", "movements": "/stock/" + product,
		"products": "/products", "product": "/products/" + product, "customers": "/customers", "customer": "/customers/" + customer.ID,
		"mails": "/mails", "mails of a kind": "/mails?kind=order_confirmation&status=sent", "mail": "/mails?preview=order_confirmation", "returns": "/returns",
		"sources": "/sources",
		"brands":  "/brands", "categories": "/categories", "families": "/families", "shipping": "/shipping-methods", "taxes": "/tax-rates", "staff": "/staff", "account": "/account",
		"forgotten": "/forgotten", "reset": "/reset-password#token=x", "no token": "/reset-password",
	}
	for _, s := range screens {
		w := open(t, s, shop.URL)
		w.do(t, chromedp.Navigate(shop.URL+"/office"), chromedp.WaitVisible("#enter", chromedp.ByQuery), chromedp.Poll(settled, nil))
		w.inspect(t, "office log-in "+s.name)
		w.logIn(t, "/office", shop.Owner.Email, shop.Owner.Password)
		var session string
		w.do(t, chromedp.Evaluate(`JSON.stringify(sessionStorage)`, &session))
		for name, room := range rooms {
			t.Run(name+" on a "+s.name, func(t *testing.T) {
				w := open(t, s, shop.URL)
				w.do(t, chromedp.Navigate(shop.URL+"/office"), chromedp.WaitVisible("#enter", chromedp.ByQuery), chromedp.Evaluate(`Object.assign(sessionStorage, `+session+`)`, nil),
					chromedp.Navigate(shop.URL+"/office"+room))
				w.await(t, drawn)
				w.inspect(t, "office "+name+" "+s.name)
			})
		}
	}
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office", shop.Owner.Email, shop.Owner.Password)
	w.await(t, `document.querySelector('[aria-labelledby="of-to-be-sent"] tbody tr') && document.querySelector('[aria-labelledby="of-returns"]').innerText.includes('`+order.Number+`')`)
	w.do(t, chromedp.Navigate(shop.URL+"/office/mails?preview=order_confirmation"))
	w.await(t, drawn)
	w.await(t, `getComputedStyle(document.querySelector('iframe.mail').contentDocument.querySelector('h1') ?? document.body).fontSize === '24px'`) // it has the mail's own looks
	w.do(t, chromedp.Navigate(shop.URL+"/office/customers/"+customer.ID), chromedp.WaitVisible("#erase", chromedp.ByQuery), chromedp.Navigate(shop.URL+"/office"))
	w.await(t, drawn)
	w.press(t, "leave")
	w.do(t, travels(-1))
	w.await(t, `location.pathname !== '/office' && !document.getElementById('enter').hidden && sessionStorage.length === 0 && document.getElementById('room').childElementCount === 0`)
}
