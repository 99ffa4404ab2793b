package events

import "testing"

func TestEveryMessageHasASchema(t *testing.T) {
	t.Parallel()
	for _, m := range All() {
		if _, err := compileSchema(m); err != nil {
			t.Errorf("%s: %v", m.Declaration(), err)
		}
	}
}
