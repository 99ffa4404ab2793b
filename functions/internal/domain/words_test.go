package domain

import (
	"errors"
	"strings"
	"testing"

	"github.com/onlinemart/mart/events"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "  ": "", " it was wet,\nsays Bo ": "it was wet,\nsays Bo", strings.Repeat("é", 500): strings.Repeat("é", 500)} {
		if got, err := Words[events.OrderReason]("reason", text); err != nil || got.Plaintext() != want {
			t.Errorf("%.20q: %q, %v", text, got.Plaintext(), err)
		}
	}
	invalid := &events.Problem{Code: "invalid"}
	for _, text := range []string{"a\x00b", "a\x1bb", "\xff", strings.Repeat("é", 501)} {
		if _, err := Words[events.OrderReason]("reason", text); !errors.Is(err, invalid) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if _, err := NeededWords[events.RefundRequest]("reason", " \n"); !errors.Is(err, invalid) {
		t.Errorf("blank: %v", err)
	}
}
