package events

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAPersonalValueNeverLeavesInClear(t *testing.T) {
	t.Parallel()
	const canary = "canary@example.com"
	p := NewPersonal(canary)
	if _, err := json.Marshal(struct{ Email Personal }{p}); err == nil {
		t.Error("it was marshalled in clear")
	}
	if _, err := p.Value(); err == nil {
		t.Error("it would be stored in clear")
	}
	if text := fmt.Sprintf("%v %+v %#v %s %q", p, p, p, p, p); strings.Contains(text, canary) {
		t.Errorf("it prints as %s", text)
	}
	if text := fmt.Sprintf("%v %+v", struct{ P Personal }{p}, &p); strings.Contains(text, canary) {
		t.Errorf("inside a struct it prints as %s", text)
	}
	raw, err := testKeys(t).Encode(&NewCustomer{Email: p, Name: NewPersonal("Ada"), PasswordHash: NewPersonal("$argon2id$")})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "canary") || strings.Contains(string(raw), "argon") || !strings.Contains(string(raw), `"email":"p1.`) {
		t.Errorf("encoded: %s", raw)
	}
}

// Every payload in which a personal value is found anywhere is encrypted and read back as it was.
func TestEveryPersonalFieldTravels(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	for _, d := range All() {
		payload := d.Declaration().Payload
		if !holdsPersonal(payload) {
			continue
		}
		value := reflect.New(payload)
		n := fill(value.Elem())
		raw, err := k.Encode(value.Interface())
		if err != nil {
			t.Errorf("%s: %v", d.Type(), err)
			continue
		}
		if n == 0 || strings.Contains(string(raw), "secret-") {
			t.Errorf("%s: %d personal values, and it reads %s", d.Type(), n, raw)
		}
		back := reflect.New(payload)
		if err := json.Unmarshal(raw, back.Interface()); err != nil {
			t.Errorf("%s: %v", d.Type(), err)
		}
		opened := 0
		if err := eachPersonal(back, func(p *Personal) error {
			opened++
			if err := k.Decrypt(p); err != nil {
				return err
			}
			if want := fmt.Sprintf("secret-%d", opened); p.Plaintext() != want {
				return fmt.Errorf("opened as %q, not %q", p.Plaintext(), want)
			}
			return nil
		}); err != nil || opened != n {
			t.Errorf("%s: %d of %d opened: %v", d.Type(), opened, n, err)
		}
	}
}

// fill gives every personal value below v a text of its own, and slices one element.
func fill(v reflect.Value) int {
	n := 0
	grow(v)
	_ = eachPersonal(v.Addr(), func(p *Personal) error {
		n++
		*p = NewPersonal(fmt.Sprintf("secret-%d", n))
		return nil
	})
	return n
}

func grow(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				grow(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct && holdsPersonal(v.Type()) {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			grow(v.Index(0))
		}
	default:
	}
}

func TestPersonalKeysRotate(t *testing.T) {
	t.Parallel()
	old, both, renewed := keysOf(t, oldSeal, oldPersonal), keysOf(t, oldSeal, newPersonal+","+oldPersonal), keysOf(t, oldSeal, newPersonal)
	p := NewPersonal("Ada")
	if err := old.Encrypt(&p); err != nil {
		t.Fatal(err)
	}
	stored := FromCiphertext(p.Ciphertext())
	if err := both.Decrypt(&stored); err != nil || stored.Plaintext() != "Ada" {
		t.Errorf("with the old key second: %q, %v", stored.Plaintext(), err)
	}
	again := NewPersonal("Ada")
	if err := both.Encrypt(&again); err != nil || !strings.HasPrefix(again.Ciphertext(), "p2.") {
		t.Errorf("closed with %q: %v", again.Ciphertext(), err)
	}
	dropped := FromCiphertext(p.Ciphertext())
	if err := renewed.Decrypt(&dropped); err == nil || dropped.Plaintext() != "" {
		t.Errorf("after its key is gone: %q, %v", dropped.Plaintext(), err)
	}
}

func TestAnAlteredPersonalValueIsRefused(t *testing.T) {
	t.Parallel()
	k := keysOf(t, oldSeal, oldPersonal+",px:"+oldPersonal[3:])
	p := NewPersonal("Ada")
	if err := k.Encrypt(&p); err != nil {
		t.Fatal(err)
	}
	c := p.Ciphertext()
	for _, altered := range []string{"p1", "p1.", "p1.AAAA", "p9" + c[2:], "px" + c[2:], c[:len(c)-2] + "AA", "x", "p1.!" + c[4:]} {
		a := FromCiphertext(altered)
		if err := k.Decrypt(&a); err == nil || a.Plaintext() != "" {
			t.Errorf("%q opens as %q: %v", altered, a.Plaintext(), err)
		}
	}
}

func TestScan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from any
		want string
	}{{nil, ""}, {"p1.x", "p1.x"}, {[]byte("p1.y"), "p1.y"}} {
		p := NewPersonal("before")
		if err := p.Scan(c.from); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(FromCiphertext(c.want), p); diff != "" {
			t.Errorf("scan %v: %s", c.from, diff)
		}
	}
	if err := new(Personal).Scan(7); err == nil {
		t.Error("a number was taken")
	}
}

// Nothing of a struct is empty to omitempty: a Personal that is not there would be written as "", and refused where it is read.
func TestWhatMayBeAbsentIsLeftOut(t *testing.T) {
	t.Parallel()
	seen := map[reflect.Type]bool{}
	var look func(reflect.Type)
	look = func(of reflect.Type) {
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
			of = of.Elem()
		}
		if of.Kind() != reflect.Struct || seen[of] {
			return
		}
		seen[of] = true
		for f := range of.Fields() {
			if _, options, _ := strings.Cut(f.Tag.Get("json"), ","); f.Type.Kind() == reflect.Struct && strings.Contains(options, "omitempty") {
				t.Errorf("%s.%s is a %s, which omitempty never leaves out: say omitzero", of, f.Name, f.Type)
			}
			look(f.Type)
		}
	}
	for _, m := range All() {
		d := m.Declaration()
		look(d.Payload)
		if d.Answer != nil {
			look(d.Answer)
		}
	}
}
