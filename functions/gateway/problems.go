package gateway

import (
	"bytes"
	"fmt"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/web"
)

// problemPages is the list of all kinds of problem, and a page for each, where the type of a problem leads.
func problemPages() (map[string]page, error) {
	kinds := events.ProblemKinds()
	all, err := rendered("problems.html", kinds)
	if err != nil {
		return nil, err
	}
	pages := map[string]page{web.ProblemPages: all}
	for _, kind := range kinds {
		if pages[web.ProblemPages+"/"+kind.Code], err = rendered("problem.html", kind); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// rendered is a page that stays as it is made.
func rendered(name string, what any) (page, error) {
	t, err := framed(name)
	if err != nil {
		return page{}, err
	}
	var content bytes.Buffer
	if err := t.Execute(&content, what); err != nil {
		return page{}, fmt.Errorf("make the page %s: %w", name, err)
	}
	return page{content: content.Bytes(), kind: html, policy: pagePolicy}, nil
}
