package domain

import (
	"slices"
	"strings"
	"unicode"
)

// Mistakes are looked for in so many words at most, in words of so many letters: a short word is like too many others, and a long text is no
// search.
const (
	mostMistyped     = 6
	shortestMistyped = 4
	longestMistyped  = 20
	shortestPart     = 3 // of what is two words without a space between them
)

// Alike are all words that may be meant by words of which nothing is found, in the form in which the tables keep them: those one mistake away from
// one of them, whether or not there are such words, and themselves. A mistake is a letter too many, too few, wrong, or in its neighbour's place,
// or a space too many or too few. A word with a number in it is meant as it is. There are none for what is no plain search.
func Alike(words []string) (all []string) {
	if len(words) > mostMistyped || slices.ContainsFunc(words, hasSign) {
		return nil
	}
	for i, word := range words {
		all = append(append(all, word), near(word)...)
		for _, two := range parts(word) {
			all = append(all, two[:]...)
		}
		if i+1 < len(words) {
			all = append(all, word+words[i+1])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Mistyped is what may have been meant by words: conditions in the language of Postgres (tsquery), the better guess first. One mistake in all of it
// is the first, one in each word the second. There tells of what is Alike whether there is such a word; open, that the last one may go on.
func Mistyped(words []string, open bool, there func(string) bool) (guesses []string) {
	g := mistaken{words: words, open: open, there: there}
	var once, each []string
	for i := range words {
		if meant := g.meant(i); len(meant) > 0 {
			once = append(once, g.with(i, i+1, meant)...)
		}
		if i+1 < len(words) && there(words[i]+words[i+1]) {
			once = append(once, g.with(i, i+2, []string{lexeme(words[i] + words[i+1])})...)
		}
		each = append(each, anyOf(append(g.meant(i), g.said(i)...)))
	}
	if len(once) > 0 {
		guesses = append(guesses, strings.Join(once, " | "))
	}
	if len(words) > 1 && !slices.Contains(each, "") {
		guesses = append(guesses, strings.Join(each, " & "))
	}
	return guesses
}

type mistaken struct {
	words []string
	open  bool
	there func(string) bool
}

// said is a word as it was typed; none where there is no such word.
func (g mistaken) said(i int) []string {
	switch {
	case g.open && i == len(g.words)-1:
		return []string{lexeme(g.words[i]) + ":*"}
	case g.there(g.words[i]):
		return []string{lexeme(g.words[i])}
	}
	return nil
}

// meant is what there is of what may have been meant by a word.
func (g mistaken) meant(i int) (all []string) {
	for _, word := range near(g.words[i]) {
		if g.there(word) {
			all = append(all, lexeme(word))
		}
	}
	for _, two := range parts(g.words[i]) {
		if g.there(two[0]) && g.there(two[1]) {
			all = append(all, "("+lexeme(two[0])+" & "+lexeme(two[1])+")")
		}
	}
	return all
}

// with is the words as they were typed but for some, which mean one of these; none where there is no such word among the others.
func (g mistaken) with(from, end int, meant []string) []string {
	all := []string{anyOf(meant)}
	for i := range g.words {
		if i >= from && i < end {
			continue
		}
		said := g.said(i)
		if said == nil {
			return nil
		}
		all = append(all, said...)
	}
	return []string{"(" + strings.Join(all, " & ") + ")"}
}

// guessable tells whether one letter of a word may be a mistake.
func guessable(word string) bool {
	n := len([]rune(word))
	return n >= shortestMistyped && n <= longestMistyped && strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }) < 0
}

// hasSign tells whether there is something in a word that Postgres may take for the end of it.
func hasSign(word string) bool {
	return strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) }) >= 0
}

// near are the words that one letter makes of a word.
func near(word string) (all []string) {
	if !guessable(word) {
		return nil
	}
	r, letters := []rune(word), alphabet(word)
	for i := range len(r) + 1 {
		before, after := string(r[:i]), string(r[i:])
		for _, letter := range letters {
			all = append(all, before+string(letter)+after)
			if i < len(r) && letter != r[i] {
				all = append(all, before+string(letter)+string(r[i+1:]))
			}
		}
		if i < len(r) {
			all = append(all, before+string(r[i+1:]))
		}
		if i+1 < len(r) && r[i] != r[i+1] {
			all = append(all, before+string([]rune{r[i+1], r[i]})+string(r[i+2:]))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// parts are the two words that a word may be.
func parts(word string) (all [][2]string) {
	r := []rune(word)
	for i := shortestPart; guessable(word) && i+shortestPart <= len(r); i++ {
		all = append(all, [2]string{string(r[:i]), string(r[i:])})
	}
	return all
}

// alphabets are the letters that may be missing or wrong in a word, by the first and the last of them, as far as a script has few.
var alphabets = [][2]rune{{'a', 'z'}, {'α', 'ω'}, {'а', 'я'}}

// alphabet is the letters of the script that a word is written in; none where it has too many: a letter too many is found there all the same.
func alphabet(word string) (letters []rune) {
	for _, a := range alphabets {
		if first := []rune(word)[0]; first >= a[0] && first <= a[1] {
			for letter := a[0]; letter <= a[1]; letter++ {
				letters = append(letters, letter)
			}
		}
	}
	return letters
}

// lexeme is a word of letters, numbers and marks as Postgres reads it.
func lexeme(word string) string { return "'" + word + "'" }

// anyOf is one of some conditions, "" of none.
func anyOf(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return "(" + strings.Join(conditions, " | ") + ")"
}
