package bench

import (
	"context"
	"testing"

	"github.com/onlinemart/mart/infra/kafkasource"
	"github.com/onlinemart/mart/infra/laptop"
)

func TestAPurchaseKeepsToItsBudget(t *testing.T) {
	t.Parallel()
	got, err := Count(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("one purchase takes %+v", got)
	for _, f := range Figures {
		of := func(c Counts) float64 { return f.Of(Result{Counts: c}) }
		if of(Budget) > 0 && of(got) > of(Budget) {
			t.Errorf("%s: %.1f, want %.1f or less", f.What, of(got), of(Budget))
		}
		if of(Budget) > 0 && of(got) < 1 {
			t.Errorf("%s: %.1f: it is not counted", f.What, of(got))
		}
	}
}

// What is seen of a mart from outside is what its functions see.
func TestDeliveriesAreCountedFromOutside(t *testing.T) {
	t.Parallel()
	r := newRun(Options{})
	c := &counting{run: r, tap: newTap(), fronts: &fronts{}}
	config := laptop.Config{Serve: c.fronts.serve, Sources: func(o *kafkasource.Options) { o.CommitEvery = committedEvery }}
	c.fronts.database = func(context.Context, map[string]string) (func(), error) { return func() {}, nil }
	err := r.inLaptop(t.Context(), config, func(ctx context.Context, _ *laptop.Mart) error {
		shelf, people, err := r.shop(ctx, 1, 1)
		if err != nil {
			return err
		}
		if err := c.several(ctx, people[0].Client, shelf[0].ID, 2); err != nil {
			return err
		}
		outside, err := r.readPassage(ctx)
		if inside := c.fronts.count().deliveries; outside.delivered("") != inside || inside == 0 {
			t.Errorf("the consumers are done with %d records, the functions received %d", outside.delivered(""), inside)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
