package pages

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/onlinemart/mart/infra/client"
)

// linkTo is the link in the mail that somebody has got since, of a page that sets a password.
func linkTo(ctx context.Context, t *testing.T, email, seen string) string {
	t.Helper()
	link := regexp.MustCompile(`http\S+/office/reset-password#token=[\w.%-]+`)
	m, err := client.New(shop.MailURL).AwaitMail(ctx, email, func(m client.Mail) bool {
		whole, err := client.New(shop.MailURL).Mail(ctx, m.ID)
		return err == nil && link.MatchString(whole.Text) && link.FindString(whole.Text) != seen
	})
	if err != nil {
		t.Fatal(err)
	}
	return link.FindString(m.Text)
}

// A colleague is invited, chooses a password by the mail's link and is in; then forgets it, and comes to a new one; an owner changes what they may do,
// and removes them.
func TestOfficeInvitesAColleague(t *testing.T) { // nothing beside it, likewise
	ctx := t.Context()
	email := "kim-" + client.NewKey().Value[:8] + "@example.com"
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office/staff", shop.Owner.Email, shop.Owner.Password)
	w.press(t, "new")
	w.fill(t, "name", "Kim")
	w.fill(t, "email", email)
	w.press(t, "dialog-go")
	w.await(t, `document.querySelector('#dialog fieldset [aria-invalid]') && document.querySelector('#dialog .wrong')`) // somebody without a role
	w.faultless()
	w.inspect(t, "office invite desk")
	w.do(t, chromedp.Click(`#dialog [name="roles-viewer"]`, chromedp.ByQuery))
	w.await(t, `!document.querySelector('#dialog .wrong')`)
	w.agree(t)
	w.await(t, shows(email))

	invited := linkTo(ctx, t, email, "")
	kim := open(t, screens[2], shop.URL)
	kim.do(t, chromedp.Navigate(invited), chromedp.WaitVisible(`#room [name="password"]`, chromedp.ByQuery))
	kim.inspect(t, "office invited phone")
	kim.write(t, "email", email)
	kim.write(t, "password", "password12")
	kim.do(t, chromedp.Click("form.way-in:not(#enter) button", chromedp.ByQuery))
	kim.await(t, `document.querySelector('#room [name="password"]').getAttribute('aria-invalid') === 'true' && document.querySelector('#room .wrong')`)
	kim.faultless()
	kim.inspect(t, "office weak password phone")
	kim.write(t, "password", "nine quiet boats on tuesday")
	kim.await(t, `!document.querySelector('#room .wrong')`)
	kim.write(t, "name", "Kim Colleague")
	kim.do(t, chromedp.Click("form.way-in:not(#enter) button", chromedp.ByQuery))
	kim.await(t, `location.pathname === '/office' && document.getElementById('rooms').textContent.includes('`+email+`')`)
	kim.press(t, "menu")
	kim.press(t, "leave")
	kim.do(t, chromedp.Click(`a[href="/office/forgotten"]`, chromedp.ByQuery), chromedp.WaitVisible(`#room [name="email"]`, chromedp.ByQuery))
	kim.inspect(t, "office forgotten phone")
	kim.write(t, "email", email)
	kim.do(t, chromedp.Click("form.way-in:not(#enter) button", chromedp.ByQuery))
	kim.await(t, shows("a mail is on its way"))
	kim.do(t, chromedp.Navigate(linkTo(ctx, t, email, invited)), chromedp.WaitVisible(`#room [name="password"]`, chromedp.ByQuery))
	kim.write(t, "email", email)
	kim.write(t, "password", "ten loud boats on monday")
	kim.do(t, chromedp.Click("form.way-in:not(#enter) button", chromedp.ByQuery))
	kim.await(t, `location.pathname === '/office' && !document.getElementById('rooms').hidden`)
	if _, err := client.New(shop.URL).Enter(ctx, client.Backoffice, email, "ten loud boats on monday"); err != nil {
		t.Error(err)
	}
	kim.do(t, chromedp.Navigate(invited), chromedp.WaitVisible(`#room [name="password"]`, chromedp.ByQuery)) // once is enough
	kim.write(t, "email", email)
	kim.write(t, "password", "nine quiet boats on tuesday")
	kim.do(t, chromedp.Click("form.way-in:not(#enter) button", chromedp.ByQuery))
	kim.await(t, `!document.querySelector('#room .problem').hidden`)

	w = open(t, screens[0], shop.URL) // in front
	w.logIn(t, "/office/staff", shop.Owner.Email, shop.Owner.Password)
	w.await(t, shows("Kim Colleague"))
	staff, err := client.Get[client.Page[struct {
		client.Meta
		Email string   `json:"email"`
		Roles []string `json:"roles"`
	}]](ctx, ownerOf(ctx, t), "/users?limit=100")
	if err != nil {
		t.Fatal(err)
	}
	var id string
	for _, u := range staff.Items {
		if u.Email == email {
			id = u.ID
		}
	}
	w.press(t, "change-"+id)
	w.do(t, chromedp.WaitVisible(`#dialog [name="roles-orders"]`, chromedp.ByQuery), chromedp.Click(`#dialog [name="roles-orders"]`, chromedp.ByQuery))
	if says := w.says(t); !strings.Contains(says, "log-ins end") {
		t.Errorf("before roles change it says %q", says)
	}
	w.agree(t)
	w.await(t, shows("orders, viewer"))
	w.press(t, "delete-"+id)
	w.agree(t)
	w.await(t, `!`+shows(email))
	if _, err := client.New(shop.URL).Enter(ctx, client.Backoffice, email, "ten loud boats on monday"); err == nil {
		t.Error("who was removed logs in")
	}
}

// Somebody who works here changes their own name and password; they stay logged in here, and nowhere else.
func TestOfficeHasAnAccountOfOnesOwn(t *testing.T) { // nothing beside it, likewise
	ctx := t.Context()
	email, old := hire(ctx, t, "viewer")
	w, elsewhere := open(t, screens[2], shop.URL), open(t, screens[0], shop.URL)
	elsewhere.logIn(t, "/office", email, old)
	w.do(t, page.BringToFront())
	w.logIn(t, "/office/account", email, old)
	w.await(t, shows("Reads orders, stock, customers and mails."))
	w.write(t, "name", "Vera Viewer")
	w.do(t, click("Change the name"))
	w.await(t, `document.querySelector('#room .facts').textContent.includes('Vera Viewer')`)
	w.expect("422")
	w.write(t, "current", "this is another one")
	w.write(t, "new", "ten loud boats on monday")
	w.do(t, click("Change the password"))
	w.await(t, `document.querySelector('#room [name="current"]').getAttribute('aria-invalid') === 'true'`)
	w.write(t, "current", old)
	w.do(t, click("Change the password"))
	w.await(t, shows("You are logged in here alone."))
	w.inspect(t, "office account changed phone")
	if _, err := client.New(shop.URL).Enter(ctx, client.Backoffice, email, old); err == nil {
		t.Error("the old password still opens the office")
	}
	w.reload(t, `sessionStorage.setItem('mart.staff', 'ended')`) // as after ten minutes
	w.await(t, shows("Vera Viewer"))
	elsewhere.do(t, page.BringToFront())
	elsewhere.expect("400")
	elsewhere.reload(t, `sessionStorage.setItem('mart.staff', 'ended')`)
	elsewhere.await(t, `!document.getElementById('enter').hidden && document.getElementById('problem').textContent === 'The log-in has ended. Log in again.'`)
}

// write fills in a field of the page's own form, instead of what stands there.
func (w *window) write(t *testing.T, name, text string) {
	t.Helper()
	at := `#room [name="` + name + `"]`
	w.do(t, chromedp.WaitVisible(at, chromedp.ByQuery), chromedp.Evaluate(`document.querySelector('`+at+`').select()`, nil), chromedp.SendKeys(at, text, chromedp.ByQuery))
}
