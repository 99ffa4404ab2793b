package notification

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/eventstest"
)

var verbs = regexp.MustCompile(`%(\[\d+\])?[sd%]`)

// What is said in one language is said in each, of the same things.
func TestWords_EachLanguageSaysTheSame(t *testing.T) {
	t.Parallel()
	forms := func(w words) map[string][]string {
		all := map[string][]string{}
		for key, form := range w {
			all[key] = slices.Sorted(slices.Values(verbs.FindAllString(form, -1)))
			if strings.TrimSpace(form) != form || form == "" {
				t.Errorf("%q is %q", key, form)
			}
		}
		return all
	}
	want := forms(allWords()[events.English])
	for code, w := range allWords() {
		if d := cmp.Diff(want, forms(w)); d != "" {
			t.Errorf("%s (-en +%s):\n%s", code, code, d)
		}
	}
	if got := eventstest.Constants(t, "Language"); !slices.Equal(slices.Sorted(slices.Values(got)), asText(languages())) {
		t.Errorf("customers choose among %v, mails are written in %v", got, languages())
	}
}

func asText(languages []events.Language) (all []string) {
	for _, l := range languages {
		all = append(all, string(l))
	}
	return all
}

// Every kind is written in every language, as a page and as text, with nothing missing and nothing left over; and whatever is there to say is said
// somewhere.
func TestEveryKindInEveryLanguage(t *testing.T) {
	t.Parallel()
	if d := cmp.Diff(slices.Sorted(slices.Values(eventstest.Constants(t, "NotificationKind"))), asKinds(kinds())); d != "" {
		t.Errorf("templates (-kinds +templates):\n%s", d)
	}
	for _, kind := range kinds() {
		for _, language := range languages() {
			c := letters(t)
			n, of := c.example(kind)
			n.Language = language
			m, err := c.compose(n, of)
			if err != nil {
				t.Errorf("%s in %s: %v", kind, language, err)
				continue
			}
			for where, text := range map[string]string{"subject": m.subject, "text": m.text, "page": m.page} {
				if i := strings.IndexAny(text, "%"); i >= 0 && strings.Contains(text, "%!") || strings.Contains(text, "<no value>") || strings.Contains(text, "ZgotmplZ") {
					t.Errorf("%s in %s: the %s says %s", kind, language, where, text)
				}
			}
			if !strings.Contains(m.page, `<html lang="`+string(language)+`">`) || strings.Contains(m.text, "\n\n\n") || strings.Contains(m.text, "<") {
				t.Errorf("%s in %s:\n%s\n%s", kind, language, m.text, m.page)
			}
			if of.link != "" && (!strings.Contains(m.text, of.link) || !strings.Contains(m.page, `href="`+of.link+`"`)) {
				t.Errorf("%s in %s has no link to %s:\n%s", kind, language, of.link, m.text)
			}
		}
	}
	files, err := os.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	var used strings.Builder
	for _, f := range append(asNames(files), "view.go", "words.go", "sums.go") {
		path := "templates/" + f
		if strings.HasSuffix(f, ".go") {
			path = f
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		used.Write(raw)
	}
	for key := range allWords()[events.English] {
		of, own, isKinds := strings.Cut(key, ".")
		if !isKinds {
			own = key
		} else if templates()[events.NotificationKind(of)].page == nil {
			t.Errorf("%q is of no kind", key)
		}
		if !strings.Contains(used.String(), `"`+own+`"`) {
			t.Errorf("%q is said nowhere", key)
		}
	}
}

func asNames(files []os.DirEntry) (all []string) {
	for _, f := range files {
		all = append(all, f.Name())
	}
	return all
}

func asKinds(kinds []events.NotificationKind) (all []string) {
	for _, k := range kinds {
		all = append(all, string(k))
	}
	return all
}

// A page needs nothing from elsewhere but pictures: no script, no style sheet, no font.
func TestAPageFetchesNothingButPictures(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		n, of := letters(t).example(kind)
		m, err := letters(t).compose(n, of)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"<script", "<link", "@import", "@font-face", "url(", "<iframe", "<form", "onload", "http-equiv"} {
			if strings.Contains(strings.ToLower(m.page), bad) {
				t.Errorf("%s: the page has %q", kind, bad)
			}
		}
	}
}

func in(t *testing.T, code events.Language, zone string) tongue {
	t.Helper()
	z, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return tongue{code, allWords()[code], z}
}

// Money has the decimals of the mart's own table and is written as each language writes it.
func TestTongue_Money(t *testing.T) {
	t.Parallel()
	for m, want := range map[events.Money][2]string{
		{Amount: 1999, Currency: "USD"}: {"$19.99", "19,99\u00a0$"}, {Amount: 123456789, Currency: "EUR"}: {"€1,234,567.89", "1.234.567,89\u00a0€"},
		{Amount: 5, Currency: "EUR"}: {"€0.05", "0,05\u00a0€"}, {Amount: 500, Currency: "JPY"}: {"¥500", "500\u00a0¥"},
		{Amount: 1500, Currency: "KWD"}: {"KWD\u00a01.500", "1,500\u00a0KWD"}, {Amount: 700, Currency: "ISK"}: {"ISK\u00a0700", "700\u00a0ISK"},
		{Amount: 100, Currency: "???"}: {"1.00 ???", "1.00 ???"},
	} {
		if got := [2]string{in(t, events.English, "UTC").Money(m), in(t, events.German, "UTC").Money(m)}; got != want {
			t.Errorf("%v: %q, want %q", m, got, want)
		}
	}
}

func TestTongue_DatesAndRates(t *testing.T) {
	t.Parallel()
	type said struct{ Date, Moment, Rate string }
	at := time.Date(2026, 12, 31, 23, 5, 0, 0, time.UTC)
	got := map[string]said{}
	for name, l := range map[string]tongue{
		"en UTC": in(t, events.English, "UTC"), "de Berlin": in(t, events.German, "Europe/Berlin"), "en New York": in(t, events.English, "America/New_York"),
	} {
		date, err := l.Date(at)
		if err != nil {
			t.Fatal(err)
		}
		moment, err := l.Moment(at)
		if err != nil {
			t.Fatal(err)
		}
		rate, err := l.percent(8875)
		if err != nil {
			t.Fatal(err)
		}
		got[name] = said{date, moment, rate}
	}
	want := map[string]said{
		"en UTC":      {"31 December 2026", "31 December 2026, 23:05 UTC", "8.875%"},
		"de Berlin":   {"1. Januar 2027", "1. Januar 2027, 00:05 Uhr CET", "8,875\u00a0%"},
		"en New York": {"31 December 2026", "31 December 2026, 18:05 EST", "8.875%"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for rate, want := range map[int64]string{19000: "19%", 5500: "5.5%", 0: "0%", 100000: "100%", 20: "0.02%"} {
		if got, err := in(t, events.English, "UTC").percent(rate); got != want || err != nil {
			t.Errorf("%d: %s, %v, want %s", rate, got, err, want)
		}
	}
	if _, err := in(t, events.English, "UTC").T("nonsense"); err == nil {
		t.Error("what is not there is said")
	}
}

// An order shows what it carries: its goods where there is more, each charge, taxes that are added, the total, and taxes that are in it.
func TestSums(t *testing.T) {
	t.Parallel()
	euros := func(n int64) events.Money { return events.Money{Amount: n, Currency: "EUR"} }
	l := in(t, events.German, "UTC")
	for name, c := range map[string]struct {
		sum  events.Sum
		want []sumRow
	}{
		"goods alone": {events.Sum{Goods: euros(100), Total: euros(100)}, []sumRow{{Label: "Gesamtsumme", Amount: "1,00\u00a0€", Strong: true}}},
		"all": {
			events.Sum{
				Goods: euros(1000), Charges: []events.Charge{{Name: "Versand\nmit DHL", Amount: euros(490)}},
				Taxes: []events.TaxAmount{{Name: "USt.", Rate: 19000, Included: true, Amount: euros(238)}, {Name: "City tax", Rate: 1500, Amount: euros(22)}}, Total: euros(1512),
			},
			[]sumRow{
				{Label: "Waren", Amount: "10,00\u00a0€"},
				{Label: "Versand mit DHL", Amount: "4,90\u00a0€"},
				{Label: "City tax (1,5\u00a0%)", Amount: "0,22\u00a0€"},
				{Label: "Gesamtsumme", Amount: "15,12\u00a0€", Strong: true},
				{Label: "Darin enthalten: USt. (19\u00a0%)", Amount: "2,38\u00a0€", Aside: true},
			},
		},
		"a tax that is included, and nothing else": {
			events.Sum{Goods: euros(119), Taxes: []events.TaxAmount{{Name: "USt.", Rate: 19000, Included: true, Amount: euros(19)}}, Total: euros(119)},
			[]sumRow{{Label: "Gesamtsumme", Amount: "1,19\u00a0€", Strong: true}, {Label: "Darin enthalten: USt. (19\u00a0%)", Amount: "0,19\u00a0€", Aside: true}},
		},
	} {
		rows, err := l.sums(c.sum)
		if d := cmp.Diff(c.want, rows); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, d)
		}
	}
}

// A product may be called whatever it is: its name is text in a page, and begins no line.
func TestAHostileProduct(t *testing.T) {
	t.Parallel()
	const name = `<img src=x onerror=alert(1)>"'</td></table>` + "\r\n\r\n{{.Link}} & Sons"
	for _, kind := range kinds() {
		c := letters(t)
		n, of := c.example(kind)
		for i := range of.order.Lines {
			of.order.Lines[i].Name, of.order.Lines[i].ImageURL = name, `javascript:alert(1)`
		}
		of.product.Name, of.product.ImageURL = name, `javascript:alert(1)`
		m, err := c.compose(n, of)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(m.page, "<img src=x") || strings.Contains(m.page, "</table>\r") || strings.Contains(m.page, "javascript:") || strings.Count(m.page, "<table") != strings.Count(m.page, "</table>") {
			t.Errorf("%s:\n%s", kind, m.page)
		}
		for line := range strings.Lines(m.text) {
			if strings.HasPrefix(line, "{{") || strings.Contains(line, "\r") {
				t.Errorf("%s: a line of the product's own: %q", kind, line)
			}
		}
	}
}

// A language that only another release knows is the shop's; so is none.
func TestALanguageThatIsNotKnown(t *testing.T) {
	t.Parallel()
	c := letters(t)
	c.shop.Language = events.German
	for language, want := range map[events.Language]string{"": "Willkommen bei Mart", "fr": "Willkommen bei Mart", events.English: "Welcome to Mart", events.MartLanguage: "Willkommen bei Mart"} {
		n, of := c.example(events.WelcomeMail)
		n.Language = language
		if m, err := c.compose(n, of); err != nil || m.subject != want {
			t.Errorf("%q: %q, %v, want %q", language, m.subject, err, want)
		}
	}
}

func TestSettingsOfTheShop(t *testing.T) {
	t.Parallel()
	good := Shop{Name: "Böhm & Söhne", Logo: "https://shop.example/logo.png", Language: events.German, Zone: "Europe/Berlin"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for setting, spoil := range map[string]func(*Shop){
		"SHOP_NAME": func(s *Shop) { s.Name = "a\nb" }, "SHOP_NAME ": func(s *Shop) { s.Name = " " }, "SHOP_NAME is": func(s *Shop) { s.Name = strings.Repeat("a", 61) },
		"SHOP_LOGO_URL": func(s *Shop) { s.Logo = "http://shop.example/logo.png" }, "MAIL_LANGUAGE": func(s *Shop) { s.Language = "mart" },
		"SHOP_TIME_ZONE": func(s *Shop) { s.Zone = "Berlin" },
	} {
		s := good
		spoil(&s)
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(setting)) {
			t.Errorf("%s: %v", setting, err)
		}
	}
	if len(maps.Clone(allWords())) != 2 {
		t.Errorf("%v", languages())
	}
}
