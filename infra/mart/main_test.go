package main

import "testing"

func TestInvocation(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]string{
		"mart":                                  "mart",
		"/usr/local/bin/mart":                   "/usr/local/bin/mart",
		"/tmp/go-build3858427875/b001/exe/mart": "go run ./infra/mart",
		"/cache/ab/ab12cd-d/mart":               "go run ./infra/mart",
	} {
		if got := invocation(program); got != want {
			t.Errorf("%s: got %q, want %q", program, got, want)
		}
	}
}
