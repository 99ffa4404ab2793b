package domain

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// texts are the limits of a text that can be compared.
func texts(l limit) [2]any {
	if l.pattern == nil {
		return [2]any{l.maxLength}
	}
	return [2]any{l.maxLength, l.pattern.String()}
}

// Members of several declarations that are one kind of thing have the limits of that kind: what one rule checks of them all.
func TestOneKindHasOneLimit(t *testing.T) {
	t.Parallel()
	for kind, all := range map[string][]limit{
		"slug":   {brandLimits["slug"], categoryLimits["slug"]},
		"e-mail": {emails, limitsOf[events.NewUser]()["email"], userLimits["email"]},
		"person": {newCustomerLimits["name"], customerLimits["name"], newUserLimits["name"], userLimits["name"]},
		"words":  {limitsOf[events.OrderReason]()["reason"], limitsOf[events.RefundRequest]()["reason"], adjustmentLimits["note"]},
	} {
		for _, l := range all {
			if d := cmp.Diff(texts(all[0]), texts(l)); d != "" || l.maxLength == 0 {
				t.Errorf("a %s is limited in two ways, or not at all:\n%s", kind, d)
			}
		}
	}
}

// A text that is within its limit as it was sent, and not in the form in which it is stored, is refused.
func TestALimitHoldsForWhatIsStored(t *testing.T) {
	t.Parallel()
	const ligature = "\uFB2C" // in NFC three characters
	most := brandLimits["name"].maxLength
	for name, ok := range map[string]bool{strings.Repeat(ligature, most/3): true, strings.Repeat(ligature, most/3+1): false} {
		if _, err := Brand(events.BrandFields{Name: name, Slug: "a"}); (err == nil) != ok {
			t.Errorf("%d ligatures: %v", len(name)/len(ligature), err)
		}
	}
}
