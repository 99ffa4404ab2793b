package bench

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func visitsOf(seed uint64, count int) (all []visit) {
	for n := range count {
		all = append(all, plan(seed, n, shelfOfDay))
	}
	return all
}

// A day is made of its seed alone.
func TestTheSameSeedIsTheSameDay(t *testing.T) {
	t.Parallel()
	compare := cmp.AllowUnexported(visit{}, wanted{}, place{})
	first := visitsOf(1, 500)
	if d := cmp.Diff(first, visitsOf(1, 500), compare); d != "" {
		t.Errorf("the same seed made another day:\n%s", d)
	}
	if cmp.Equal(first, visitsOf(2, 500), compare) {
		t.Error("another seed made the same day")
	}
}

// In a whole day everything happens that can, about as often as it should, and what few want is wanted, too.
func TestADayHasEverythingInIt(t *testing.T) {
	t.Parallel()
	const orders = 10_000
	happened := map[any]int{}
	for _, v := range visitsOf(1, orders) {
		happened[v.course]++
		happened[v.chore]++
		happened[v.place]++
		if v.cards == nil && !v.place.guest {
			t.Fatalf("a customer leaves an order unpaid: %+v", v)
		}
		in := map[int]bool{}
		for _, g := range v.goods {
			if in[g.product] {
				t.Fatalf("product %d is wanted twice: %+v", g.product, v)
			}
			in[g.product] = true
			happened[[1]int{g.product}]++
		}
		if len(v.goods) == 0 || len(v.pages) == 0 {
			t.Fatalf("a visit to buy nothing, or that looks at nothing: %+v", v)
		}
	}
	about := func(what any, of, sum int) {
		if want := orders * of / sum; happened[what] < want*8/10 || happened[what] > want*12/10 {
			t.Errorf("%v happened %d times, want about %d", what, happened[what], want)
		}
	}
	for i, c := range courses {
		about(i, c.of, 100)
	}
	for _, c := range choreShares {
		about(c.what, c.of, 100)
	}
	for _, p := range placeShares {
		about(p.what, p.of, 100)
	}
	if happened[[1]int{0}] < 10*happened[[1]int{shelfOfDay - 1}] || happened[[1]int{shelfOfDay - 1}] == 0 {
		t.Errorf("the first product is wanted %d times, the last %d", happened[[1]int{0}], happened[[1]int{shelfOfDay - 1}])
	}
}
