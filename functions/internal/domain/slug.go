package domain

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/gosimple/unidecode"
	"golang.org/x/text/unicode/norm"
)

// slug is what was given, else made from the name: lower-case words joined by dashes.
func (f *faults) slug(location, value, name string, l limit) string {
	if value == "" && name == "" {
		return "" // the name's fault, not the slug's
	}
	if value == "" {
		value = Slug(name, l.maxLength)
	}
	if !l.pattern.MatchString(value) || len(value) > l.maxLength {
		f.add(location, "must be small letters and digits, in words joined by single dashes, at most %d characters", l.maxLength)
	}
	return value
}

// Slug makes a slug of a name, of at most so many characters: its letters and digits in Latin ones, everything else becomes a dash. A name
// in which there are none gets the numbers of its characters. Only an empty name has no slug.
func Slug(name string, most int) string {
	name = norm.NFC.String(name)
	slug := dashed(latin(name))
	if slug == "" {
		slug = numbered(name)
	}
	if len(slug) <= most {
		return slug
	}
	cut := slug[:most+1] // the end of a word just here is an end of the slug
	if end := strings.LastIndexByte(cut, '-'); end > 0 {
		return cut[:end]
	}
	return slug[:most]
}

// latin writes a text in Latin letters. What has none falls away.
func latin(text string) string {
	var b strings.Builder
	for _, r := range text {
		written := unidecode.Unidecode(string(r))
		if r > unicode.MaxASCII && unicode.IsLetter(r) {
			written = strings.ReplaceAll(written, "'", "") // it stands for a sign of other scripts, and would cut the word in two
		}
		b.WriteString(written)
	}
	return b.String()
}

func dashed(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.TrimSuffix(b.String(), "-")
}

func numbered(name string) string {
	var words []string
	for _, r := range name {
		if seen(r) {
			words = append(words, fmt.Sprintf("u%x", r))
		}
	}
	return strings.Join(words, "-")
}
