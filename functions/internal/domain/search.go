package domain

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Search is what somebody looks for.
type Search struct {
	// Words is what was typed in the words that the tables keep of a text: in one form of each letter, without the signs between them. Quotation
	// marks around a phrase stay, and a dash before a word, or a phrase, that must not be there.
	Words string
	// Plain tells that these are words and nothing else: no phrase, nothing that must not be there, no choice.
	Plain bool
	// Open tells that the last word may go on: it is still being typed.
	Open bool
}

// shortestOpen is how many letters a word has that may go on: with one letter half of all words begin.
const shortestOpen = 2

// SearchFor reads what was typed.
func SearchFor(text string) Search {
	s := Search{Words: searchWords(text), Plain: true}
	words := strings.Fields(s.Words)
	for _, word := range words {
		s.Plain = s.Plain && !strings.ContainsRune(word, '"') && word[0] != '-' && !strings.EqualFold(word, "or")
	}
	if len(words) > 0 {
		last := words[len(words)-1]
		phrase := strings.Count(s.Words, `"`)%2 == 1 || strings.HasSuffix(last, `"`)
		s.Open = !phrase && last[0] != '-' && len([]rune(last)) >= shortestOpen
	}
	return s
}

func searchWords(text string) string {
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
