package events

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// A person's values are encrypted with a key of that person's own: once it is gone, nobody reads them any more, wherever they were kept. Such a
// value says whose it is, where one that the ring has encrypted says by which of its keys: p:base64url(id).base64url(nonce ‖ AEAD). No key of a
// ring can be called so.

// personPrefix is how the name of a person's key begins, and shortID how long the rest is.
const (
	personPrefix = "p:"
	shortID      = 22
)

// keyNameOf is what the key of a person is called: their id in less room, because it stands before each of their values.
func keyNameOf(person string) string {
	id, _ := uuid.Parse(person) // as every PersonKey's is
	return personPrefix + base64url.EncodeToString(id[:])
}

// PersonKey is one person's key. The zero value is nobody's: what is nobody's is the ring's to encrypt.
type PersonKey struct {
	person string
	aead   cipher.AEAD // nil: it is gone
}

// NewPersonKey makes a key for a person who has none, and gives it as ReadPersonKey reads it.
func NewPersonKey() Personal {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: crypto/rand aborts the program instead
	return NewPersonal(base64.StdEncoding.EncodeToString(key))
}

// ReadPersonKey is the key of the person with that id. Error: it is none.
func ReadPersonKey(person string, stored Personal) (PersonKey, error) {
	key, err := base64.StdEncoding.DecodeString(stored.Plaintext())
	if err != nil || len(key) != 32 || uuid.Validate(person) != nil {
		return PersonKey{}, fmt.Errorf("what is stored as the key of person %s is none", person)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return PersonKey{}, fmt.Errorf("the key of person %s: %w", person, err)
	}
	aead, err := cipher.NewGCM(block)
	return PersonKey{person: person, aead: aead}, err
}

// GonePersonKey stands for the key of a person who was erased.
func GonePersonKey(person string) PersonKey { return PersonKey{person: person} }

// Person is whose key it is; "" for nobody's.
func (p PersonKey) Person() string { return p.person }

// Gone tells that the key of a person is there no more.
func (p PersonKey) Gone() bool { return p.person != "" && p.aead == nil }

// With is the keys and those of some persons, whose values they decrypt: to nothing where a key is gone.
func (k *Keys) With(persons ...PersonKey) *Keys {
	if len(persons) == 0 {
		return k
	}
	with := *k
	with.persons = maps.Clone(k.persons)
	if with.persons == nil {
		with.persons = make(map[string]PersonKey, len(persons))
	}
	for _, p := range persons {
		with.persons[p.person] = p
	}
	return &with
}

// For is the keys as they encrypt for a person: also what is encrypted with the ring, once more. Without a key it is the keys as they are.
func (k *Keys) For(person PersonKey) *Keys {
	if person.aead == nil {
		return k
	}
	to := *k.With(person)
	to.to = person
	return &to
}

// Person is whose key a value is encrypted with; "" where the ring did it.
func (p Personal) Person() string { return personOf(p.cipher) }

func personOf(ciphertext string) string {
	key, _, _ := strings.Cut(ciphertext, ".")
	short, is := strings.CutPrefix(key, personPrefix)
	if !is {
		return ""
	}
	raw, err := base64url.DecodeString(short)
	if err != nil || len(raw) != len(uuid.UUID{}) {
		return ""
	}
	return uuid.UUID(raw).String()
}

// errUnknownPerson is about a value that nobody has fetched the key of.
var errUnknownPerson = errors.New("a personal value needs the key of a person, which is not at hand")

func (k *Keys) decryptOf(person string, p *Personal) error {
	key, known := k.persons[person]
	switch {
	case !known:
		return fmt.Errorf("%w: person %s", errUnknownPerson, person)
	case key.Gone():
		*p = Personal{erased: true}
		return nil
	}
	clear, err := open(key.aead, p.cipher)
	p.plain = clear
	return err
}

// personal finds the values of persons in JSON, each alone in its text or as what somebody has said.
var personal = regexp.MustCompile(`"((?:` + encryptedWords + `)?)(` + personPrefix + `[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{39,})"`)

// PersonsIn is the persons whose values a payload has, each once.
func PersonsIn(raw []byte) (persons []string) {
	if !bytes.Contains(raw, []byte(personPrefix)) {
		return nil
	}
	for _, found := range personal.FindAllSubmatch(raw, -1) {
		if person := personOf(string(found[2])); person != "" && !slices.Contains(persons, person) {
			persons = append(persons, person)
		}
	}
	return persons
}

// Reseal is a payload whose values of persons are encrypted with the ring instead, for whoever reads it and keeps nothing of it: that needs no
// key but the ring. What no key opens any more is absent.
func (k *Keys) Reseal(raw []byte) []byte {
	return personal.ReplaceAllFunc(raw, func(text []byte) []byte {
		parts := personal.FindSubmatch(text)
		value := FromCiphertext(string(parts[2]))
		if err := k.Decrypt(&value); err != nil || value.IsZero() {
			return []byte(`""`)
		}
		again := NewPersonal(value.plain)
		_ = k.encryptWithRing(&again) // of a value in clear, it cannot fail
		return []byte(`"` + string(parts[1]) + again.cipher + `"`)
	})
}

// ringed finds values in a text that a key of a ring has encrypted, alone in it or in JSON.
var ringed = regexp.MustCompile(`(^|")((?:` + encryptedWords + `)?)([^":. ]+\.[A-Za-z0-9_-]{39,})("|$)`)

// CloseText is a stored text, a value or JSON, with what the ring has encrypted in it encrypted for the person of For. Error: it cannot be read.
func (k *Keys) CloseText(text string) (closed string, err error) {
	closed = ringed.ReplaceAllStringFunc(text, func(found string) string {
		parts := ringed.FindStringSubmatch(found)
		value := FromCiphertext(parts[3])
		if failed := k.Encrypt(&value); failed != nil {
			err = failed
			return found
		}
		return parts[1] + parts[2] + value.Ciphertext() + parts[4]
	})
	return closed, err
}
