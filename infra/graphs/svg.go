package main

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// svg is a graph as a page has it within itself: classes that the page's style gives colours to, and nothing of its own. Its boxes are links.
func svg(g graph, at places) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="graph" xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="group" aria-label="%s">`+"\n",
		at.width, at.height, at.width, at.height, html.EscapeString(g.title))
	b.WriteString(`<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>` + "\n")
	b.WriteString(`<g class="edges" aria-hidden="true">` + "\n")
	for _, e := range g.edges {
		from, to := g.index(e.from), g.index(e.to)
		fmt.Fprintf(&b, `<path d="%s"%s/>`+"\n", curve(rim(g, at, from, 1), rim(g, at, to, -1)), head(g.nodes[to]))
	}
	b.WriteString("</g>\n")
	for i, n := range g.nodes {
		wide := boxes[n.class]
		fmt.Fprintf(&b, `<a class="%s" href="%s"><rect x="%d" y="%d" width="%d" height="%d" rx="6"/><text x="%d" y="%d">%s</text></a>`+"\n",
			n.class, html.EscapeString(n.link), at.nodes[i].x-wide/2, at.nodes[i].y-high/2, wide, high, at.nodes[i].x, at.nodes[i].y, html.EscapeString(n.label))
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// index is a node's place in the graph.
func (g graph) index(id string) int {
	return slices.IndexFunc(g.nodes, func(n node) bool { return n.id == id })
}

// rim is the middle of a box's side: 1 the right one, -1 the left one.
func rim(g graph, at places, i, side int) point {
	return point{at.nodes[i].x + side*boxes[g.nodes[i].class]/2, at.nodes[i].y}
}

// head is the arrow head of an edge that leads to n: there is one where somebody hears it.
func head(n node) string {
	if n.class == "function" || n.class == "db" || n.class == "outside" {
		return ` marker-end="url(#head)"`
	}
	return ""
}

// curve leaves a box and comes to the next one level.
func curve(from, to point) string {
	half := (from.x + to.x) / 2
	return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", from.x, from.y, half, from.y, half, to.y, to.x, to.y)
}
