package web

import (
	"context"

	"golang.org/x/text/language"
)

// Language is which of the languages that can be spoken the caller understands best, by Accept-Language: its place among them. It is the first where
// they understand none. Source: RFC 9110 §12.5.4.
func Language[L ~string](ctx context.Context, spoken ...L) int {
	tags := make([]language.Tag, 0, len(spoken))
	for _, s := range spoken {
		tags = append(tags, language.Make(string(s)))
	}
	wanted, _, err := language.ParseAcceptLanguage(requestFrom(ctx).languages)
	if err != nil {
		return 0 // it says nothing that could be understood
	}
	_, at, _ := language.NewMatcher(tags).Match(wanted...)
	return at
}
