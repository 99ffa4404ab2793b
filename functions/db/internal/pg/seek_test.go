package pg

import "testing"

// What is common is looked for among the first rows, as many as it takes, and what is rare is read at once.
func TestWider(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		found, wanted int
		many          int64
		want          int
	}{
		{0, 21, 100_000, 0},     // none of the first has it
		{1, 21, 100_000, 0},     // 333 have it
		{20, 21, 100_000, 600},  // some more rows will do
		{10, 21, 100_000, 1200}, // a page, and a quarter for chance
		{3, 21, 100_000, 0},     // 1,000 have it, which are sorted before 4,800 are looked at
		{3, 21, 1_000_000, 4800},
		{1, 21, 1_000_000, 0}, // no window is that wide
		{15, 21, 0, 600},      // nobody knows how many there are
		{15, 21, 1000, 0},
	} {
		if got := wider(c.found, c.wanted, c.many); got != c.want {
			t.Errorf("%d of %d in the first rows of %d: %d, want %d", c.found, c.wanted, c.many, got, c.want)
		}
	}
}

// What few rows have is read at once: five hundred, by what the first rows have of it.
func TestFew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		found int
		many  int64
		want  bool
	}{
		{0, 100_000, true}, // 333 at most
		{1, 150_000, true}, // 500
		{2, 100_000, false},
		{0, 1_000_000, false}, // nobody knows which of 3,333
		{21, 1000, true},
		{5, 0, true}, // a table that Postgres has not counted is small
	} {
		if got := Few(c.found, c.many); got != c.want {
			t.Errorf("%d of the first rows of %d: %v", c.found, c.many, got)
		}
	}
}
