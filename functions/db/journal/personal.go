package journal

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
)

// In the place of a personal value stands personalMark, its number and personalEnd. JSON has no such characters.
const (
	personalMark = '\x1a'
	personalEnd  = '\x1b'
)

// shortestSealed is the length of a nonce of 12 bytes, a tag of 16 and one byte in base64url.
const shortestSealed = 39

var quote = []byte{'"'}

// Hidden stands for a personal value that is forgotten, or is not to be shown.
const Hidden = "[personal]"

// Mask puts Hidden in the place of each personal value of data.
func Mask(data []byte) []byte {
	var p Packed
	text, _ := putBack(p.takeOut(data), nil)
	return text
}

// takeOut puts marks in the place of personal values, and keeps those.
func (p *Packed) takeOut(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for {
		before, rest, found := bytes.Cut(data, quote)
		out = append(out, before...)
		if !found {
			return out
		}
		value, after, closed := bytes.Cut(rest, quote)
		if closed && isCiphertext(value) {
			out, data = fmt.Appendf(out, "%c%d%c", personalMark, p.keep(string(value)), personalEnd), after
		} else {
			out, data = append(out, quote...), rest
		}
	}
}

// keep gives the number of a personal value.
func (p *Packed) keep(value string) int {
	if i := slices.Index(p.Personal, value); i >= 0 {
		return i
	}
	p.Personal = append(p.Personal, value)
	return len(p.Personal) - 1
}

// isCiphertext tells whether a string of JSON is what a key has encrypted: the key's id, a dot, and in base64url at least a nonce, a tag
// and a byte.
func isCiphertext(value []byte) bool {
	key, sealed, found := bytes.Cut(value, []byte{'.'})
	return found && len(key) > 0 && bytes.IndexByte(key, ' ') < 0 && len(sealed) >= shortestSealed && !bytes.ContainsFunc(sealed, notBase64)
}

func notBase64(c rune) bool {
	return (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_'
}

// putBack puts personal values where their marks are. whole tells whether each of them is there.
func putBack(data []byte, personal []string) (text []byte, whole bool) {
	text, whole = make([]byte, 0, len(data)), true
	for {
		before, after, found := bytes.Cut(data, []byte{personalMark})
		text = append(text, before...)
		if !found {
			return text, whole
		}
		number, rest, _ := bytes.Cut(after, []byte{personalEnd})
		value := Hidden
		if i, err := strconv.Atoi(string(number)); err == nil && i < len(personal) {
			value = personal[i]
		} else {
			whole = false
		}
		text, data = append(append(append(text, '"'), value...), '"'), rest
	}
}
