package events

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync"
)

// Personal is a value about a person, or a secret of theirs: an e-mail address, a name, a phone, a postal address, a
// password hash. It cannot be written to JSON in clear: it travels and is stored encrypted, and prints as [personal].
type Personal struct {
	plain  string
	cipher string // key.base64url(nonce ‖ AEAD); key is the ring's or a person's (personkey.go)
	erased bool   // it was there, and its person was erased
}

// NewPersonal is a personal value from its clear text.
func NewPersonal(clear string) Personal { return Personal{plain: clear} }

// FromCiphertext is a personal value as it is stored.
func FromCiphertext(c string) Personal { return Personal{cipher: c} }

// Plaintext is the clear text; "" when the value was never opened.
func (p Personal) Plaintext() string { return p.plain }

// Ciphertext is the value as it travels; "" when it was never closed.
func (p Personal) Ciphertext() string { return p.cipher }

// IsZero reports an absent value, for omitzero.
func (p Personal) IsZero() bool { return p.plain == "" && p.cipher == "" }

// Erased tells that a value is absent because its person was erased.
func (p Personal) Erased() bool { return p.erased }

// Equal compares clear texts where both are open, ciphertexts otherwise.
func (p Personal) Equal(o Personal) bool {
	if p.plain != "" || o.plain != "" {
		return p.plain == o.plain
	}
	return p.cipher == o.cipher
}

func (p Personal) String() string   { return "[personal]" }
func (p Personal) GoString() string { return "[personal]" }

// MarshalJSON writes the ciphertext and refuses to write clear text.
func (p Personal) MarshalJSON() ([]byte, error) {
	if p.cipher == "" && p.plain != "" {
		return nil, errors.New("a personal value would have left in clear; encrypt it with Keys first")
	}
	return json.Marshal(p.cipher)
}

// UnmarshalJSON reads the ciphertext.
func (p *Personal) UnmarshalJSON(b []byte) error {
	*p = Personal{}
	return json.Unmarshal(b, &p.cipher)
}

// Value stores the ciphertext.
func (p Personal) Value() (driver.Value, error) {
	if p.cipher == "" && p.plain != "" {
		return nil, errors.New("a personal value would have been stored in clear; encrypt it with Keys first")
	}
	return p.cipher, nil
}

// Scan reads the ciphertext.
func (p *Personal) Scan(src any) error {
	switch s := src.(type) {
	case nil:
		*p = Personal{}
	case string:
		*p = Personal{cipher: s}
	case []byte:
		*p = Personal{cipher: string(s)}
	default:
		return fmt.Errorf("a personal value is stored as text, not as %T", src)
	}
	return nil
}

var (
	personalType = reflect.TypeFor[Personal]()
	holders      sync.Map // reflect.Type → bool: does it hold a Personal anywhere
)

func holdsPersonal(t reflect.Type) bool {
	if known, ok := holders.Load(t); ok {
		return known.(bool)
	}
	found := searchPersonal(t, map[reflect.Type]bool{})
	holders.Store(t, found)
	return found
}

func searchPersonal(t reflect.Type, seen map[reflect.Type]bool) bool {
	if t == personalType {
		return true
	}
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return searchPersonal(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && searchPersonal(f.Type, seen) {
				return true
			}
		}
	default:
	}
	return false
}

// eachPersonal visits every personal value below v, which must be addressable.
func eachPersonal(v reflect.Value, visit func(*Personal) error) error {
	if !holdsPersonal(v.Type()) {
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return eachPersonal(v.Elem(), visit)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := eachPersonal(v.Index(i), visit); err != nil {
				return err
			}
		}
	case reflect.Struct:
		if v.Type() == personalType {
			return visit(v.Addr().Interface().(*Personal))
		}
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue
			}
			if err := eachPersonal(v.Field(i), visit); err != nil {
				return fmt.Errorf("%s: %w", v.Type().Field(i).Name, err)
			}
		}
	default:
	}
	return nil
}
