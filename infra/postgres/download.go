package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	embedded "github.com/fergusstrange/embedded-postgres"

	"github.com/onlinemart/mart/infra/filelock"
)

// downloadable are the builds that are published ready to run, by major version.
var downloadable = map[int]embedded.PostgresVersion{
	14: embedded.V14, 15: embedded.V15, 16: embedded.V16, 17: embedded.V17, 18: embedded.V18,
}

const newest = 18

const (
	mavenCentral = "https://repo1.maven.org/maven2"
	lockName     = "fetch.lock" // in the cache
	scratchName  = "fetch-"     // what a download's folder in the cache begins with
)

// source is where a Postgres comes from that is not installed, and who is told of the wait before it begins.
type source struct {
	repository string // of Maven's kind; empty: Maven Central
	say        func(line string)
}

// download fetches Postgres once and keeps it for later runs. major 0 means the newest.
func (s source) download(ctx context.Context, major int, p layout) (binaries, error) {
	if major == 0 {
		major = newest
	}
	version, ok := downloadable[major]
	if !ok {
		return binaries{}, fmt.Errorf("no build of Postgres %d to download", major)
	}
	cache, err := cacheFolder(p)
	if err != nil {
		return binaries{}, err
	}
	home := filepath.Join(cache, "postgres-"+string(version))
	if !exists(filepath.Join(home, "bin", "postgres")) {
		s.say(fmt.Sprintf("No usable Postgres is installed: downloading Postgres %s, %s, once, in about a minute; it is kept in %s.",
			version, size(runtime.GOOS), cache))
	}
	lock, err := filelock.Wait(filepath.Join(cache, lockName))
	if err != nil {
		return binaries{}, err
	}
	err = s.fetch(ctx, version, cache, home)
	if err := errors.Join(err, lock.Release()); err != nil {
		return binaries{}, err
	}
	return binaries{dir: filepath.Join(home, "bin"), major: major}, nil
}

// size is what the builds weigh: of all versions about the same.
func size(system string) string {
	if system == "darwin" {
		return "33 MB"
	}
	return "15 MB"
}

// cacheFolder is the user's own, or, for root, one that the server's user can enter too.
func cacheFolder(p layout) (string, error) {
	var folders []string
	if own, err := os.UserCacheDir(); err == nil {
		folders = append(folders, filepath.Join(own, "mart"))
	}
	folders = append(folders, "/var/cache/mart", filepath.Join(os.TempDir(), "mart-cache-"+strconv.Itoa(os.Geteuid())))
	for _, folder := range folders {
		if os.MkdirAll(folder, 0o755) == nil && (p.as == nil || canEnter(folder, p.as)) {
			return folder, nil
		}
	}
	return "", fmt.Errorf("no folder to keep a download in: tried %v", folders)
}

// fetch has the library download and unpack. It offers no call for just that: it would go on to make and start a server
// as the present user, which fails at once here, because the data folder we show it has nothing but a version.
func (s source) fetch(ctx context.Context, version embedded.PostgresVersion, cache, home string) error {
	if exists(filepath.Join(home, "bin", "postgres")) {
		return nil
	}
	if err := sweep(cache); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(cache, scratchName)
	if err != nil {
		return fmt.Errorf("make scratch folder: %w", err)
	}
	defer os.RemoveAll(scratch)
	decoy, unpacked := filepath.Join(scratch, "decoy"), filepath.Join(scratch, "unpacked")
	if err := errors.Join(os.Mkdir(decoy, 0o700), os.WriteFile(filepath.Join(decoy, "PG_VERSION"), []byte(majorOf(version)), 0o600)); err != nil {
		return fmt.Errorf("make scratch folder: %w", err)
	}
	port, err := freePort(ctx, 0)
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	repository, stop, err := forward(ctx, cmp.Or(s.repository, mavenCentral), failed)
	if err != nil {
		return err
	}
	defer stop()
	config := embedded.DefaultConfig().Version(version).Port(uint32(port)).Logger(io.Discard).BinaryRepositoryURL(repository).
		CachePath(scratch).RuntimePath(filepath.Join(scratch, "runtime")).DataPath(decoy).BinariesPath(unpacked)
	err = embedded.NewDatabase(config).Start()
	if !exists(filepath.Join(unpacked, "bin", "postgres")) {
		return fmt.Errorf("download Postgres: %w", cmp.Or(ctx.Err(), reason(failed, err)))
	}
	if err := os.Rename(unpacked, home); err != nil {
		return fmt.Errorf("keep the downloaded Postgres: %w", err)
	}
	return os.Chmod(home, 0o755)
}

// reason is why nothing came: what the repository answered, where it did; what the library says is of our own address.
func reason(failed <-chan error, said error) error {
	select {
	case err := <-failed:
		return err
	default:
		return said
	}
}

// sweep removes what downloads have left whose process was killed. Whoever calls it holds the cache's lock: nobody else downloads.
func sweep(cache string) error {
	left, err := filepath.Glob(filepath.Join(cache, scratchName+"*"))
	if err != nil {
		return fmt.Errorf("look for downloads that were broken off: %w", err)
	}
	for _, folder := range left {
		if err := os.RemoveAll(folder); err != nil {
			return fmt.Errorf("remove a download that was broken off: %w", err)
		}
	}
	return nil
}

// forward is the repository at an address of this machine, until stop. The library's requests know no context; those made here end with ctx, and
// the library with them, so that it writes nothing after we have cleared up. failed gets the reason when the repository cannot be reached.
func forward(ctx context.Context, repository string, failed chan<- error) (address string, stop func(), err error) {
	target, err := url.Parse(repository)
	if err != nil {
		return "", nil, fmt.Errorf("address of the repository: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen for the download: %w", err)
	}
	quiet := log.New(io.Discard, "", 0) // the library reports what fails
	proxy := &httputil.ReverseProxy{ErrorLog: quiet, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	proxy.ErrorHandler = func(_ http.ResponseWriter, _ *http.Request, err error) {
		select {
		case failed <- err:
		default: // the first reason is enough
		}
		panic(http.ErrAbortHandler) // no answer: the library takes one that is no file for a file without a checksum
	}
	server := &http.Server{
		Handler:           proxy,
		ReadHeaderTimeout: 5 * time.Second, ErrorLog: quiet, BaseContext: func(net.Listener) context.Context { return ctx },
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // ends by stop alone
	}()
	return "http://" + listener.Addr().String(), func() {
		_ = server.Close() // of connections to ourselves that nobody needs any more
		<-ended
	}, nil
}

func majorOf(version embedded.PostgresVersion) string { return string(version[:2]) }
