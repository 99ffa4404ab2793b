package gateway

import "slices"

// trend is a small picture of numbers side by side: a bar for each, the highest as high as the picture.
type trend struct {
	Bars      []bar
	Sum, Most int64
	Wide      int
}

// bar is where one stands.
type bar struct{ X, Y, High int }

const (
	barStep  = 6  // from one bar to the next, of which the last two are left free
	barsHigh = 32 // of the whole picture
)

// trendOf is of at least two numbers that are not all zero; else there is nothing to see, and it is nil.
func trendOf(numbers []int64) *trend {
	if len(numbers) < 2 || slices.Max(numbers) <= 0 {
		return nil
	}
	t := trend{Most: slices.Max(numbers), Wide: len(numbers) * barStep}
	for i, n := range numbers {
		t.Sum += n
		high := 1 // an hour in which nothing happened is seen, too
		if n > 0 {
			high = max(3, int(n*barsHigh/t.Most))
		}
		t.Bars = append(t.Bars, bar{X: i * barStep, Y: barsHigh - high, High: high})
	}
	return &t
}
