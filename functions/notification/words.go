package notification

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bojanz/currency"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// words/<language>.json is all that mails say in a language, each by a key: a kind's own begins with its name. They are forms as fmt has them.
//
//go:embed words
var wordFiles embed.FS

// words are those of one language.
type words map[string]string

// allWords are the words of each language. It panics when they cannot be read, which tests see.
var allWords = sync.OnceValue(func() map[events.Language]words {
	entries, err := wordFiles.ReadDir("words")
	if err != nil {
		panic(err)
	}
	all := map[events.Language]words{}
	for _, e := range entries {
		var w words
		raw, err := wordFiles.ReadFile("words/" + e.Name())
		if err == nil {
			err = json.Unmarshal(raw, &w)
		}
		if err != nil {
			panic(fmt.Sprintf("the words in %s: %v", e.Name(), err))
		}
		all[events.Language(strings.TrimSuffix(e.Name(), ".json"))] = w
	}
	return all
})

// languages are those that mails can be written in, in the order of their codes.
func languages() []events.Language { return slices.Sorted(maps.Keys(allWords())) }

// tongue is one language as a mail is written in it.
type tongue struct {
	code  events.Language
	words words
	zone  *time.Location
}

// T is what is said under a key, with what it speaks of. Error: nothing is said under it.
func (t tongue) T(key string, of ...any) (string, error) {
	form, known := t.words[key]
	if !known {
		return "", fmt.Errorf("there are no words for %q in %q", key, t.code)
	}
	if len(of) == 0 {
		return form, nil
	}
	return fmt.Sprintf(form, of...), nil
}

// Money is an amount as people who speak the language write it: $39.98, 39,98 €. How many decimals it has the mart's own table says.
func (t tongue) Money(m events.Money) string {
	digits, _ := domain.Decimals(m.Currency)
	number, _, _ := strings.Cut(domain.Written(m), " ")
	amount, err := currency.NewAmount(number, m.Currency)
	if err != nil {
		return domain.Written(m) // an order from before currencies were looked at
	}
	f := currency.NewFormatter(currency.NewLocale(string(t.code)))
	f.MinDigits, f.MaxDigits = uint8(digits), uint8(digits)
	return f.Format(amount)
}

// percent is a rate in thousandths of a percent: 8.875 %.
func (t tongue) percent(rate int64) (string, error) {
	number := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%03d", rate/1000, rate%1000), "0"), ".")
	point, err := t.T("decimal point")
	if err != nil {
		return "", err
	}
	return t.T("percent", strings.Replace(number, ".", point, 1))
}

// Date is a day where the shop is.
func (t tongue) Date(at time.Time) (string, error) {
	months, err := t.T("months")
	if err != nil {
		return "", err
	}
	at = at.In(t.zone)
	return t.T("date", at.Day(), strings.Fields(months)[at.Month()-1], at.Year())
}

// Moment is a day and a time of it, to the minute, with the time zone.
func (t tongue) Moment(at time.Time) (string, error) {
	day, err := t.Date(at)
	if err != nil {
		return "", err
	}
	at = at.In(t.zone)
	return t.T("moment", day, at.Format("15:04"), at.Format("MST"))
}
