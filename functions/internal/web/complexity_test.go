package web

import (
	"errors"
	"strings"
	"testing"
)

// What is nested or listed beyond reason is refused before anybody works on it; what merely looks like it inside a text is not.
func TestABodyHasBounds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body    string
		refused bool
	}{
		"deep":                 {`{"name":` + strings.Repeat(`{"a":`, 9990) + "1" + strings.Repeat("}", 9991), true},
		"as deep as may be":    {strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), false},
		"a level more":         {strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1), true},
		"80,000 lines":         {`{"lines":[` + strings.TrimSuffix(strings.Repeat("{},", 80_000), ",") + "]}", true},
		"many unknown":         {"{" + strings.TrimSuffix(strings.Repeat(`"a":1,`, 28_000), ",") + "}", true},
		"brackets in a text":   {`{"name":"` + strings.Repeat("[{,", 10_000) + `"}`, false},
		"an escaped quote":     {`{"name":"\"` + strings.Repeat("[", 100) + `"}`, false},
		"a form":               {"password=" + strings.Repeat("[", 100), false},
		"nothing":              {"", false},
		"the largest of carts": {`{"lines":[` + strings.TrimSuffix(strings.Repeat(`{"productId":"x","quantity":1},`, 100), ",") + "]}", false},
	} {
		if fault := tooComplex([]byte(c.body)); (fault != nil) != c.refused {
			t.Errorf("%s: %v", name, fault)
		}
	}
}

func TestAnAnswerHasSoManyFaults(t *testing.T) {
	t.Parallel()
	if n := len(faultsOf(make([]error, 0))); n != 0 {
		t.Errorf("%d of none", n)
	}
	errs := make([]error, 1000)
	for i := range errs {
		errs[i] = errors.New("wrong")
	}
	if n := len(faultsOf(errs)); n != maxFaults {
		t.Errorf("%d of 1,000, want %d", n, maxFaults)
	}
}
