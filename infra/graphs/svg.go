package main

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// svg is a graph as a page has it within itself: classes that the page's style gives colours to, and nothing of its own. Its boxes are links.
func svg(g graph, at places, s size) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="graph %s" xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="group" aria-label="%s">`+"\n",
		s.name, at.width, at.height, at.width, at.height, html.EscapeString(g.title))
	fmt.Fprintf(&b, `<defs><marker id="head-%s" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>`+"\n", s.name)
	b.WriteString(`<g class="edges" aria-hidden="true">` + "\n")
	for _, e := range g.edges {
		from, to := g.index(e.from), g.index(e.to)
		fmt.Fprintf(&b, `<path d="%s"%s/>`+"\n", curve(at.nodes[from].beside(s.boxes[g.nodes[from].class]/2), at.nodes[to].beside(-s.boxes[g.nodes[to].class]/2)), head(g.nodes[to], s))
	}
	b.WriteString("</g>\n")
	for i, n := range g.nodes {
		across, round := s.boxes[n.class], 6
		if n.class == "count" {
			round = high / 2
		}
		fmt.Fprintf(&b, `<a class="%s" href="%s"><rect x="%d" y="%d" width="%d" height="%d" rx="%d"/><text x="%d" y="%d">%s</text></a>`+"\n",
			n.class, html.EscapeString(n.link), at.nodes[i].x-across/2, at.nodes[i].y-high/2, across, high, round, at.nodes[i].x, at.nodes[i].y, html.EscapeString(n.label))
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// index is a node's place in the graph.
func (g graph) index(id string) int {
	return slices.IndexFunc(g.nodes, func(n node) bool { return n.id == id })
}

// beside is a place on the same height.
func (p point) beside(by int) point { return point{p.x + by, p.y} }

// head is the arrow head of an edge that leads to n: there is one where somebody hears it.
func head(n node, s size) string {
	if n.class == "function" || n.class == "db" || n.class == "outside" {
		return ` marker-end="url(#head-` + s.name + `)"`
	}
	return ""
}

// curve leaves a box and comes to the next one level.
func curve(from, to point) string {
	half := (from.x + to.x) / 2
	return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", from.x, from.y, half, from.y, half, to.y, to.x, to.y)
}
