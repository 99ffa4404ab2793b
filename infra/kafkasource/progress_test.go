package kafkasource

import (
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
		var entries []*record
		offset := int64(0)
		for _, gap := range gaps {
			offset += gap
			entries = append(entries, p.begin(offset))
		}
		finished := map[int64]bool{}
		for _, i := range rapid.Permutation(seq(len(entries))).Draw(t, "order") {
			finished[entries[i].offset] = rapid.Bool().Draw(t, "done")
			p.finish(entries[i], finished[entries[i].offset])
			want := int64(-1)
			for _, e := range entries {
				if !finished[e.offset] {
					break
				}
				want = e.offset + 1
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
	e := p.begin(1)
	p.end()
	p.finish(e, true)
	p.running.Wait()
}

func seq(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
