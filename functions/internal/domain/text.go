package domain

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// name is a line in which there is something to see.
func (f *faults) name(location, value string, l limit) string {
	before := len(*f)
	value = f.line(location, value, l)
	if len(*f) == before && !strings.ContainsFunc(value, seen) {
		f.add(location, "must not be empty")
	}
	return value
}

// line is a text without line breaks and tabs: they have no place in a name, and would end a mail's header.
func (f *faults) line(location, value string, l limit) string {
	value = f.trimmed(location, value, l)
	if hasControls(value, "") || strings.ContainsAny(value, "\u2028\u2029") {
		f.add(location, "must be one line, without control characters")
	}
	return value
}

// text is trimmed, in Unicode's composed form, its lines end in \n, and it has no control characters but these and tabs.
func (f *faults) text(location, value string, l limit) string {
	value = f.trimmed(location, strings.ReplaceAll(value, "\r\n", "\n"), l)
	if hasControls(value, "\n\t") {
		f.add(location, "must not contain control characters")
	}
	return value
}

// trimmed is a text in Unicode's composed form (NFC), in which two texts that look the same are the same.
func (f *faults) trimmed(location, value string, l limit) string {
	value = strings.TrimFunc(norm.NFC.String(value), blank)
	if utf8.RuneCountInString(value) > l.maxLength {
		f.add(location, "must be at most %d characters", l.maxLength)
	}
	if strings.ContainsFunc(value, turning) {
		f.add(location, "must not contain characters that turn the direction of writing")
	}
	return value
}

// hasControls tells whether there are control characters other than those allowed, or what is no text at all.
func hasControls(value, but string) bool {
	return !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune(but, r) })
}

// turning tells the embeddings, overrides and isolates of UAX #9: what stands after one reads in another order than it is stored in,
// so that one name reads as another. The marks U+200E, U+200F and U+061C turn nothing and are needed where two scripts meet.
func turning(r rune) bool { return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 }

// blank tells what may be cut off at both ends: spaces, and the spaces and hyphens without width.
func blank(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("\u00AD\u200B\u2060\uFEFF", r)
}

// invisible are characters that are letters and symbols by their category and yet draw nothing: Hangul's fillers and their like,
// Braille's empty cell, an empty note.
var invisible = []*unicode.RangeTable{
	unicode.Other_Default_Ignorable_Code_Point,
	{R16: []unicode.Range16{{Lo: 0x2800, Hi: 0x2800, Stride: 1}}, R32: []unicode.Range32{{Lo: 0x1D159, Hi: 0x1D159, Stride: 1}}},
}

// namesSigns are what stands in names besides letters, digits and spaces: of people, their titles, firms and houses, in any script; and what joins or sets
// apart letters without being seen.
const namesSigns = ".,'’‘´`-‐‑‒–—·‧・()&+/\"“”„«»‹›!#_°׳״\u200c\u200d\u200e\u200f\u061c"

// unnamed tells a character that has no place in a person's name: a sign that is none of those, and whatever Unicode takes for a point, a slash, a colon or an @
// though it is another one, which mail programs make links with.
func unnamed(r rune) bool {
	if r > unicode.MaxASCII && strings.ContainsAny(norm.NFKC.String(string(r)), "./:@\u3002") {
		return true
	}
	return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Zs) && !strings.ContainsRune(namesSigns, r)
}

// seen tells a character that by itself puts something on the page: no space, no format character, no accent with nothing below it.
func seen(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) && !unicode.In(r, invisible...)
}
