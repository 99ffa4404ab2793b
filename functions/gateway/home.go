package gateway

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/web"
)

// home is the page at /: what this is, and what of it is running.
type home struct {
	page     *template.Template
	proxy    *proxy
	ready    *lookout[[]events.Function] // which are away; nil where functions may not be asked, because that would wake them
	figures  *lookout[*events.Figures]   // nil where how the shop does is not everybody's to see
	revision string
	begun    time.Time
}

func newHome(p *proxy, around frame, ask, figures bool) (*home, error) {
	t, err := around.framed("home.html")
	if err != nil {
		return nil, err
	}
	h := &home{page: t, proxy: p, revision: boot.Revision(), begun: time.Now()}
	if ask {
		h.ready = newLookout(func(ctx context.Context) []events.Function { return slices.Sorted(maps.Keys(p.away(ctx))) }, time.Now)
	}
	if ask && figures {
		h.figures = newLookout(p.figures, time.Now)
	}
	return h, nil
}

// plainHost is a host that may stand in a line that people paste into a shell; a request can name any.
var plainHost = regexp.MustCompile(`^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?$`)

// running is what the page says of this moment.
type running struct {
	Functions []readyFunction
	Away      []events.Function // those that are not ready
	Asked     bool              // whether they were asked
	Figures   *events.Figures   // how the shop does; nil: that is not said, or nobody can say it
	Trend     *trend            // how many orders there were, hour by hour; nil: likewise
	Up        string
	Revision  string
	Origin    string
}

// readyFunction is a function, and whether it is away.
type readyFunction struct {
	Name events.Function
	Away bool
}

func (h *home) now(ctx context.Context) running {
	r := running{Up: lasting(time.Since(h.begun)), Revision: h.revision}
	if h.ready != nil {
		r.Away, r.Asked = h.ready.look(ctx)
	}
	if h.figures != nil {
		if r.Figures, _ = h.figures.look(ctx); r.Figures != nil {
			r.Trend = trendOf(r.Figures.PerHour)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(h.proxy.upstreams)) {
		r.Functions = append(r.Functions, readyFunction{name, slices.Contains(r.Away, name)})
	}
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
