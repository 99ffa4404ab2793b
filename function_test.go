package mart_test

import (
	"slices"
	"testing"

	"github.com/onlinemart/mart"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/contract"
)

// A function whose routes are not in the contract would be undocumented, and so would its entity be.
func TestEveryFunctionWithRoutesIsInTheContract(t *testing.T) {
	t.Parallel()
	for _, f := range events.Functions() {
		_, err := mart.Named(f)
		described := slices.ContainsFunc(contract.APIs(), func(a contract.API) bool { return a.Function == f })
		if routed := err == nil && f != events.DB && f != events.Gateway; routed != described {
			t.Errorf("%s: routed %v, in contract.APIs %v", f, routed, described)
		}
	}
	if _, err := mart.Named("mart"); err == nil {
		t.Error("a name that is none is taken")
	}
}
