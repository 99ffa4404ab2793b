package main

import (
	"fmt"
	"slices"

	"github.com/onlinemart/mart/events"
)

// What is drawn goes from the left to the right: who asks, what for, db, what it tells, who waits for that. A function that does both stands on
// both sides, so that no arrow goes back.

// node is a box: a function, a message, or a number of them.
type node struct {
	id, class   string // class: function, db, command, event or count
	label, link string
}

// edge leads from one node to another.
type edge struct{ from, to string }

// graph is what is laid out: the nodes with their edges, and what it is to whoever hears it read.
type graph struct {
	title string
	nodes []node
	edges []edge
}

const db = "db"

func (g *graph) add(n node) string {
	if !slices.ContainsFunc(g.nodes, func(other node) bool { return other.id == n.id }) {
		g.nodes = append(g.nodes, n)
	}
	return n.id
}

func (g *graph) connect(from, to string) {
	if e := (edge{from, to}); !slices.Contains(g.edges, e) {
		g.edges = append(g.edges, e)
	}
}

// asker and hearer are a function on either side; its link is the list of what it says, or hears.
func asker(f events.Function) node {
	return node{"from " + string(f), "function", string(f), "/events?q=from:" + string(f)}
}

func hearer(f events.Function) node {
	return node{"to " + string(f), "function", string(f), "/events?q=to:" + string(f)}
}

// subscribers hear what no function waits for: programs of the shop's own, or nobody.
var subscribers = node{"outside", "outside", "subscribers", "/asyncapi.yaml"}

func theDB() node { return node{db, "db", db, "/events?q=to:db"} }

// answers are the verbs by which any command may end; they are in no picture.
var answers = []string{"rejected", "failed"}

// ofNoun is all that is said about one noun on Kafka.
func ofNoun(n events.Noun) graph {
	g := graph{title: "Who says what about " + events.InWords(n.Name)}
	for _, m := range n.Messages {
		d := m.Declaration()
		if d.Kind == events.QueryKind || slices.Contains(answers, d.Verb) {
			continue
		}
		id := g.add(node{m.Type(), string(d.Kind), d.Verb, "/events/" + m.Type()})
		for _, f := range d.Producers {
			if d.Kind == events.Event {
				g.connect(g.add(theDB()), id)
				continue
			}
			g.connect(g.add(asker(f)), id)
		}
		if d.Kind == events.Event && len(d.Consumers) == 0 {
			g.connect(id, g.add(subscribers))
		}
		for _, f := range d.Consumers {
			if f == events.DB {
				g.connect(id, g.add(theDB()))
				continue
			}
			g.connect(id, g.add(hearer(f)))
		}
	}
	return g
}

// overview is how many messages go between the functions.
func overview(nouns []events.Noun) graph {
	g := graph{title: "Who sends commands to db, and who waits for its events"}
	asks, hears, told, heard := map[events.Function]int{}, map[events.Function]int{}, 0, 0
	for _, n := range nouns {
		for _, m := range n.Messages {
			switch d := m.Declaration(); d.Kind {
			case events.Command:
				for _, f := range d.Producers {
					asks[f]++
				}
			case events.Event:
				told++
				if len(d.Consumers) > 0 {
					heard++
				}
				for _, f := range d.Consumers {
					hears[f]++
				}
			case events.QueryKind: // never on Kafka
			}
		}
	}
	g.add(theDB())
	for _, f := range events.Functions() {
		if asks[f] > 0 {
			count := g.add(node{"asks " + string(f), "count", number(asks[f], "command"), "/events?q=kind:command+from:" + string(f)})
			g.connect(g.add(asker(f)), count)
			g.connect(count, db)
		}
		if hears[f] > 0 {
			count := g.add(node{"hears " + string(f), "count", number(hears[f], "event"), "/events?q=kind:event+to:" + string(f)})
			g.connect(db, count)
			g.connect(count, g.add(hearer(f)))
		}
	}
	rest := g.add(node{"rest", "count", number(told-heard, "event"), "/events?q=to:nobody"})
	g.connect(db, rest)
	g.connect(rest, g.add(subscribers))
	return g
}

func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
