package inbox

import "testing"

func TestNews(t *testing.T) {
	t.Parallel()
	n := newChanges()
	first, forgetFirst := n.of("a")
	second, forgetSecond := n.of("a")
	other, forgetOther := n.of("b")
	n.announce("a")
	<-first
	<-second
	select {
	case <-other:
		t.Error("b has not changed")
	default:
	}
	again, forgetAgain := n.of("a")
	forgetFirst()
	forgetSecond()
	n.announce("a")
	<-again
	forgetAgain()
	forgetOther()
	if len(n.waiting) != 0 {
		t.Errorf("nobody waits any more, but %d subjects are kept", len(n.waiting))
	}
}
