package db

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// leaderlessAt says what goes to partitions without a leader from now on.
func (k *kafka) leaderlessAt(what ...string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.leaderless = map[string]bool{}
	for _, w := range what {
		k.leaderless[w] = true
	}
}

// tried is how often it was tried to do what is decided of a letter.
func (d *letterDesk) tried(id string) int {
	d.t.Helper()
	return d.count(`select coalesce(sum(tries), 0) from dead_letter_errand where letter_id = $1`, id)
}

func placesOf(again []resent, marks []events.PlacedMark) (said []string) {
	for _, r := range again {
		said = append(said, "event of "+r.Place)
	}
	for _, m := range marks {
		said = append(said, "mark of "+m.Place)
	}
	slices.Sort(said)
	return said
}

// What Kafka does not take of one letter is tried again for itself: the results of the same batch are published, other letters are done with, what the sweep
// finds is published, and the event is not sent again for the sake of its mark.
func TestALetterThatKafkaDoesNotTakeDelaysItselfAlone(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	d := &letterDesk{market: newMarket(t, impatient, func(o *inbox.Options) { o.ErrandPause, o.Metrics = time.Millisecond, registry })}
	d.boss = staff(d.hire("boss@example.com", events.OwnerRole))
	marked, sent, fine := d.record(letterAt("0:1")), d.record(letterAt("1:1")), d.record(letterAt("2:1"))
	d.published()
	d.kafka.leaderlessAt("mark of 0:1", "event of 1:1")
	var batch []events.Envelope
	for _, id := range []string{marked, sent, fine} {
		batch = append(batch, d.command(events.ReplayDeadLetter.New(id, events.LetterReplay{}).AskedBy(d.boss)))
	}
	brand := d.command(events.CreateBrand.New(events.NewID(), brandNamed("beside")))
	for i, err := range must(d.store.Together(append(batch, brand)...)) {
		if err != nil {
			t.Errorf("%d of the batch: %v", i, err)
		}
	}
	if len(d.kafka.eventsAbout(brand.Subject)) == 0 {
		t.Error("what was decided in the same batch is not published")
	}
	d.eventually("both are tried again and again", func() bool { return d.tried(marked) > 3 && d.tried(sent) > 3 })
	if diff := cmp.Diff([]string{"event of 0:1", "event of 2:1", "mark of 2:1"}, placesOf(d.sentYet())); diff != "" {
		t.Errorf("while two partitions have no leader (-want +got):\n%s", diff)
	}
	d.eventually("nothing waits in the outbox", func() bool { return d.count(`select count(*) from outbox`) == 0 })
	if d.waitsSince(registry) == 0 {
		t.Error("the metric says that no letter waits")
	}
	d.kafka.leaderlessAt()
	all := []string{"event of 0:1", "event of 1:1", "event of 2:1", "mark of 0:1", "mark of 1:1", "mark of 2:1"}
	if diff := cmp.Diff(all, placesOf(d.sent())); diff != "" {
		t.Errorf("once they have one (-want +got):\n%s", diff)
	}
	d.eventually("the metric says that none waits any more", func() bool { return d.waitsSince(registry) == 0 })
}

func (d *letterDesk) waitsSince(r *prometheus.Registry) (seconds float64) {
	d.t.Helper()
	for _, family := range must(r.Gather()) {
		if family.GetName() == "mart_db_letters_waiting_seconds" {
			return family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	d.t.Fatal("there is no such metric")
	return 0
}

// Whoever has decided it, a release before this one among them, may die before anything is published or noted: the sweep finds the result.
func TestWhatIsDecidedOfALetterIsDoneAfterACrash(t *testing.T) {
	t.Parallel()
	var crash atomic.Bool
	d := &letterDesk{market: newMarket(t, impatient, func(o *inbox.Options) {
		o.FailAt = func(at string) error {
			if crash.Load() && at == inbox.BeforePublish {
				return errKafkaDown
			}
			return nil
		}
	})}
	d.boss = staff(d.hire("boss@example.com", events.OwnerRole))
	id := d.record(letterAt("0:1"))
	crash.Store(true)
	if err := d.store.Apply(t.Context(), d.command(events.ReplayDeadLetter.New(id, events.LetterReplay{}).AskedBy(d.boss))); err == nil {
		t.Fatal("it does not crash")
	}
	d.eventually("the sweep has published it", func() bool { return d.count(`select count(*) from dead_letter_errand`) == 1 })
	if diff := cmp.Diff([]string{"event of 0:1", "mark of 0:1"}, placesOf(d.sent())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Two replicas look for what there is to do, and each thing is one's.
func TestALetterIsSentByOneReplica(t *testing.T) {
	t.Parallel()
	d := newLetterDesk(t)
	d.replica()
	var ids, want []string
	for i := range 40 {
		place := fmt.Sprintf("0:%d", i)
		ids = append(ids, d.record(letterAt(place)))
		want = append(want, "event of "+place, "mark of "+place)
	}
	for _, id := range ids {
		d.do(events.ReplayDeadLetter.New(id, events.LetterReplay{}).AskedBy(d.boss))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, placesOf(d.sent())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPausesOfLettersGrow(t *testing.T) {
	t.Parallel()
	var got []time.Duration
	for _, tries := range []int{1, 2, 3, 7, 8, 1000} {
		got = append(got, pauseAfter(firstPause, tries))
	}
	want := []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second, 320 * time.Second, longestPause, longestPause}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
