package kafkasource

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestProgress_neverMarksBeyondTheFirstUnfinished(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		gaps := rapid.SliceOfN(rapid.Int64Range(1, 3), 1, 40).Draw(t, "gaps")
		marked := int64(-1)
		p := &progress{mark: func(next int64) {
			if next <= marked {
				t.Fatalf("marked %d after %d", next, marked)
			}
			marked = next
		}}
		var offsets []int64
		for _, gap := range gaps {
			offsets = append(offsets, gap)
			if n := len(offsets); n > 1 {
				offsets[n-1] += offsets[n-2]
			}
			p.begin(offsets[len(offsets)-1])
		}
		finished := map[int64]bool{}
		for _, i := range rapid.Permutation(seq(len(offsets))).Draw(t, "order") {
			finished[offsets[i]] = rapid.Bool().Draw(t, "done")
			p.finish(offsets[i], finished[offsets[i]])
			want := offsets[len(offsets)-1] + 1
			if first := slices.IndexFunc(offsets, func(o int64) bool { return !finished[o] }); first == 0 {
				want = -1 // nothing to mark yet
			} else if first > 0 {
				want = offsets[first]
			}
			if marked != want {
				t.Fatalf("marked %d, want %d", marked, want)
			}
		}
	})
}

func TestProgress_marksNothingAfterItsEnd(t *testing.T) {
	t.Parallel()
	p := &progress{mark: func(int64) { t.Error("marked") }}
	p.begin(1)
	p.end()
	p.finish(1, true)
	p.running.Wait()
}

func seq(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
