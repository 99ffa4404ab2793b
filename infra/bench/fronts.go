package bench

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/laptop"
)

// fronts stand before every function and count what it is asked.
type fronts struct {
	database func(context.Context, map[string]string) (end func(), err error) // changes where db finds Postgres

	mu    sync.Mutex
	asks  asks
	told  int64         // webhooks of the payment provider that were answered
	until chan struct{} // they wait for it; nil: they do not wait
}

// hold keeps the provider's webhooks back until they are let in: they tell nothing new then, however slow the machine is.
func (f *fronts) hold() (release func()) {
	until := make(chan struct{})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.until = until
	return func() { close(until) }
}

// webhook passes one on when it may.
func (f *fronts) webhook(w http.ResponseWriter, r *http.Request, to http.Handler) {
	f.mu.Lock()
	until := f.until
	f.mu.Unlock()
	if until != nil {
		select {
		case <-until:
		case <-r.Context().Done():
			return // it is sent again
		}
	}
	f.asked(r)
	to.ServeHTTP(w, r)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told++
}

// webhooks is how many were answered.
func (f *fronts) webhooks() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.told
}

// asks is what was asked of all functions together: by HTTP, the customer's and the provider's requests included.
type asks struct{ requests, questions, deliveries int64 }

func (f *fronts) count() asks {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asks
}

func (f *fronts) asked(r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asks.requests++
	if message, ok := events.ByType(r.Header.Get("Ce-Type")); ok {
		if message.Declaration().Kind == events.QueryKind {
			f.asks.questions++
		} else {
			f.asks.deliveries++
		}
	}
}

// serve runs a function behind its front.
func (f *fronts) serve(ctx context.Context, function events.Function, listener net.Listener, env map[string]string) error {
	if function == events.DB {
		end, err := f.database(ctx, env)
		if err != nil {
			return err
		}
		defer end()
	}
	behind, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	front := &http.Server{Handler: f.before(function, behind.Addr().String()), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- front.Serve(listener) }()
	err = laptop.InProcess(ctx, function, behind, env)
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	err = errors.Join(err, front.Shutdown(draining))
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func (f *fronts) before(function events.Function, address string) http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(&url.URL{Scheme: "http", Host: address})
			p.Out.Host = p.In.Host
			p.Out.Header["X-Forwarded-For"] = p.In.Header["X-Forwarded-For"] // it is not there: who asks is who asked
		},
		Transport: &http.Transport{MaxIdleConnsPerHost: 512, IdleConnTimeout: time.Minute},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case function == events.Gateway && r.URL.Path == "/payments/webhooks/stripe":
			f.webhook(w, r, proxy)
			return
		case r.URL.Path != "/health/readiness":
			f.asked(r)
		}
		proxy.ServeHTTP(w, r)
	})
}
