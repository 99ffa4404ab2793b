package e2e

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
)

// before is the address of a proxy before a function's port, which does as it is told with what is posted; through goes on to the port.
func before(t *testing.T, to string, do func(w http.ResponseWriter, r *http.Request, through http.Handler)) string {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	through := httputil.NewSingleHostReverseProxy(target)
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	through.Transport = transport
	through.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) } // it was killed
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { do(w, r, through) }))
	t.Cleanup(func() {
		server.Close()
		transport.CloseIdleConnections()
	})
	return server.URL
}

// brandSoon asks for a brand and does not wait for it.
func (s *storm) brandSoon(t *testing.T) {
	t.Helper()
	a := send(s.ctx, t, s.owner, http.MethodPost, "/brands", map[string]string{"name": unique("Brand")}, client.Prefer("respond-async"))
	if a.Status != http.StatusAccepted {
		t.Fatalf("got %d %s", a.Status, a.Body)
	}
}

// A command that counts as delivered and was carried out by nobody is lost, and the check says so and where it was.
func TestStormLostIsFound(t *testing.T) {
	deliver := func(_ events.Function, to string) string {
		return before(t, to, func(w http.ResponseWriter, r *http.Request, through http.Handler) {
			if r.Header.Get("Ce-Type") == events.CreateBrand.Type() {
				w.WriteHeader(http.StatusAccepted)
				return
			}
			through.ServeHTTP(w, r)
		})
	}
	s := newStorm(t, 1, func(cfg *laptop.Config) { cfg.Deliver = deliver })
	s.brandSoon(t)
	found := s.violations(restPatience)
	if len(found) != 1 || !strings.HasPrefix(found[0], lost+": "+events.CreateBrand.Type()) {
		t.Fatalf("a command was swallowed, and this is all that was found: %q", found)
	}
	if at, committed := placeIn(t, found[0]); committed != at+1 {
		t.Errorf("%s\nit was at %d and is committed", found[0], at)
	}
	mustTell(t, found[0], events.CreateBrand.Topic()+"/", "no retry is under way", "no dead letter", "not in the journal")
}

var places = regexp.MustCompile(` at (\d+), committed up to (\d+), `)

// placeIn is where a violation says that a record is, and up to where its partition is done.
func placeIn(t *testing.T, violation string) (at, committed int64) {
	t.Helper()
	found := places.FindStringSubmatch(violation)
	if found == nil {
		t.Fatalf("%q does not tell where the record is", violation)
	}
	at, err := strconv.ParseInt(found[1], 10, 64)
	committed, err2 := strconv.ParseInt(found[2], 10, 64)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return at, committed
}

func mustTell(t *testing.T, violation string, what ...string) {
	t.Helper()
	for _, told := range what {
		if !strings.Contains(violation, told) {
			t.Errorf("%s\ndoes not tell %q", violation, told)
		}
	}
}

// A command that is still being delivered is not lost: at the deadline the check says where it is, and before that it waits for it.
func TestStormLateIsNotLost(t *testing.T) {
	release, struck := make(chan struct{}), make(chan struct{}, 100)
	deliver := func(_ events.Function, to string) string {
		return before(t, to, func(w http.ResponseWriter, r *http.Request, through http.Handler) {
			select {
			case <-release:
			default:
				if r.Header.Get("Ce-Type") == events.CreateBrand.Type() {
					http.Error(w, "not now", http.StatusServiceUnavailable)
					struck <- struct{}{}
					return
				}
			}
			through.ServeHTTP(w, r)
		})
	}
	s := newStorm(t, 1, func(cfg *laptop.Config) { cfg.Deliver = deliver })
	s.brandSoon(t)
	<-struck
	<-struck // the first failure has been noted, the second is being
	found := s.violations(0)
	late := ""
	for _, f := range found {
		if strings.HasPrefix(f, onItsWay) {
			late = f
		} else if strings.HasPrefix(f, lost) {
			t.Error(f)
		}
	}
	if at, committed := placeIn(t, late); committed > at {
		t.Errorf("%s\nit was at %d and is not committed", late, at)
	}
	mustTell(t, late, events.CreateBrand.Type(), events.CreateBrand.Topic()+"/", "it has failed ", "503", "no dead letter", "not in the journal")
	close(release)
	s.mustHold(t)
}

// The worst that a storm does to a check: what payment tells db comes 3.5 s late, through killed processes and cut connections.
func TestStormKillsDelayed(t *testing.T) {
	count := fullOr(500, 40)
	c, d := newChildren(t, events.DB), newDelayed(t, 3500*time.Millisecond)
	s := newStorm(t, count, func(cfg *laptop.Config) { cfg.Serve, cfg.Deliver = c.serve, d.deliver })
	s.stormed(t, c, count)
	s.mustHold(t)
	if d.made.Load() == 0 {
		t.Error("no delivery was late")
	}
}
