package events

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
)

// Words is what somebody wrote in words of their own: the reason of a cancellation or a refund, a note on stock. It may quote anybody,
// so it is personal: in a topic it is never in clear. Releases before this one wrote it in clear, and rows and events of theirs are
// still read; so what is encrypted is told by how it begins.
type Words struct {
	Personal
	clear bool // it may be stored as it is: the mart's own words, or it was stored so before
}

// encryptedWords is how encrypted words begin.
const encryptedWords = "personal:"

// Said is what a person wrote.
func Said(text string) Words { return Words{Personal: NewPersonal(text)} }

// Own is what the mart itself says where a person might have written something.
func Own(text string) Words { return Words{Personal: NewPersonal(text), clear: true} }

// Equal compares as Personal does.
func (w Words) Equal(o Words) bool { return w.Personal.Equal(o.Personal) }

// MarshalJSON writes the ciphertext and refuses to write clear text, also the mart's own.
func (w Words) MarshalJSON() ([]byte, error) {
	if w.cipher == "" {
		return w.Personal.MarshalJSON()
	}
	return json.Marshal(encryptedWords + w.cipher)
}

// UnmarshalJSON reads the ciphertext, or what was in clear.
func (w *Words) UnmarshalJSON(b []byte) error {
	var text string
	err := json.Unmarshal(b, &text)
	*w = readWords(text)
	return err
}

// Value stores the ciphertext, and in clear only what may be.
func (w Words) Value() (driver.Value, error) {
	switch {
	case w.cipher != "":
		return encryptedWords + w.cipher, nil
	case w.clear:
		return w.plain, nil
	}
	return w.Personal.Value()
}

// Scan reads the ciphertext, or what was stored in clear.
func (w *Words) Scan(src any) error {
	text, ok := src.(string)
	if !ok && src != nil {
		return fmt.Errorf("words are stored as text, not as %T", src)
	}
	*w = readWords(text)
	return nil
}

func readWords(text string) Words {
	if cipher, encrypted := strings.CutPrefix(text, encryptedWords); encrypted {
		return Words{Personal: FromCiphertext(cipher)}
	}
	return Words{Personal: NewPersonal(text), clear: text != ""}
}
