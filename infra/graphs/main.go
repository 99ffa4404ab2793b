// Command graphs draws who says what to whom: one picture of all functions, and one for each noun, as the SVG that the gateway's pages at
// /events have within them.
//
// It is a module of its own, so that Graphviz, which lays the pictures out, stays out of the mart's. It owns functions/gateway/pages/graphs,
// which `make generate` has it write; it receives and emits nothing.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	graphviz "github.com/goccy/go-graphviz"

	"github.com/onlinemart/mart/events"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "Say the folder of the pictures: graphs functions/gateway/pages/graphs")
		os.Exit(2)
	}
	if err := generate(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// generate writes all pictures into dir, and removes those of nouns that are no more.
func generate(ctx context.Context, dir string) error {
	pictures, err := draw(ctx, events.Nouns())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder of the pictures: %w", err)
	}
	for name, content := range pictures {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return fmt.Errorf("write a picture: %w", err)
		}
	}
	there, err := filepath.Glob(filepath.Join(dir, "*.svg"))
	if err != nil {
		return fmt.Errorf("list the pictures: %w", err)
	}
	for _, path := range there {
		if pictures[filepath.Base(path)] == nil {
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("remove a picture of what is no more: %w", err)
			}
		}
	}
	return nil
}

// draw is every picture by its file's name.
func draw(ctx context.Context, nouns []events.Noun) (pictures map[string][]byte, err error) {
	viz, err := graphviz.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("start Graphviz: %w", err)
	}
	defer func() { err = errors.Join(err, viz.Close()) }()
	graphs := map[string]graph{"all.svg": overview(nouns)}
	for _, n := range nouns {
		if g := ofNoun(n); len(g.nodes) > 0 {
			graphs[n.Name+".svg"] = g
		}
	}
	pictures = map[string][]byte{}
	for name, g := range graphs {
		at, err := layOut(ctx, viz, g, wide)
		if err != nil {
			return nil, fmt.Errorf("lay out %s: %w", name, err)
		}
		above, folded, err := fold(ctx, viz, g)
		if err != nil {
			return nil, fmt.Errorf("fold %s: %w", name, err)
		}
		pictures[name] = append(svg(g, at, wide), svg(above, folded, narrow)...)
	}
	return pictures, nil
}
