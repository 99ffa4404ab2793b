package recovery

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// command is a record of a command's topic, accepted so many minutes after noon.
func command(noun, id string, minute int) *kgo.Record {
	r := &kgo.Record{Topic: "mart." + noun + ".commands", Value: []byte(`{"of": "` + id + `"}`), Timestamp: noon.Add(time.Duration(minute) * time.Minute)}
	for _, h := range [][2]string{
		{"ce_specversion", "1.0"},
		{"ce_id", id},
		{"ce_type", "com.onlinemart." + noun + ".create.v1"},
		{"ce_source", "/mart/" + noun},
		{"ce_subject", "s-" + id},
		{"ce_time", "2026-07-01T12:00:00.123Z"},
		{"ce_authid", "importer"},
		{"ce_seal", "s1.AA"},
		{"content-type", "application/json"},
	} {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: h[0], Value: []byte(h[1])})
	}
	return r
}

func ids(records []*kgo.Record) (all []string) {
	for _, r := range records {
		all = append(all, header(r, "ce_id"))
	}
	return all
}

// Whatever the topic and the partition, commands come in the order in which they were accepted; events and what is older do not.
func TestRead(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, events.Topics()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	writer, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	told := command("order", "event", 6)
	told.Topic = "mart.order.events"
	for _, r := range []*kgo.Record{
		command("order", "long ago", -90), command("brand", "before", -1), command("payment", "third", 3), command("order", "fourth", 4), command("brand", "first", 1),
		command("payment", "fifth", 5), command("order", "second", 2), told,
	} {
		if err := writer.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	access := bus.KafkaConfig{Brokers: cluster.ListenAddrs()}
	for since, want := range map[time.Time][]string{
		noon: {"first", "second", "third", "fourth", "fifth"}, noon.Add(3 * time.Minute): {"third", "fourth", "fifth"}, noon.Add(time.Hour): nil,
	} {
		got, err := Read(t.Context(), access, since)
		if diff := cmp.Diff(want, ids(got)); err != nil || diff != "" {
			t.Errorf("since %s: %v (-want +got):\n%s", since, err, diff)
		}
	}
}

// One at a time, again while db is busy, and nothing after what it does not take.
func TestDecide(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var asked []string
	busy := 2
	db := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, _ := io.ReadAll(r.Body) // what is short is not what is wanted
		id := r.Header.Get("Ce-Id")
		asked = append(asked, id)
		switch {
		case id == "two" && busy > 0:
			busy--
			w.WriteHeader(http.StatusServiceUnavailable)
		case id == "three":
			http.Error(w, "it carries no seal", http.StatusUnauthorized)
		case string(body) != `{"of": "`+id+`"}` || r.Header.Get("Ce-Time") != "2026-07-01T12:00:00.123Z" || r.Header.Get("Ce-Subject") != "s-"+id ||
			r.Header.Get("Ce-Seal") != "s1.AA" || r.Header.Get("Ce-Authid") != "importer" || r.Header.Get("Content-Type") != "application/json":
			t.Errorf("db was given %v %s", r.Header, body)
		}
	}))
	t.Cleanup(db.Close)
	var done []string
	commands := []*kgo.Record{command("order", "one", 1), command("order", "two", 2), command("order", "three", 3), command("order", "four", 4)}
	err := Decide(t.Context(), db.URL, commands, func(r *kgo.Record) { done = append(done, header(r, "ce_id")) })
	if err == nil || !strings.Contains(err.Error(), "three of 2026-07-01T12:03:00Z: db answers 401: it carries no seal") {
		t.Errorf("error %v", err)
	}
	if diff := cmp.Diff([][]string{{"one", "two", "two", "two", "three"}, {"one", "two"}}, [][]string{asked, done}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Decide(gone, "http://127.0.0.1:1", commands, func(*kgo.Record) {}); err == nil {
		t.Error("a db that is away has taken all")
	}
	junk := command("order", "x", 1)
	junk.Headers = junk.Headers[:2]
	if err := Decide(t.Context(), db.URL, []*kgo.Record{junk}, func(*kgo.Record) {}); err == nil || !strings.Contains(err.Error(), "no event") {
		t.Errorf("junk: %v", err)
	}
}
