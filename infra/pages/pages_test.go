package pages

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/onlinemart/mart/infra/laptop"
)

// shop is the mart whose pages are looked at.
var shop *laptop.Mart

func TestMain(m *testing.M) {
	os.Exit(within(m))
}

// within runs the tests within a mart of their own.
func within(m *testing.M) int {
	ctx := context.Background()
	var err error
	if shop, err = laptop.Start(ctx, laptop.Config{LogLevel: "error"}); err != nil {
		fmt.Fprintln(os.Stderr, "start a mart:", err)
		return 1
	}
	defer func() {
		if err := shop.Stop(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "stop the mart:", err)
		}
	}()
	return m.Run()
}

var screens = []screen{
	{"desk", 1280, 900, false}, {"desk in the dark", 1280, 900, true}, {"phone", 390, 844, false}, {"phone in the dark", 390, 844, true},
}

// settled tells that nothing of the page is on its way, moves or changes its colour any more; the viewer of the API says on the body in which it is.
const settled = `!document.querySelector('main[aria-busy]') && document.getAnimations().every(a => a.playState !== 'running') &&
	(!document.querySelector('#docs') || document.body.matches(matchMedia('(prefers-color-scheme: dark)').matches ? '.dark-mode' : '.light-mode'))`

// Each page is whole on each screen, for each reader, and asks nobody but the mart.
func TestPages(t *testing.T) {
	for path, shows := range map[string]string{
		"/": ".doors", "/flow": "#enter", "/problems": ".list", "/problems/out_of_stock": "h1", "/docs": "#docs h1",
	} {
		for _, s := range screens {
			t.Run(path+" on a "+s.name, func(t *testing.T) { // one after the other: a browser draws only the window in front
				w := open(t, s, shop.URL)
				w.do(t, chromedp.Navigate(shop.URL+path), chromedp.WaitVisible(shows, chromedp.ByQuery), chromedp.Poll(settled, nil))
				w.inspect(t, pictureOf(path)+" "+s.name)
			})
		}
	}
}

// On a phone somebody sees what to ask first without scrolling; and who logs in is asked for a name and a password, for no secret and no scopes.
func TestTheReferenceBeginsWithTheFirstSteps(t *testing.T) { // nothing beside it: a browser draws only the window in front
	phone := open(t, screens[2], shop.URL)
	phone.do(t, chromedp.Navigate(shop.URL+"/docs"), chromedp.Poll(`[...document.querySelectorAll('#docs a')].some(a => {
		const at = a.getBoundingClientRect();
		return a.textContent.includes('/customers') && at.height > 0 && at.bottom < innerHeight;
	})`, nil))
	desk := open(t, screens[0], shop.URL)
	var form string
	var cut int
	desk.do(t, chromedp.Navigate(shop.URL+"/docs"), chromedp.Poll(`document.querySelector('.scalar-reference-intro-auth')?.innerText.includes('Password')`, nil),
		chromedp.Poll(settled, nil), chromedp.Evaluate(`document.querySelector('.scalar-reference-intro-auth').innerText`, &form),
		chromedp.Evaluate(`[...document.querySelectorAll('#docs [class*="line-clamp-"]:not(.truncate)')].filter(e => e.scrollHeight > e.clientHeight + 1).length`, &cut))
	if cut != 0 {
		t.Errorf("%d descriptions are cut off", cut)
	}
	for _, foreign := range []string{"Secret", "Scopes", "Location", "Token URL"} {
		if strings.Contains(form, foreign) {
			t.Errorf("the log-in form asks for %q:\n%s", foreign, form)
		}
	}
}

// The request on the first page is copied with one click, and the button says so.
func TestTheFirstRequestIsCopied(t *testing.T) { // nothing beside it, likewise
	w := open(t, screens[2], shop.URL)
	w.do(t, chromedp.Navigate(shop.URL), chromedp.Click("button[data-copies]", chromedp.ByQuery),
		chromedp.Poll(`['Copied', 'Selected: copy it'].includes(document.querySelector('button[data-copies]').textContent)`, nil))
	w.inspect(t, "home copied on a phone")
}

// The list of problems is narrowed by a word, which stays in the address.
func TestProblemsAreFound(t *testing.T) { // nothing beside it, likewise
	w := open(t, screens[2], shop.URL)
	const shown = `[...document.querySelectorAll('.findable li')].filter(p => p.getClientRects().length).map(p => p.querySelector('a').textContent).join(' ')`
	var typed, again, said string
	w.do(t, chromedp.Navigate(shop.URL+"/problems"), chromedp.WaitVisible("#q", chromedp.ByQuery), chromedp.SendKeys("#q", "Order cannot cancel", chromedp.ByQuery),
		chromedp.Poll(`document.getElementById('found').textContent.includes(' of ')`, nil), chromedp.Evaluate(shown, &typed), chromedp.Reload(),
		chromedp.WaitVisible("#q", chromedp.ByQuery), chromedp.Evaluate(shown, &again), chromedp.Text("#found", &said, chromedp.ByQuery))
	if !slices.Contains(strings.Fields(typed), "order_not_cancellable") || len(strings.Fields(typed)) > 10 || again != typed || !strings.HasSuffix(said, " problems") {
		t.Errorf("found are %q, after a reload %q: %s", typed, again, said)
	}
	w.inspect(t, "problems found phone")
}

// On a phone what is running is in sight at once.
func TestHomeSaysFirstWhatIsRunning(t *testing.T) { // nothing beside it, likewise
	w := open(t, screens[2], shop.URL)
	var below float64
	w.do(t, chromedp.Navigate(shop.URL), chromedp.WaitVisible(".running", chromedp.ByQuery), chromedp.Evaluate(`document.querySelector('.running dd').getBoundingClientRect().bottom - innerHeight`, &below))
	if below > 0 {
		t.Errorf("it begins %v pixels below the screen", below)
	}
}

func pictureOf(path string) string {
	if path == "/" {
		return "home"
	}
	return path[1:]
}
