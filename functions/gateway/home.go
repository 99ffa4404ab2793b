package gateway

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"runtime/debug"
	"sync"
	"time"

	"github.com/onlinemart/mart/functions/internal/web"
)

// home is the page at /: what this is, and what of it is running.
type home struct {
	page     *template.Template
	proxy    *proxy
	ask      bool // whether functions may be asked; false where that would wake them
	revision string
	begun    time.Time

	mu    sync.Mutex
	away  int // how many functions were not ready
	asked time.Time
}

// askAgain is for how long an answer of the functions is shown, so that no number of readers asks them more often.
const askAgain = 5 * time.Second

func newHome(p *proxy, ask bool) (*home, error) {
	t, err := framed("home.html")
	if err != nil {
		return nil, err
	}
	return &home{page: t, proxy: p, ask: ask, revision: revision(), begun: time.Now()}, nil
}

// revision is what this program was built from, short; "unknown" where the build has not noted it.
func revision() string {
	info, _ := debug.ReadBuildInfo()
	if info != nil {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) > 12 {
				return s.Value[:12]
			}
		}
	}
	return "unknown"
}

// plainHost is a host that may stand in a line that people paste into a shell; a request can name any.
var plainHost = regexp.MustCompile(`^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?$`)

// running is what the page says of this moment.
type running struct {
	Functions int
	Away      int  // how many functions are not ready
	Asked     bool // whether they were asked
	Up        string
	Revision  string
	Origin    string
}

func (h *home) now(ctx context.Context) running {
	r := running{Functions: len(h.proxy.upstreams), Asked: h.ask, Up: lasting(time.Since(h.begun)), Revision: h.revision}
	if !h.ask {
		return r
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.asked.IsZero() || time.Since(h.asked) > askAgain {
		h.away, h.asked = len(h.proxy.away(context.WithoutCancel(ctx))), time.Now()
	}
	r.Away = h.away
	return r
}

// lasting is a length of time in the two units that say most: 3 d 4 h, 12 min.
func lasting(d time.Duration) string {
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	switch {
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d min", minutes)
	default:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
}

func (h *home) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := h.now(r.Context())
	now.Origin = clientOf(r.Context()).proto + "://localhost"
	if plainHost.MatchString(r.Host) {
		now.Origin = clientOf(r.Context()).proto + "://" + r.Host
	}
	var content bytes.Buffer
	if err := h.page.Execute(&content, now); err != nil {
		h.proxy.log.ErrorContext(r.Context(), "the page / could not be made", "error", err)
		web.Refuse(w, r, web.Internal)
		return
	}
	w.Header().Set("Content-Type", html)
	w.Header().Set("Cache-Control", web.NoStore)
	w.Header().Set("Content-Security-Policy", pagePolicy)
	_, _ = content.WriteTo(w) // a reader who has gone away has lost nothing
}
