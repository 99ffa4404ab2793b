package domain

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// SearchWords is what somebody looks for, in the words that the tables keep of a text: in one form of each letter, without the signs
// between them. Quotation marks around a phrase stay, and a dash before a word, or a phrase, that must not be there.
func SearchWords(text string) string {
	var b strings.Builder
	outside := true // at the beginning, or after a space
	runes := []rune(norm.NFKC.String(text))
	for i, r := range runes {
		sign := signOrSpace(r)
		excludes := r == '-' && outside && i+1 < len(runes) && (runes[i+1] == '"' || !signOrSpace(runes[i+1]))
		switch {
		case r == '"' || excludes:
			b.WriteRune(r)
		case sign:
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
		outside = unicode.IsSpace(r)
	}
	return b.String()
}

func signOrSpace(r rune) bool {
	return unicode.IsSpace(r) || r <= unicode.MaxASCII && (unicode.IsPunct(r) || unicode.IsSymbol(r))
}
