package boot

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
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

// describeProcess has the metrics say what every process says of itself: what it was built from, Go's own figures, and the system's of it.
func describeProcess(metrics prometheus.Registerer) error {
	built := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "mart_build_info", Help: "Always 1; its labels say what the program was built from.",
	}, []string{"revision", "go"})
	built.WithLabelValues(Revision(), runtime.Version()).Set(1)
	var errs []error
	for _, c := range []prometheus.Collector{built, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		errs = append(errs, metrics.Register(c))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("register metrics of the process: %w", err)
	}
	return nil
}

// revision is what whoever builds it says that it is: an image is built where git is not, with -ldflags "-X …/boot.revision=v1.2.3".
var revision string

// Revision is what this program was built from, short; "unknown" where nobody has said it and the build has not noted it.
func Revision() string {
	if revision != "" {
		return revision
	}
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
