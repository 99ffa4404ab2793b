package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// jsonFormat reads and writes every JSON body.
var jsonFormat = huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: readJSON}

// readJSON is encoding/json's but for two things. An integer may be written 1.0 or 1e2, as the schema says: by JSON Schema a number
// is an integer when it has no fraction. And what does not fit is told in words, not in types of Go.
func readJSON(raw []byte, into any) error {
	err := json.Unmarshal(raw, into)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && strings.HasPrefix(wrong.Value, "number") {
		err = json.Unmarshal(plainIntegers(raw), into)
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return typeMismatch{field: wrong.Field, wanted: wantedOf(wrong.Type)}
	}
	return err
}

// typeMismatch is a value of the wrong kind.
type typeMismatch struct{ field, wanted string }

func (m typeMismatch) Error() string {
	if m.field == "" {
		return m.message()
	}
	return m.field + ": " + m.message()
}

func (m typeMismatch) message() string { return "expected " + m.wanted }

// kinds are what a person would call them.
var kinds = map[reflect.Kind]string{
	reflect.Bool: "true or false", reflect.String: "a text", reflect.Struct: "an object", reflect.Map: "an object",
	reflect.Slice: "a list", reflect.Array: "a list", reflect.Float32: "a number", reflect.Float64: "a number",
}

func wantedOf(t reflect.Type) string {
	if words, ok := kinds[t.Kind()]; ok {
		return words
	}
	if t.Kind() == reflect.Pointer {
		return wantedOf(t.Elem())
	}
	return fmt.Sprintf("an integer of at most %d bits", t.Bits())
}

// plainIntegers writes the numbers of a JSON text that are integers as digits only.
func plainIntegers(raw []byte) []byte {
	var out bytes.Buffer
	for quoted, i := false, 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case quoted && c == '\\':
			out.WriteByte(c)
			i++
			c = raw[i]
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '-' || '0' <= c && c <= '9'):
			end := i + 1
			for end < len(raw) && strings.IndexByte("0123456789+-.eE", raw[end]) >= 0 {
				end++
			}
			out.WriteString(plainInteger(string(raw[i:end])))
			i = end - 1
			continue
		}
		out.WriteByte(c)
	}
	return out.Bytes()
}

// maxShift bounds how far an exponent moves the point: no integer that is read here has more digits.
const maxShift = 20

// plainInteger is a number of JSON in digits only when it is an integer, else as it was.
func plainInteger(number string) string {
	unsigned, negative := strings.CutPrefix(number, "-")
	mantissa, exponent, _ := strings.Cut(strings.ToLower(unsigned), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	shift := 0
	if exponent != "" {
		var err error
		if shift, err = strconv.Atoi(exponent); err != nil || shift < -maxShift || shift > maxShift {
			return number
		}
	}
	digits, point := whole+fraction, len(whole)+shift
	if point > len(digits) {
		digits += strings.Repeat("0", point-len(digits))
	}
	if strings.Trim(digits[max(point, 0):], "0") != "" {
		return number
	}
	plain := strings.TrimLeft(digits[:max(point, 0)], "0")
	switch {
	case plain == "":
		return "0"
	case negative:
		return "-" + plain
	}
	return plain
}
