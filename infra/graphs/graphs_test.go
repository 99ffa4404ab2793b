package main

import (
	"os"
	"path/filepath"
	"testing"

	graphviz "github.com/goccy/go-graphviz"
	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// What is committed is what the declarations draw, and nothing else is there.
func TestCommittedPicturesAreTheDrawnOnes(t *testing.T) {
	t.Parallel()
	const folder = "../../functions/gateway/pages/graphs"
	want, err := draw(t.Context(), events.Nouns())
	if err != nil {
		t.Fatal(err)
	}
	there, err := filepath.Glob(filepath.Join(folder, "*.svg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range there {
		if want[filepath.Base(path)] == nil {
			t.Errorf("%s is of nothing that there is; run make generate", path)
		}
	}
	for name, content := range want {
		got, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Errorf("%v; run make generate", err)
		} else if diff := cmp.Diff(string(content), string(got)); diff != "" {
			t.Errorf("%s is not what the declarations draw; run make generate (-drawn +committed):\n%s", name, diff)
		}
	}
}

func TestOverviewCounts(t *testing.T) {
	t.Parallel()
	ask := events.Message[events.OrderReason]{Kind: events.Command, Noun: "kite", Verb: "fly", Producers: []events.Function{events.Order, events.Payment}, Consumers: []events.Function{events.DB}}
	heard := events.Message[events.OrderReason]{Kind: events.Event, Noun: "kite", Verb: "flown", Producers: []events.Function{events.DB}, Consumers: []events.Function{events.Order}}
	unheard := heard
	unheard.Verb, unheard.Consumers = "torn", nil
	g := overview([]events.Noun{{Name: "kite", Messages: []events.Declared{ask, heard, unheard, events.Rejected("kite"), events.GetOrder}}})
	var got []string
	for _, e := range g.edges {
		got = append(got, g.label(e.from)+" → "+g.label(e.to))
	}
	want := []string{
		"order → 1 command", "1 command → db", "db → 1 event", "1 event → order", "payment → 1 command", "1 command → db", "db → 2 events", "2 events → subscribers",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if g := ofNoun(events.Noun{Name: "kite", Messages: []events.Declared{ask, heard, unheard, events.Rejected("kite"), events.GetOrder}}); len(g.nodes) != 8 || len(g.edges) != 7 {
		t.Errorf("%d boxes, %d arrows: %+v", len(g.nodes), len(g.edges), g)
	}
}

// On a narrow screen what is asked is above what is told, and db, in which both meet, is in both; nothing is wider than a phone shows.
func TestFold(t *testing.T) { // nothing beside it: Graphviz reads one graph at a time
	viz, err := graphviz.New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := viz.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, n := range append(events.Nouns(), events.Noun{}) {
		g := ofNoun(n)
		if n.Name == "" {
			g = overview(events.Nouns())
		}
		if len(g.nodes) == 0 {
			continue
		}
		folded, at, err := fold(t.Context(), viz, g)
		if err != nil {
			t.Fatal(err)
		}
		if len(folded.edges) != len(g.edges) || len(folded.nodes) != len(at.nodes) || len(folded.nodes) > len(g.nodes)+1 {
			t.Errorf("%s: %d boxes and %d arrows became %d and %d", g.title, len(g.nodes), len(g.edges), len(folded.nodes), len(folded.edges))
		}
		if at.width > 322 {
			t.Errorf("%s is %d pixels wide", g.title, at.width)
		}
		told, asked := folded.index("db told"), folded.index(db)
		if told >= 0 && asked >= 0 && at.nodes[told].y <= at.nodes[asked].y {
			t.Errorf("%s: what is told, at %d, is not below what is asked, at %d", g.title, at.nodes[told].y, at.nodes[asked].y)
		}
	}
}

func (g graph) label(id string) string { return g.nodes[g.index(id)].label }

// An answer that is not understood is no picture.
func TestReadRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	two := graph{nodes: []node{{id: "a", class: "db"}, {id: "b", class: "db"}}, edges: []edge{{"a", "b"}}}
	const nodes = "graph 1 2 1\nnode 0 0.5 0.5 1 1 \"\" solid box black lightgrey\nnode 1 1.5 0.5 1 1 \"\" solid box black lightgrey\n"
	at, err := read(nodes+"edge 0 1 4 1 0.5 1.1 0.5 1.2 0.5 1.3 0.5 solid black\nstop\n", two)
	want := places{width: 160, height: 88, nodes: []point{{44, 44}, {116, 44}}}
	if diff := cmp.Diff(want, at, cmp.AllowUnexported(places{}, point{})); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, said := range []string{"graph 1 2 1\nnode 0 0.5 0.5 1 1\nstop\n", "node 2 0.5 0.5 1 1\nstop\n", "Error: no such thing\n"} {
		if at, err := read(said, two); err == nil {
			t.Errorf("%q: %+v", said, at)
		}
	}
}
