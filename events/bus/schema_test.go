package bus

import (
	"testing"

	"github.com/onlinemart/mart/events"
)

func TestEveryMessageHasASchema(t *testing.T) {
	t.Parallel()
	for _, m := range events.All() {
		if _, err := compileSchema(m); err != nil {
			t.Errorf("%s: %v", m.Declaration(), err)
		}
	}
}
