package events

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// Whatever somebody wrote, or the mart instead of them, leaves encrypted, and is read as it was.
func TestWordsNeverLeaveInClear(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	for name, words := range map[string]Words{
		"a person's": Said("canary"), "the mart's own": Own("canary"), "stored in clear before": readWords("canary"), "that look encrypted": Said("personal:canary"),
	} {
		if _, err := json.Marshal(words); err == nil {
			t.Errorf("%s: marshalled in clear", name)
		}
		want := words.Plaintext()
		raw, err := k.Encode(&RefundRequest{Reason: words})
		if err != nil || strings.Contains(string(raw), "canary") || !strings.Contains(string(raw), `"reason":"personal:p1.`) {
			t.Fatalf("%s: %s %v", name, raw, err)
		}
		back, err := decode[RefundRequest](k, raw)
		if err != nil || back.Reason.Plaintext() != want {
			t.Errorf("%s: read as %q, %v", name, back.Reason.Plaintext(), err)
		}
		if text := fmt.Sprintf("%v %+v %#v", words, back, &back); strings.Contains(text, "canary") {
			t.Errorf("%s: prints as %s", name, text)
		}
		stored, err := back.Reason.Value()
		var again Words
		if err != nil || again.Scan(stored) != nil || !again.Equal(storedWords(back.Reason.Ciphertext())) {
			t.Errorf("%s: stored as %v, %v", name, stored, err)
		}
	}
}

// storedWords is what is read from where they are stored.
func storedWords(c string) Words { return readWords(encryptedWords + c) }

// A row or an event of an earlier release is in clear; what is stored anew is not, unless the mart says it.
func TestWordsOfEarlierReleasesAreRead(t *testing.T) {
	t.Parallel()
	k := testKeys(t)
	for _, text := range []string{"the parcel was wet, says Bo", "p1.AAAA", ""} {
		old, err := decode[RefundRequest](k, fmt.Appendf(nil, `{"reason": %q}`, text))
		if err != nil || old.Reason.Plaintext() != text {
			t.Errorf("%q: read as %q, %v", text, old.Reason.Plaintext(), err)
		}
		if stored, err := old.Reason.Value(); err != nil || stored != text {
			t.Errorf("%q: kept as %v, %v", text, stored, err)
		}
	}
	if stored, err := Own("not paid in time").Value(); err != nil || stored != "not paid in time" {
		t.Errorf("the mart's own: %v, %v", stored, err)
	}
	if _, err := Said("it was wet").Value(); err == nil {
		t.Error("a person's words would have been stored in clear")
	}
	var none Words
	if err := none.Scan(nil); err != nil || !none.IsZero() {
		t.Errorf("null: %v, %v", none, err)
	}
	if raw, err := json.Marshal(struct {
		Note Words `json:"note,omitzero"`
	}{}); err != nil || string(raw) != "{}" {
		t.Errorf("absent: %s, %v", raw, err)
	}
}
