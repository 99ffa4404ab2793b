package recent

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheOldestIsForgotten(t *testing.T) {
	t.Parallel()
	v := New[string, int](3)
	for i, key := range []string{"a", "b", "c", "d", "e"} {
		v.Put(key, i)
		v.Put(key, 10*i) // takes no other's place
	}
	v.Forget("d")
	got := map[string]int{}
	for _, key := range []string{"a", "b", "c", "d", "e"} {
		if value, known := v.Get(key); known {
			got[key] = value
		}
	}
	if d := cmp.Diff(map[string]int{"c": 20, "e": 40}, got); d != "" || v.Len() != 2 {
		t.Errorf("%d are known (-want +got):\n%s", v.Len(), d)
	}
}
