package gateway

import (
	"net/http"

	"github.com/onlinemart/mart/functions/internal/web"
)

// nowhere is what a shop or an office answers at an address that is none of its own: to a browser its page, whose script says that there is
// nothing, to programs the problem. It is 404 either way, and nobody keeps it: a later release may have a page there.
type nowhere struct{ page page }

func (n nowhere) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	if !wantsPage(r) || r.Method != http.MethodGet && r.Method != http.MethodHead {
		web.Refuse(w, r, noSuchRoute(r.URL.Path))
		return
	}
	h := w.Header()
	h.Set("Content-Type", n.page.kind)
	h.Set("Content-Security-Policy", n.page.policy)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNotFound)
	if r.Method != http.MethodHead {
		_, _ = w.Write(n.page.content) // a reader who has gone away has lost nothing
	}
}
