package gateway

import (
	"net/http"
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/web"
)

// story is /flow/{id}: to a browser the page that shows what happened, to programs what it shows, which is the function's answer.
type story struct {
	page page
	next http.Handler
}

// addStory adds it, and /flow, where people say whose story they want.
func addStory(mux *http.ServeMux, around frame, next http.Handler) error {
	p, err := around.rendered("flow.html", nil)
	if err != nil {
		return err
	}
	p.policy, p.tag = livePolicy, tagOf(p.content)
	mux.Handle("GET /flow", story{p, http.HandlerFunc(storyOfWhat)})
	mux.Handle("GET /flow/{id}", story{p, next})
	return nil
}

func (s story) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	if wantsPage(r) {
		s.page.ServeHTTP(w, r)
		return
	}
	s.next.ServeHTTP(w, r)
}

// storyOfWhat tells a program what it has left out.
func storyOfWhat(w http.ResponseWriter, r *http.Request) {
	web.Refuse(w, r, &events.Problem{
		Status: http.StatusNotFound, Code: "no_such_route",
		Detail: "Say whose story: GET /flow/{id}, where id is an order's number such as M-000123, the id of anything, or the traceId of an answer. It takes a token with " + string(events.JournalRead) + ".",
	})
}

// wantsPage tells a reader from a program: browsers alone ask for text/html by name.
func wantsPage(r *http.Request) bool {
	return strings.Contains(strings.ToLower(strings.Join(r.Header.Values("Accept"), ",")), "text/html")
}
