package main

import (
	"context"

	graphviz "github.com/goccy/go-graphviz"
)

// fold is a graph for a narrow screen: what comes before db above what comes after it, each from the left to the right, so that nobody scrolls
// sideways. db, in which both meet, stands in both.
func fold(ctx context.Context, viz *graphviz.Graphviz, g graph) (graph, places, error) {
	folded, at := graph{title: g.title}, places{}
	for i, half := range g.halves() {
		if len(half.nodes) == 0 {
			continue
		}
		is, err := layOut(ctx, viz, half, narrow)
		if err != nil {
			return folded, at, err
		}
		named := func(id string) string { return id + []string{"", " told"}[i] }
		for _, n := range half.nodes {
			n.id = named(n.id)
			folded.nodes = append(folded.nodes, n)
		}
		for _, e := range half.edges {
			folded.edges = append(folded.edges, edge{named(e.from), named(e.to)})
		}
		for _, p := range is.nodes {
			at.nodes = append(at.nodes, point{p.x, p.y + at.height})
		}
		at.width, at.height = max(at.width, is.width), at.height+is.height
	}
	return folded, at, nil
}

// halves are what leads to db, and what follows from it.
func (g graph) halves() [2]graph {
	var halves [2]graph
	after := map[string]bool{db: true}
	for _, e := range g.edges { // each after those that lead to it
		half := &halves[0]
		if after[e.from] {
			half, after[e.to] = &halves[1], true
		}
		half.add(g.nodes[g.index(e.from)])
		half.add(g.nodes[g.index(e.to)])
		half.connect(e.from, e.to)
	}
	return halves
}
