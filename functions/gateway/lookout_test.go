package gateway

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// slow is a function that answers when it is told to, and counts how often it is asked.
type slow struct {
	mu    sync.Mutex
	asked int
	away  chan []events.Function
}

func (s *slow) ask(context.Context) []events.Function {
	s.mu.Lock()
	s.asked++
	s.mu.Unlock()
	return <-s.away
}

func (s *slow) times() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// told is what a reader is told.
type told struct {
	Away  []events.Function
	Known bool
}

func toldBy(ctx context.Context, l *lookout[[]events.Function]) told {
	away, known := l.look(ctx)
	return told{away, known}
}

// While a function does not answer, readers are told what is known of a moment ago, and nobody asks it a second time.
func TestNobodyWaitsForAFunctionThatIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slow{away: make(chan []events.Function)}
		l := newLookout(s.ask, time.Now)
		first := make(chan told, 3)
		for range 3 {
			go func() { first <- toldBy(t.Context(), l) }()
		}
		synctest.Wait() // all of them wait, for nothing is known yet
		s.away <- []events.Function{events.Auth, events.Order}
		want := told{[]events.Function{events.Auth, events.Order}, true}
		for range 3 {
			if diff := cmp.Diff(want, <-first); diff != "" {
				t.Errorf("at first (-want +got):\n%s", diff)
			}
		}
		time.Sleep(askAgain)
		for range 3 { // each returns, although the function that is asked again does not
			if diff := cmp.Diff(want, toldBy(t.Context(), l)); diff != "" {
				t.Errorf("meanwhile (-want +got):\n%s", diff)
			}
		}
		synctest.Wait()
		if n := s.times(); n != 2 {
			t.Errorf("the functions were asked %d times, want once at first and once again", n)
		}
		s.away <- nil
		synctest.Wait()
		if diff := cmp.Diff(told{nil, true}, toldBy(t.Context(), l)); diff != "" {
			t.Errorf("when all are back (-want +got):\n%s", diff)
		}
	})
}

// What was so long ago is told to nobody: a reader waits for news, as long as they wait.
func TestNobodyIsToldOldNews(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slow{away: make(chan []events.Function, 1)}
		l := newLookout(s.ask, time.Now)
		s.away <- nil
		if diff := cmp.Diff(told{nil, true}, toldBy(t.Context(), l)); diff != "" {
			t.Errorf("at first (-want +got):\n%s", diff)
		}
		time.Sleep(outdated)
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if diff := cmp.Diff(told{}, toldBy(short, l)); diff != "" {
			t.Errorf("to whoever does not wait (-want +got):\n%s", diff)
		}
		s.away <- []events.Function{events.Order}
		if diff := cmp.Diff(told{[]events.Function{events.Order}, true}, toldBy(t.Context(), l)); diff != "" {
			t.Errorf("to whoever waits (-want +got):\n%s", diff)
		}
	})
}
