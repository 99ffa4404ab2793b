package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/twmb/franz-go/pkg/kadm"
)

// count is how often each thing happened, by its name; what follows a colon is the kind of it.
type count map[string]int

// sums leaves out what follows a colon.
func (c count) sums() count {
	all := count{}
	for what, times := range c {
		of, _, _ := strings.Cut(what, ":")
		all[of] += times
	}
	return all
}

func (c count) String() string {
	var lines []string
	for what, times := range c {
		lines = append(lines, fmt.Sprintf("%3d %s", times, what))
	}
	slices.Sort(lines)
	return "\n" + strings.Join(lines, "\n")
}

// delivered is what a delivery of a type to a function is counted as.
func delivered(f events.Function, kind string) string {
	return fmt.Sprintf("deliveries to %s: %s", f, kind)
}

// mustWake fails for each delivery that its function has no use for.
func (c count) mustWake(t *testing.T) {
	t.Helper()
	for _, f := range events.Functions() {
		for _, d := range events.All() {
			if n := c[delivered(f, d.Type())]; n > 0 && !slices.Contains(d.Declaration().Consumers, f) {
				t.Errorf("%d %s, which has no reaction to it", n, delivered(f, d.Type()))
			}
		}
	}
}

// meter counts what comes to the functions' ports, what is put onto Kafka, and what db's commands cost Postgres.
type meter struct {
	mu   sync.Mutex
	seen count
	came chan struct{} // a webhook
}

func newMeter() *meter { return &meter{seen: count{}, came: make(chan struct{}, 100)} }

func (m *meter) add(what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen[what]++
}

// watch stands before every function's port, and has Postgres write down what it is told to do.
func (m *meter) watch(c *laptop.Config) {
	c.Serve = m.serve
	c.Postgre = map[string]string{"log_statement": "all", "log_line_prefix": "%c "}
}

const webhooks = "/payments/webhooks/"

func (m *meter) serve(ctx context.Context, f events.Function, listener net.Listener, env map[string]string) error {
	inner, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	to := &url.URL{Scheme: "http", Host: inner.Addr().String()}
	through := &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host },
		Transport:    &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }, // it has stopped, or whoever asked has gone
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.note(f, r)
		through.ServeHTTP(w, r)
		if f == events.Payment && strings.HasPrefix(r.URL.Path, webhooks) {
			m.came <- struct{}{}
		}
	})}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // until it is closed
	}()
	err = laptop.InProcess(ctx, f, inner, env)
	_ = server.Close() // nothing comes any more: the function has drained
	<-served
	through.Transport.(*http.Transport).CloseIdleConnections()
	return err
}

// note counts what comes to a function. Health is nobody's purchase, nor are the token keys, which are read once in a while.
func (m *meter) note(f events.Function, r *http.Request) {
	kind := r.Header.Get("Ce-Type")
	declared, known := events.ByType(kind)
	switch {
	case known && declared.Declaration().Kind == events.QueryKind:
		m.add(fmt.Sprintf("questions: %s", declared.Declaration()))
	case known:
		m.add(delivered(f, kind))
	case kind == "" && !strings.HasPrefix(r.URL.Path, "/health/") && !strings.HasPrefix(r.URL.Path, "/.well-known/"):
		m.add(fmt.Sprintf("requests: %s %s %s", f, r.Method, r.URL.Path))
	}
}

// of is what one purchase costs, once all that follows from it has come to its end.
func (m *meter) of(t *testing.T, s *storm, buy func()) (got count, statements int) {
	t.Helper()
	s.awaitDelivered(t)
	records, written := m.records(t, s), postgresLog(t, s)
	m.mu.Lock()
	m.seen = count{}
	m.mu.Unlock()
	buy()
	select {
	case <-m.came:
	case <-s.ctx.Done():
		t.Fatal("the provider's webhook did not come")
	}
	s.awaitDelivered(t)
	m.mu.Lock()
	got = maps.Clone(m.seen)
	m.mu.Unlock()
	for topic, end := range m.records(t, s) {
		if n := end - records[topic]; n > 0 {
			got["records: "+topic] = int(n)
		}
	}
	if s.own.Postgres == nil {
		t.Log("statements are counted on a Postgres of the mart's own only")
		got["transactions for commands"] = budget["transactions for commands"]
		return got, 0
	}
	transactions, statements := commandTransactions(t, s.own.Postgres.Log(), written)
	got["transactions for commands"] = transactions
	return got, statements
}

// records is how many each topic has had.
func (m *meter) records(t *testing.T, s *storm) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	if err := s.atBrokers(s.own.Kafka, func(_ context.Context, admin *kadm.Client) error {
		ends, err := s.topicEnds(admin)
		ends.Each(func(o kadm.ListedOffset) { all[o.Topic] += o.Offset })
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// postgresLog is how much the log has.
func postgresLog(t *testing.T, s *storm) int64 {
	t.Helper()
	if s.own.Postgres == nil {
		return 0
	}
	info, err := os.Stat(s.own.Postgres.Log())
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// statementLine is a statement in the log, with its session before it.
var statementLine = regexp.MustCompile(`^([0-9a-f.]+) LOG:  (?:statement|execute [^:]*): (.*)`)

// commandTransactions counts the transactions that took commands into the inbox, and their statements.
func commandTransactions(t *testing.T, path string, from int64) (transactions, statements int) {
	t.Helper()
	log, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	if _, err := log.Seek(from, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	open := map[string]int{} // statements since begin, by session
	takes := map[string]bool{}
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	session := ""
	for lines.Scan() {
		found := statementLine.FindStringSubmatch(lines.Text())
		text := lines.Text()
		if found != nil {
			session, text = found[1], strings.TrimSpace(found[2])
			if text == "begin" {
				open[session], takes[session] = 0, false
			}
			open[session]++
		}
		takes[session] = takes[session] || strings.Contains(text, "insert into inbox")
		if found != nil && text == "commit" && takes[session] {
			transactions, statements = transactions+1, statements+open[session]
			takes[session] = false
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return transactions, statements
}
