package web

import (
	"testing"
	"time"
)

func TestPrefer(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]struct {
		wait    time.Duration
		applied string
	}{
		"":                                 {defaultWait, ""},
		"respond-async":                    {0, "respond-async"},
		"Respond-Async":                    {0, "respond-async"},
		"wait=5":                           {5 * time.Second, "wait=5"},
		`WAIT = "5"`:                       {5 * time.Second, "wait=5"},
		"wait=5; priority=1":               {5 * time.Second, "wait=5"},
		"wait=0":                           {0, "wait=0"},
		"wait=500":                         {maxWait, "wait=10"},
		"wait=5, wait=7":                   {5 * time.Second, "wait=5"},
		"respond-async, wait=5":            {5 * time.Second, "respond-async, wait=5"},
		"return=minimal, respond-async":    {0, "respond-async"},
		"return=minimal":                   {defaultWait, ""},
		"respond-asynchronously":           {defaultWait, ""},
		"respond-async=no":                 {defaultWait, ""},
		"wait=soon":                        {defaultWait, ""},
		"wait=-1":                          {defaultWait, ""},
		"wait=+5":                          {defaultWait, ""},
		"wait=5s":                          {defaultWait, ""},
		"wait":                             {defaultWait, ""},
		`note="later, respond-async"`:      {defaultWait, ""},
		`note="a \", wait=1"`:              {defaultWait, ""},
		`note="never ends, respond-async`:  {defaultWait, ""},
		"wait=99999999999999999999999":     {defaultWait, ""},
		"note=;respond-async":              {defaultWait, ""},
		"  ,, ;;, respond-async;foo=\"a\"": {0, "respond-async"},
	} {
		wait, applied := PreferInput{Prefer: header}.wait()
		if wait != want.wait || applied != want.applied {
			t.Errorf("%q: %s %q, want %s %q", header, wait, applied, want.wait, want.applied)
		}
	}
}
