package gateway

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTrend(t *testing.T) {
	t.Parallel()
	want := &trend{Bars: []bar{{0, 31, 1}, {6, 0, 32}, {12, 16, 16}, {18, 29, 3}}, Sum: 1501, Most: 1000, Wide: 24}
	if diff := cmp.Diff(want, trendOf([]int64{0, 1000, 500, 1})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, numbers := range [][]int64{nil, {7}, {0, 0, 0}} {
		if got := trendOf(numbers); got != nil {
			t.Errorf("of %v there is %+v", numbers, got)
		}
	}
}
