// Command run delivers Kafka records to functions as the KafkaSource objects in the given YAML files say,
// until SIGTERM or SIGINT, and then drains. It receives records from Kafka and events for the KafkaSinks
// among the objects (POST /namespace/name on LISTEN_ADDRESS); it emits CloudEvents over HTTP.
//
//	run FILE_OR_FOLDER…
//	run health             exits 0 when it delivers, for container engines
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/onlinemart/mart/functions/settings"
	"github.com/onlinemart/mart/infra/health"
	"github.com/onlinemart/mart/infra/kafkasource"
	"github.com/onlinemart/mart/infra/program"
	"github.com/sethvargo/go-envconfig"
)

type config struct{ kafkasource.Settings }

func main() {
	program.Run("kafkasource", func(ctx context.Context) error { return run(ctx, os.Args[1:]) })
}

func run(ctx context.Context, paths []string) error {
	var c config
	if err := settings.Fill(ctx, envconfig.OsLookuper(), &c); err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	if len(paths) == 1 && paths[0] == "health" {
		return health.Check(ctx, c.ListenAddress)
	}
	if len(paths) == 0 {
		return errors.New("no objects: name YAML files, or folders of them, that hold KafkaSources")
	}
	objects, err := read(paths)
	if err != nil {
		return err
	}
	var ready atomic.Bool
	options := kafkasource.Options{
		Brokers: c.Brokers, Resolve: c.resolve, Secrets: c.secret, DrainTimeout: c.DrainTimeout,
		Ready: func() { ready.Store(true); slog.Info("Ready", "sources", len(objects.Sources)) },
	}
	mux, closeSinks, err := serve(options, objects, ready.Load)
	if err != nil {
		return err
	}
	err = c.listen(ctx, mux, func(ctx context.Context) error { return kafkasource.Run(ctx, options, objects) })
	return errors.Join(err, closeSinks())
}

// listen serves while work runs; whichever ends first ends the other.
func (c config) listen(ctx context.Context, handler http.Handler, work func(context.Context) error) error {
	server := &http.Server{Addr: c.ListenAddress, Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() {
		defer stop()
		served <- server.ListenAndServe()
	}()
	err := work(ctx)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err = errors.Join(err, server.Shutdown(closing))
	if end := <-served; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("serve on %s (set LISTEN_ADDRESS to a free one): %w", c.ListenAddress, end))
	}
	return err
}

// read joins all files as one stream of YAML documents.
func read(paths []string) (kafkasource.Objects, error) {
	var all bytes.Buffer
	for _, path := range paths {
		err := filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || (file != path && !strings.HasSuffix(file, ".yaml") && !strings.HasSuffix(file, ".yml")) {
				return err
			}
			content, err := os.ReadFile(file)
			all.Write(content)
			all.WriteString("\n---\n")
			return err
		})
		if err != nil {
			return kafkasource.Objects{}, fmt.Errorf("read objects: %w", err)
		}
	}
	objects, err := kafkasource.Parse(&all)
	if err == nil && len(objects.Sources) == 0 {
		err = fmt.Errorf("no KafkaSource in %s", strings.Join(paths, ", "))
	}
	return objects, err
}

func (c config) resolve(ref kafkasource.Ref) (string, error) {
	if ref.Kind != "Service" {
		return "", fmt.Errorf("%s: only a Service or a KafkaSink can be a sink: use sink.uri", ref)
	}
	return strings.NewReplacer("{name}", ref.Name, "{namespace}", ref.Namespace).Replace(c.ServiceURL), nil
}

func (c config) secret(_, name string) (map[string][]byte, error) {
	if c.SecretsDir == "" {
		return nil, errors.New("no folder of secrets is set: set SECRETS_DIR")
	}
	folder := filepath.Join(c.SecretsDir, filepath.Base(name))
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	keys := map[string][]byte{}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			continue // a mounted volume's own links
		}
		if keys[entry.Name()], err = os.ReadFile(filepath.Join(folder, entry.Name())); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// serve answers for health, and takes events for each KafkaSink.
func serve(options kafkasource.Options, objects kafkasource.Objects, ready func() bool) (*http.ServeMux, func() error, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health/liveness", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /health/readiness", func(w http.ResponseWriter, _ *http.Request) {
		if !ready() {
			http.Error(w, "the sources do not read yet", http.StatusServiceUnavailable)
		}
	})
	var sinks []*kafkasource.Sink
	for _, object := range objects.Sinks {
		sink, err := kafkasource.NewSink(object, options)
		if err != nil {
			return nil, nil, err
		}
		mux.Handle("/"+object.Metadata.Namespace+"/"+object.Metadata.Name, sink)
		sinks = append(sinks, sink)
	}
	return mux, func() error {
		var err error
		for _, sink := range sinks {
			err = errors.Join(err, sink.Close())
		}
		return err
	}, nil
}
