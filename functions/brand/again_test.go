package brand_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
)

// refusing is a db that refuses the first commands for half a minute each, and decides the others.
func refusing(t *testing.T, first int) *functiontest.Server {
	t.Helper()
	asked := 0
	return start(t, functiontest.Script{Results: map[string]func(functiontest.Command) (events.Declared, any, error){
		events.CreateBrand.Type(): func(functiontest.Command) (events.Declared, any, error) {
			if asked++; asked <= first {
				return nil, nil, events.TooMany("too_many_requests", "Wait.").After(30)
			}
			return events.BrandCreated, &acme, nil
		},
	}})
}

const newBrand = `{"name":"Acme"}`

// A refusal that says when the same may be done is decided anew once that has passed, under the same key, and no sooner; what is decided stays so.
func TestAKeyOutlivesARefusalThatPasses(t *testing.T) {
	t.Parallel()
	s := refusing(t, 2)
	for i, step := range []struct {
		passed     time.Duration
		status     int
		retryAfter int // at most
		decided    int
	}{
		{0, http.StatusTooManyRequests, 30, 1},
		{0, http.StatusTooManyRequests, 30, 1}, // too soon: the same refusal
		{20 * time.Second, http.StatusTooManyRequests, 10, 1},
		{10 * time.Second, http.StatusTooManyRequests, 30, 2}, // it is tried again, and refused again
		{29 * time.Second, http.StatusTooManyRequests, 1, 2},
		{time.Second, http.StatusCreated, 0, 3},
		{0, http.StatusCreated, 0, 3},
		{24 * time.Hour, http.StatusCreated, 0, 3}, // for good
	} {
		s.Pass(step.passed)
		r := s.Do(t, functiontest.Catalog, http.MethodPost, "/brands", newBrand, "Idempotency-Key", "k")
		wait, _ := strconv.Atoi(r.Header.Get("Retry-After"))
		if r.StatusCode != step.status || wait > step.retryAfter || (wait == 0) != (step.retryAfter == 0) || len(s.Commands()) != step.decided {
			t.Fatalf("step %d: %d, Retry-After %d, %d decided; want %+v: %s", i, r.StatusCode, wait, len(s.Commands()), step, r.Text)
		}
	}
	var said fault
	r := s.Do(t, functiontest.Catalog, http.MethodPost, "/brands", `{"name":"Another"}`, "Idempotency-Key", "k")
	if r.JSON(t, &said); said.Code != "idempotency_key_reused" || len(s.Commands()) != 3 {
		t.Errorf("another request under the key: %d %s", r.StatusCode, r.Text)
	}
}

// However often it was refused, the last attempt is found, and whoever repeats at one moment repeats the same one.
func TestManyAttemptsUnderOneKey(t *testing.T) {
	t.Parallel()
	const refused = 21
	s := refusing(t, refused)
	ask := func() int {
		return s.Do(t, functiontest.Catalog, http.MethodPost, "/brands", newBrand, "Idempotency-Key", "k").StatusCode
	}
	for i := range refused {
		if got := ask(); got != http.StatusTooManyRequests || len(s.Commands()) != i+1 {
			t.Fatalf("attempt %d: %d, %d decided", i, got, len(s.Commands()))
		}
		s.Pass(time.Minute)
	}
	var all sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		all.Go(func() { statuses[i] = ask() })
	}
	all.Wait()
	want := []int{201, 201, 201, 201, 201, 201, 201, 201}
	if diff := cmp.Diff(want, statuses); diff != "" || len(s.Commands()) != refused+1 {
		t.Errorf("%d were decided, want %d (-want +got):\n%s", len(s.Commands()), refused+1, diff)
	}
}

// A refusal for good stays the answer, however long ago it was.
func TestAKeyKeepsARefusalForGood(t *testing.T) {
	t.Parallel()
	s := start(t, functiontest.Script{Results: map[string]func(functiontest.Command) (events.Declared, any, error){
		events.CreateBrand.Type(): func(functiontest.Command) (events.Declared, any, error) {
			return nil, nil, events.Refuse("slug_taken", "It is taken.")
		},
	}})
	for range 2 {
		if r := s.Do(t, functiontest.Catalog, http.MethodPost, "/brands", newBrand, "Idempotency-Key", "k"); r.StatusCode != http.StatusConflict || len(s.Commands()) != 1 {
			t.Errorf("%d, %d decided: %s", r.StatusCode, len(s.Commands()), r.Text)
		}
		s.Pass(24 * time.Hour)
	}
}
