package poll_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/onlinemart/mart/infra/poll"
)

func TestUntil(t *testing.T) {
	t.Parallel()
	fault := errors.New("broken")
	ended, end := context.WithCancel(t.Context())
	for name, c := range map[string]struct {
		ctx   context.Context
		look  func(n int) (bool, error)
		looks int
		want  error
	}{
		"at once":               {t.Context(), func(int) (bool, error) { return true, nil }, 1, nil},
		"the third time":        {t.Context(), func(n int) (bool, error) { return n == 3, nil }, 3, nil},
		"it fails":              {t.Context(), func(n int) (bool, error) { return false, map[bool]error{true: fault}[n == 2] }, 2, fault},
		"nobody waits longer":   {ended, func(int) (bool, error) { end(); return false, nil }, 1, context.Canceled},
		"it is so all the same": {ended, func(int) (bool, error) { end(); return true, nil }, 1, nil},
	} {
		n, every := 0, time.Nanosecond
		if c.ctx == ended {
			every = time.Hour
		}
		err := poll.Until(c.ctx, every, func(context.Context) (bool, error) { n++; return c.look(n) })
		if n != c.looks || !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v after %d looks", name, err, n)
		}
	}
}
