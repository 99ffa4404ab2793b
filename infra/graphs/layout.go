package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	graphviz "github.com/goccy/go-graphviz"
)

// Graphviz lays out boxes whose size it is told: it measures no text, so that no font of this machine is in what it answers, and runs as
// WebAssembly, whose arithmetic is the same on every processor.

// size is how large a picture is drawn: how wide a box is, in pixels, by its class, and how far it is to the next, in inches.
type size struct {
	name  string
	boxes map[string]int
	gap   float64
}

// A desk has the whole picture from the left to the right; a phone has what is asked above what is told.
var (
	wide   = size{"wide", map[string]int{"function": 104, "db": 56, "command": 150, "event": 150, "count": 112, "outside": 104}, 0.7}
	narrow = size{"narrow", map[string]int{"function": 86, "db": 34, "command": 124, "event": 124, "count": 90, "outside": 86}, 0.38}
)

const (
	high   = 26
	inch   = 72.0 // a pixel is a point to Graphviz, and it speaks of inches
	margin = 8
)

// point is a place on the picture, from its upper left.
type point struct{ x, y int }

// places is where everything is.
type places struct {
	width, height int
	nodes         []point // the middle of each, in the order of the graph's
}

// layOut asks Graphviz's dot where the boxes go, so that few arrows cross. The arrows are drawn by us (svg.go): many that meet in one box are
// told apart by what they are at their other end.
func layOut(ctx context.Context, viz *graphviz.Graphviz, g graph, s size) (at places, err error) {
	parsed, err := graphviz.ParseBytes([]byte(dot(g, s)))
	if err != nil {
		return at, fmt.Errorf("hand over the graph: %w", err)
	}
	defer func() { err = errors.Join(err, parsed.Close()) }()
	var said bytes.Buffer
	if err := viz.Render(ctx, parsed, "plain", &said); err != nil {
		return at, fmt.Errorf("lay out: %w", err)
	}
	return read(said.String(), g)
}

// dot is a graph in Graphviz's language, whose nodes are numbers.
func dot(g graph, s size) string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph { rankdir=LR; nodesep=0.12; ranksep=%.2f; node [shape=box fixedsize=true label=\"\"];\n", s.gap)
	number := map[string]int{}
	for i, n := range g.nodes {
		number[n.id] = i
		fmt.Fprintf(&b, "%d [width=%.4f height=%.4f];\n", i, float64(s.boxes[n.class])/inch, high/inch)
	}
	for _, e := range g.edges {
		fmt.Fprintf(&b, "%d -> %d;\n", number[e.from], number[e.to])
	}
	b.WriteString("}\n")
	return b.String()
}

// read takes the places out of Graphviz's plain answer: a line for the graph, each node and each edge, in inches from the lower left.
func read(said string, g graph) (places, error) {
	at := places{nodes: make([]point, len(g.nodes))}
	placed, tall := 0, 0.0
	for line := range strings.Lines(said) {
		words := strings.Fields(line)
		numbers := make([]float64, len(words))
		for i, word := range words {
			numbers[i], _ = strconv.ParseFloat(word, 64) // what is no number is not asked for
		}
		switch {
		case len(words) == 4 && words[0] == "graph":
			tall = numbers[3]
			at.width, at.height = 2*margin+round(numbers[2]*inch), 2*margin+round(tall*inch)
		case len(words) > 5 && words[0] == "node" && int(numbers[1]) < len(at.nodes):
			at.nodes[int(numbers[1])] = point{margin + round(numbers[2]*inch), margin + round((tall-numbers[3])*inch)}
			placed++
		case len(words) > 0 && (words[0] == "edge" || words[0] == "stop"):
		default:
			return at, fmt.Errorf("graphviz answers %q, which is none of its plain lines", line)
		}
	}
	if placed != len(g.nodes) {
		return at, fmt.Errorf("graphviz places %d of %d boxes", placed, len(g.nodes))
	}
	return at, nil
}

func round(f float64) int { return int(f + 0.5) }
