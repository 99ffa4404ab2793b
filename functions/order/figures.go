package order

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/web"
)

// withFigures answers at web.FiguresPath, to the gateway, how the shop does since the day began (UTC); everything else is next's. The gateway hands
// nobody's request on to there, because it is below the path of no noun.
func withFigures(asker *bus.Asker, now func() time.Time, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != web.FiguresPath || r.Method != http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		ctx := events.WithCause(r.Context(), events.Cause{By: events.SystemPrincipal(events.Order)})
		moment := now().UTC()
		f, err := bus.Ask(ctx, asker, events.GetFigures, events.FiguresQuestion{Since: moment.Truncate(24 * time.Hour), Until: moment})
		if err != nil { // an older db does not know the question
			web.Refuse(w, r, &events.Problem{Status: http.StatusServiceUnavailable, Code: "unavailable", Detail: "Nobody can say right now how the shop does."})
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", web.NoStore)
		_ = json.NewEncoder(w).Encode(f) // a reader who has gone away has lost nothing
	})
}
