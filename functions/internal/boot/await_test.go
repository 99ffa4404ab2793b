package boot

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

var errAway, errRefused = errors.New("away"), errors.New("refused")

func TestAwait(t *testing.T) {
	t.Parallel()
	away := func(err error) bool { return errors.Is(err, errAway) }
	for name, test := range map[string]struct {
		answers []error
		want    error
		said    int
	}{
		"there":                  {[]error{nil}, nil, 0},
		"away, and then there":   {[]error{errAway, errAway, nil}, nil, 2},
		"away, and then refuses": {[]error{errAway, errRefused}, errRefused, 1},
		"refuses":                {[]error{errRefused}, errRefused, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var said bytes.Buffer
			tries := 0
			got, err := Await(t.Context(), slog.New(slog.NewTextHandler(&said, nil)), "Kafka", away, func() (int, error) {
				tries++
				return tries, test.answers[tries-1]
			})
			if !errors.Is(err, test.want) || got != len(test.answers) {
				t.Errorf("got %d, %v; want %d, %v", got, err, len(test.answers), test.want)
			}
			if n := strings.Count(said.String(), `msg="Kafka does not answer yet; trying again" reason=away`); n != test.said {
				t.Errorf("said it %d times, want %d:\n%s", n, test.said, &said)
			}
		})
	}
}

func TestAwaitStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Await(ctx, slog.New(slog.DiscardHandler), "Kafka", func(error) bool { return true }, func() (int, error) {
		cancel()
		return 0, errAway
	})
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "stopped while waiting for Kafka: ") {
		t.Errorf("got %v", err)
	}
}
