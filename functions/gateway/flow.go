package gateway

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

// story is /flow/{id}: to a browser the page that shows what happened, to programs what it shows, which is the function's answer.
type story struct {
	page page
	next http.Handler
}

func newStory(next http.Handler) (story, error) {
	p, err := rendered("flow.html", nil)
	p.policy, p.tag = livePolicy, fmt.Sprintf("%q", base64.RawURLEncoding.EncodeToString(sum(p.content)))
	return story{p, next}, err
}

func (s story) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	if wantsPage(r) {
		s.page.ServeHTTP(w, r)
		return
	}
	s.next.ServeHTTP(w, r)
}

// wantsPage tells a reader from a program: browsers alone ask for text/html by name.
func wantsPage(r *http.Request) bool {
	return strings.Contains(strings.ToLower(strings.Join(r.Header.Values("Accept"), ",")), "text/html")
}
