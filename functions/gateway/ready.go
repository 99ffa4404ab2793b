package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/web"
)

// askWithin bounds the question whether a function is ready.
const askWithin = 3 * time.Second

// readiness is whether the functions behind the gateway have all been ready. Once they have, it is ready for good: that one of them is away
// later is for requests to say, and no reason to answer nobody.
type readiness struct {
	proxy *proxy
	seen  atomic.Bool
}

// Ready asks all functions at once. Error: which are not ready.
func (r *readiness) Ready(ctx context.Context) error {
	if r.seen.Load() {
		return nil
	}
	away := r.proxy.away(ctx)
	if len(away) == 0 {
		r.seen.Store(true)
	}
	return errors.Join(slices.Collect(maps.Values(away))...)
}

// away asks all functions at once whether they are ready, and says which are not, and why.
func (p *proxy) away(ctx context.Context) map[events.Function]error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	type answer struct {
		of  events.Function
		err error
	}
	answers := make(chan answer, len(p.upstreams))
	for name, at := range p.upstreams {
		go func() { answers <- answer{name, p.askReady(ctx, at.JoinPath("health/readiness").String())} }()
	}
	all := map[events.Function]error{}
	for range p.upstreams {
		if a := <-answers; a.err != nil {
			all[a.of] = fmt.Errorf("the function %s is not ready: %w", a.of, a.err)
		}
	}
	return all
}

// figures is how the shop does, as order says it; nil: it does not.
func (p *proxy) figures(ctx context.Context) *events.Figures {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	var f events.Figures
	err := p.askOne(ctx, p.upstreams[events.Order].JoinPath(web.FiguresPath).String(), &f)
	if err != nil {
		p.log.WarnContext(ctx, "nobody says how the shop does", "reason", err)
		return nil
	}
	return &f
}

func (p *proxy) askReady(ctx context.Context, url string) error { return p.askOne(ctx, url, nil) }

// askOne asks a function for itself; into, where it is not nil, takes the answer.
func (p *proxy) askOne(ctx context.Context, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := p.transport.RoundTrip(req)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("it answers %s", res.Status), res.Body.Close())
	}
	if into != nil {
		err = json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(into)
	}
	return errors.Join(err, res.Body.Close())
}
