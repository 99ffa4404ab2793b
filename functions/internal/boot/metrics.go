package boot

import (
	"crypto/subtle"
	"net/http"
)

// MetricsSettings is what a function reads whose port is open to the world: the gateway.
type MetricsSettings struct {
	Token string `env:"METRICS_TOKEN" secret:"true" doc:"What a scraper of the gateway's /metrics shows as its bearer token; none: the gateway shows no metrics."`
}

// mayScrape tells whether the request may see the metrics. The ports of functions are reached from inside only, or through the gateway, which
// says for whom it asks. The gateway's own is reached by anybody, also where no proxy stands before it: it asks for the token.
func (r *running) mayScrape(req *http.Request) bool {
	if r.receiver != nil {
		return req.Header.Get("X-Forwarded-For") == ""
	}
	shown := []byte(req.Header.Get("Authorization"))
	return r.scrapers != "" && subtle.ConstantTimeCompare(shown, []byte("Bearer "+r.scrapers)) == 1
}
