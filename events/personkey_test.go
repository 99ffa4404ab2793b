package events

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	ada = "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d"
	bo  = "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8e"
)

func personKey(t testing.TB, person string) PersonKey {
	t.Helper()
	k, err := ReadPersonKey(person, NewPersonKey())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// encryptedFor is a value of somebody, as it is kept.
func encryptedFor(t testing.TB, k *Keys, person PersonKey, clear string) Personal {
	t.Helper()
	value := NewPersonal(clear)
	if err := k.For(person).Encrypt(&value); err != nil {
		t.Fatal(err)
	}
	return FromCiphertext(value.Ciphertext())
}

// A value of a person's is read with their key and no other, the ring's included, and says whose it is.
func TestPersonKey_ReadsItsOwn(t *testing.T) {
	t.Parallel()
	keys, of := testKeys(t), personKey(t, ada)
	value := encryptedFor(t, keys, of, "Ada Lovelace")
	if value.Person() != ada || strings.Contains(value.Ciphertext(), "Ada") {
		t.Errorf("%s is of %q", value.Ciphertext(), value.Person())
	}
	swapped := FromCiphertext(strings.Replace(value.Ciphertext(), keyNameOf(ada), keyNameOf(bo), 1))
	for says, c := range map[string]struct {
		with  *Keys
		value Personal
		want  string
	}{
		"with it":                         {keys.With(of), value, "Ada Lovelace"},
		"with the ring":                   {keys, value, ""},
		"with another's":                  {keys.With(personKey(t, bo)), value, ""},
		"with another key of theirs":      {keys.With(personKey(t, ada)), value, ""},
		"as another's, with another's":    {keys.With(PersonKey{bo, of.aead}), swapped, ""},
		"cut off":                         {keys.With(of), FromCiphertext(value.Ciphertext()[:50]), ""},
		"with a ring whose key is called": {keysOf(t, oldSeal, strings.Replace(oldPersonal, "p1", "p", 1)), value, ""},
	} {
		err := c.with.Decrypt(&c.value)
		if got := c.value.Plaintext(); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", says, got, err)
		}
	}
}

// Once a key is gone, what it has encrypted is absent, and says why; nothing fails for it.
func TestPersonKey_Gone(t *testing.T) {
	t.Parallel()
	keys := testKeys(t)
	value := encryptedFor(t, keys, personKey(t, ada), "Ada")
	words := Words{Personal: value}
	gone := keys.With(GonePersonKey(ada))
	for _, p := range []*Personal{&value, &words.Personal} {
		if err := gone.Decrypt(p); err != nil || !p.IsZero() || !p.Erased() {
			t.Errorf("%#v: %v", *p, err)
		}
	}
	if raw, err := json.Marshal([]any{value, words}); string(raw) != `["",""]` || err != nil {
		t.Errorf("%s, %v", raw, err)
	}
	late := NewPersonal("Ada")
	if err := keys.For(GonePersonKey(ada)).Encrypt(&late); err != nil || late.Person() != "" {
		t.Errorf("what is written with a key that is gone is of %q: %v", late.Person(), err)
	}
}

// What the ring has encrypted is encrypted for its person once more; what is somebody's already stays theirs.
func TestPersonKey_ClosesWhatTheRingHas(t *testing.T) {
	t.Parallel()
	keys, of := testKeys(t), personKey(t, ada)
	ring := NewPersonal("Ada")
	if err := keys.Encrypt(&ring); err != nil {
		t.Fatal(err)
	}
	ofBo := encryptedFor(t, keys, personKey(t, bo), "Bo")
	type data struct {
		Ring, Closed, Clear, Others, None Personal
		Said                              Words
	}
	d := &data{Ring: ring, Closed: FromCiphertext(ring.Ciphertext()), Clear: NewPersonal("Ada"), Others: ofBo, Said: Said("Ada")}
	if !Unclosed(d) {
		t.Error("nothing is to be encrypted for anybody")
	}
	if err := keys.For(of).EncryptAll(d); err != nil || Unclosed(d) {
		t.Fatal(err)
	}
	got := map[string]string{"ring": d.Ring.Person(), "closed": d.Closed.Person(), "clear": d.Clear.Person(), "said": d.Said.Person(), "other's": d.Others.Person(), "none": d.None.Person()}
	if diff := cmp.Diff(map[string]string{"ring": ada, "closed": ada, "clear": ada, "said": ada, "other's": bo, "none": ""}, got); diff != "" {
		t.Error(diff)
	}
	if again := FromCiphertext(d.Closed.Ciphertext()); keys.With(of).Decrypt(&again) != nil || again.Plaintext() != "Ada" {
		t.Errorf("it reads %q", again.Plaintext())
	}
}

// An answer is read with the ring alone, says the same, and nothing of whoever is gone or not known.
func TestReseal(t *testing.T) {
	t.Parallel()
	keys, of := testKeys(t), personKey(t, ada)
	type answer struct {
		Name, Gone, Unknown, Ring Personal
		Said, SaidByGone          Words
		Plain                     string
	}
	a := answer{
		Name: encryptedFor(t, keys, of, "Ada"), Gone: encryptedFor(t, keys, personKey(t, bo), "Bo"), Unknown: encryptedFor(t, keys, personKey(t, brandID[:35]+"0"), "X"),
		Ring: NewPersonal("Cy"), Said: Words{Personal: encryptedFor(t, keys, of, "hello")}, SaidByGone: Words{Personal: encryptedFor(t, keys, personKey(t, bo), "bye")},
		Plain: `p: says "p:AZjG8jwefUqbHl8ML2p7jQ.` + strings.Repeat("A", 39) + `"`,
	}
	raw, err := keys.Encode(&a)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{ada, bo, brandID[:35] + "0"}, PersonsIn(raw)); diff != "" {
		t.Error(diff)
	}
	resealed := keys.With(of, GonePersonKey(bo)).Reseal(raw)
	if left := PersonsIn(resealed); left != nil {
		t.Errorf("%s needs the keys of %q", resealed, left)
	}
	got, err := decode[answer](keys, resealed)
	if err != nil {
		t.Fatal(err)
	}
	type read struct{ Name, Gone, Unknown, Ring, Said, SaidByGone, Plain string }
	want := read{Name: "Ada", Ring: "Cy", Said: "hello", Plain: a.Plain}
	if diff := cmp.Diff(want, read{
		got.Name.Plaintext(), got.Gone.Plaintext(), got.Unknown.Plaintext(), got.Ring.Plaintext(), got.Said.Plaintext(), got.SaidByGone.Plaintext(), got.Plain,
	}); diff != "" {
		t.Error(diff)
	}
}

// Every command that says something personal says whose it is: of the customer who asks, of whoever its subject is or belongs to, or by itself.
func TestWhose(t *testing.T) {
	t.Parallel()
	subject, customer, clerk := brandID, Principal{Type: Shopper, ID: ada}, Principal{Type: Staff, ID: bo}
	address := NewPersonal("ada@example.com")
	for _, c := range []struct {
		data any
		by   Principal
		want PersonQuestion
	}{
		{&Cart{}, customer, PersonQuestion{ID: ada}},
		{&OrderReason{}, customer, PersonQuestion{ID: ada}},
		{&OrderReason{}, clerk, PersonQuestion{ID: subject}},
		{&RefundRequest{}, clerk, PersonQuestion{ID: subject}},
		{&NewCustomer{}, Principal{Type: Anonymous}, PersonQuestion{ID: subject, New: true}},
		{&GuestCart{}, Principal{Type: Anonymous, ID: subject}, PersonQuestion{ID: subject, New: true}},
		{&NewUser{}, clerk, PersonQuestion{ID: subject, New: true}},
		{&NewNote{OrderID: ada}, clerk, PersonQuestion{ID: ada}},
		{&ResetRedemption{Owner: customer}, Principal{Type: Anonymous}, PersonQuestion{ID: ada}},
		{&ResetRequest{Account: Shopper, Email: address}, Principal{Type: Anonymous}, PersonQuestion{Account: Shopper, Email: address}},
		{&StockAdjustment{}, clerk, PersonQuestion{}},
	} {
		if diff := cmp.Diff(c.want, Whose(c.data, subject, c.by)); diff != "" {
			t.Errorf("%T by %s: %s", c.data, c.by.Type, diff)
		}
	}
}

// What a value costs: encrypted with the ring and with a person's key in turn.
func BenchmarkPersonal(b *testing.B) {
	keys := testKeys(b)
	of := personKey(b, ada)
	for _, c := range []struct {
		with string
		keys *Keys
	}{{"ring", keys}, {"person", keys.For(of)}} {
		b.Run("encrypt/"+c.with, func(b *testing.B) {
			for b.Loop() {
				value := NewPersonal("ada@example.com")
				if err := c.keys.Encrypt(&value); err != nil {
					b.Fatal(err)
				}
			}
		})
		value := NewPersonal("ada@example.com")
		if err := c.keys.Encrypt(&value); err != nil {
			b.Fatal(err)
		}
		b.Run("decrypt/"+c.with, func(b *testing.B) {
			for b.Loop() {
				again := FromCiphertext(value.Ciphertext())
				if err := c.keys.Decrypt(&again); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("read a key", func(b *testing.B) {
		stored := NewPersonKey()
		for b.Loop() {
			if _, err := ReadPersonKey(ada, stored); err != nil {
				b.Fatal(err)
			}
		}
	})
}
