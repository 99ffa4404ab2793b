package laptop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/kafkasource"
	"github.com/onlinemart/mart/infra/knative"
)

// consumersOfDB is how many consumers db's source has: each keeps 50 to 100 deliveries out.
const consumersOfDB = 1

// sources is what delivers events between the functions, as KafkaSource and KafkaSink do in a cluster.
type sources struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error
	ready  chan struct{}
}

// startSources reads the very objects that a cluster is given and delivers to the functions' own ports.
func (m *Mart) startSources(ctx context.Context) error {
	text, err := knative.Sources(knative.Cluster{Namespace: "mart", Brokers: m.Kafka, Consumers: consumersOfDB, Reads: m.cfg.Reads})
	if err != nil {
		return err
	}
	objects, err := kafkasource.Parse(bytes.NewReader(text))
	if err != nil {
		return err
	}
	s := &sources{done: make(chan struct{}), ready: make(chan struct{})}
	options := kafkasource.Options{Log: m.cfg.Log, Resolve: m.addressOf, Ready: func() { close(s.ready) }}
	m.cfg.Sources(&options)
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	m.sources = s
	go func() {
		defer close(s.done)
		s.err = kafkasource.Run(ctx, options, objects)
	}()
	return nil
}

func (m *Mart) addressOf(ref kafkasource.Ref) (string, error) {
	f := events.Function(ref.Name)
	running := m.functions[f]
	if ref.Kind != "Service" || running == nil {
		return "", fmt.Errorf("%s is no function of the mart", ref)
	}
	return m.cfg.Deliver(f, running.url), nil
}

func (s *sources) awaitReady(ctx context.Context) error {
	select {
	case <-s.ready:
		return nil
	case <-s.done:
		return fmt.Errorf("deliver events: %w", s.err)
	case <-ctx.Done():
		return fmt.Errorf("the event sources do not get ready: %w", ctx.Err())
	}
}

// stop ends reading, lets running deliveries end and commits what is done.
func (s *sources) stop(ctx context.Context) error {
	s.cancel()
	select {
	case <-s.done:
		return s.err
	case <-ctx.Done():
		return fmt.Errorf("stop delivering events: %w", ctx.Err())
	}
}

// serveUntilClosed runs a plain HTTP server on address, which setting chose, and gives its URL and its end.
func serveUntilClosed(ctx context.Context, setting, address string, handler http.Handler) (url string, stop func(context.Context) error, err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return "", nil, portError(setting, address, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	return urlOf(listener.Addr().String()), func(ctx context.Context) error {
		err := server.Shutdown(ctx)
		if end := <-served; !errors.Is(end, http.ErrServerClosed) {
			err = errors.Join(err, end)
		}
		return err
	}, nil
}
