package events

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Keys holds the two key rings of a function: one seals messages, one encrypts personal values. The first key of a ring is the
// current one; the others are still accepted, so a rotation is: add the new key last everywhere, then move it first,
// then drop the old one when the oldest message is past its horizon.
type Keys struct {
	signing  ring
	personal ring
	aead     map[string]cipher.AEAD
	persons  map[string]PersonKey // whose values are decrypted, too
	to       PersonKey            // whose values are encrypted; nobody's: with the ring
}

type ring struct {
	current string
	keys    map[string][]byte
}

var base64url = base64.RawURLEncoding

// The settings that the rings come from.
const (
	SigningRing  = "EVENT_SEAL_KEYS"
	PersonalRing = "EVENT_PERSONAL_KEYS"
)

// NewKeys reads two rings written as "id:base64,id:base64"; every key has 32 bytes. Error: what is wrong with which ring.
func NewKeys(seal, personal string) (*Keys, error) {
	s, err := parseRing(seal)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", SigningRing, err)
	}
	p, err := parseRing(personal)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", PersonalRing, err)
	}
	aeads := make(map[string]cipher.AEAD, len(p.keys))
	for id, key := range p.keys {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("personal data key %s: %w", id, err)
		}
		if aeads[id], err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("personal data key %s: %w", id, err)
		}
	}
	return &Keys{signing: s, personal: p, aead: aeads}, nil
}

// GenerateRing makes a ring of one new key, for a first start.
func GenerateRing(id string) string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: crypto/rand aborts the program instead
	return id + ":" + base64.StdEncoding.EncodeToString(key)
}

func parseRing(text string) (ring, error) {
	r := ring{keys: map[string][]byte{}}
	for entry := range strings.SplitSeq(text, ",") {
		id, encoded, ok := strings.Cut(strings.TrimSpace(entry), ":")
		if !ok || id == "" || strings.ContainsAny(id, ". ") {
			return ring{}, errors.New(`want "id:base64,id:base64", the current key first`)
		}
		key, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(key) != 32 {
			return ring{}, fmt.Errorf("key %s: want 32 bytes as base64 (openssl rand -base64 32)", id)
		}
		if _, twice := r.keys[id]; twice {
			return ring{}, fmt.Errorf("key %s is there twice", id)
		}
		if r.current == "" {
			r.current = id
		}
		r.keys[id] = key
	}
	return r, nil
}

// KeyCheck tells later whether a ring still holds the same key under an id. It reveals nothing of the key.
type KeyCheck struct {
	Ring  string // the setting that the ring comes from
	ID    string
	Value string
}

// Current is the id of the personal ring's current key.
func (k *Keys) Current() string { return k.personal.current }

// Checks is a check of every key of both rings, by ring and id.
func (k *Keys) Checks() (all []KeyCheck, err error) {
	for _, of := range []struct {
		name string
		ring ring
	}{{PersonalRing, k.personal}, {SigningRing, k.signing}} {
		for _, id := range slices.Sorted(maps.Keys(of.ring.keys)) {
			value, err := hkdf.Key(sha256.New, of.ring.keys[id], nil, "mart key check "+of.name+" "+id, 16)
			if err != nil {
				return nil, fmt.Errorf("%s: make a check of key %s: %w", of.name, id, err)
			}
			all = append(all, KeyCheck{of.name, id, base64url.EncodeToString(value)})
		}
	}
	return all, nil
}

// Encrypt encrypts a personal value that is still in clear; for a person, also one that the ring has encrypted. Error: that cannot be read.
func (k *Keys) Encrypt(p *Personal) error {
	if k.to.aead == nil {
		return k.encryptWithRing(p)
	}
	if p.Person() != "" || p.IsZero() {
		return nil
	}
	if err := k.Decrypt(p); err != nil {
		return err
	}
	p.cipher = seal(k.to.aead, keyNameOf(k.to.person), p.plain)
	return nil
}

func (k *Keys) encryptWithRing(p *Personal) error {
	if p.cipher == "" && p.plain != "" {
		p.cipher = seal(k.aead[k.personal.current], k.personal.current, p.plain)
	}
	return nil
}

// seal encrypts with a key of that name.
func seal(aead cipher.AEAD, name, clear string) string {
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(clear)+aead.Overhead())
	_, _ = rand.Read(nonce)
	return name + "." + base64url.EncodeToString(aead.Seal(nonce, nonce, []byte(clear), []byte(name)))
}

// Decrypt decrypts a personal value. One whose person was erased is absent from then on. Error: its key is not at hand, or it was altered.
func (k *Keys) Decrypt(p *Personal) error {
	if p.cipher == "" || p.plain != "" {
		return nil
	}
	if person := p.Person(); person != "" {
		return k.decryptOf(person, p)
	}
	id, _, _ := strings.Cut(p.cipher, ".")
	aead, ok := k.aead[id]
	if !ok {
		return fmt.Errorf("a personal value needs key %q, which is not in the ring", id)
	}
	clear, err := open(aead, p.cipher)
	p.plain = clear
	return err
}

// open decrypts what seal has made. Error: it was altered.
func open(aead cipher.AEAD, ciphertext string) (string, error) {
	name, encoded, _ := strings.Cut(ciphertext, ".")
	raw, err := base64url.DecodeString(encoded)
	if err != nil || len(raw) < aead.NonceSize() {
		return "", errors.New("a personal value is not readable")
	}
	clear, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], []byte(name))
	if err != nil {
		return "", errors.New("a personal value was altered")
	}
	return string(clear), nil
}

// EncryptAll encrypts every personal value below data (a pointer) that is still in clear.
func (k *Keys) EncryptAll(data any) error { return eachPersonal(reflect.ValueOf(data), k.Encrypt) }

// Encode writes a payload (a pointer) as JSON with its personal values encrypted.
func (k *Keys) Encode(data any) (json.RawMessage, error) {
	if err := k.EncryptAll(data); err != nil {
		return nil, err
	}
	return json.Marshal(data)
}

// decode reads a payload and opens its personal values; with keys nil they stay closed.
func decode[T any](keys *Keys, raw []byte) (T, error) {
	var data T
	if err := CheckJSON(raw); err != nil {
		return data, fmt.Errorf("read the payload: %w", err)
	}
	if err := json.Unmarshal(raw, &data); err != nil {
		return data, fmt.Errorf("read the payload: %w", err)
	}
	if keys == nil {
		return data, nil
	}
	return data, eachPersonal(reflect.ValueOf(&data), keys.Decrypt)
}
