package main

import (
	"strings"
	"testing"

	"github.com/onlinemart/mart/infra/bench"
)

// What is asked about accounts is answered the same number of times with and without one, and told as a table.
func TestEqualTimes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it starts a mart")
	}
	result, err := bench.EqualTimes(t.Context(), bench.Options{}, 4)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range result.Asked {
		if a.KnownP50Ms <= 0 || a.UnknownP50Ms <= 0 || a.KnownP50Ms > a.KnownP90Ms || a.UnknownP50Ms > a.UnknownP90Ms {
			t.Errorf("%+v", a)
		}
	}
	var shown strings.Builder
	equalTable(&shown, result)
	for _, want := range []string{"4 times each", "registration", "log-in", "forgotten password"} {
		if !strings.Contains(shown.String(), want) {
			t.Errorf("it says nothing of %q:\n%s", want, shown.String())
		}
	}
}
