package customer

import (
	"net/http"
	"testing"

	"github.com/onlinemart/mart/events"
)

// Staff with the permission suspend a customer, reinstate and erase them; what is so already changes nothing.
func TestStaff_SuspendReinstateAndErase(t *testing.T) {
	t.Parallel()
	s := setup(t)
	c := s.register("canary@example.com")
	me, help, at := "customer:"+c.ID, s.Staff(events.SupportRole), "/customers/"+c.ID
	set := func(status, etag string) {
		t.Helper()
		a := s.call(help, http.MethodPut, at+"/status", `{"status":"`+status+`"}`)
		var now Customer
		a.JSON(t, &now)
		if a.Status != http.StatusOK || string(now.Status) != status || a.Header.Get("ETag") != etag {
			t.Fatalf("%s: %d %v %s", status, a.Status, a.Header, a.Body)
		}
	}
	set("active", `"1"`) // as it is
	set("disabled", `"2"`)
	set("disabled", `"2"`)
	if a := s.call(me, http.MethodPost, "/customers/me/addresses", home); a.Status != http.StatusForbidden {
		t.Errorf("suspended: %d %s", a.Status, a.Body)
	}
	set("active", `"3"`)
	if a := s.call(me, http.MethodPost, "/customers/me/addresses", home); a.Status != http.StatusCreated {
		t.Errorf("reinstated: %d %s", a.Status, a.Body)
	}
	for body, status := range map[string]int{`{"status":"gone"}`: 422, `{}`: 422, `{"status":"active","name":"N"}`: 422} {
		if a := s.call(help, http.MethodPut, at+"/status", body); a.Status != status {
			t.Errorf("%s: %d %s", body, a.Status, a.Body)
		}
	}
	for _, c := range []struct {
		path, match string
		status      int
	}{{at, "", 428}, {at, `"1"`, 412}, {at, `"3"`, 204}, {at, `"4"`, 404}, {"/customers/" + events.NewID(), `*`, 404}} {
		header := []string{}
		if c.match != "" {
			header = []string{"If-Match", c.match}
		}
		if a := s.call(help, http.MethodDelete, c.path, "", header...); a.Status != c.status {
			t.Errorf("%s %s: %d %s, want %d", c.path, c.match, a.Status, a.Body, c.status)
		}
	}
	if a := s.call(help, http.MethodPut, at+"/status", `{"status":"active"}`); a.Status != http.StatusNotFound {
		t.Errorf("who is gone: %d %s", a.Status, a.Body)
	}
	if a := s.call(me, http.MethodGet, "/customers/me", ""); a.Status != http.StatusNotFound {
		t.Errorf("they themselves: %d %s", a.Status, a.Body)
	}
}
