package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/web"
)

// kindPage is what the page of a kind of problem shows.
type kindPage struct {
	events.ProblemKind
	Request string // that the example answers
	Answer  string // the example as a client gets it; "" where no request is answered with such a problem
}

// problemPages is the list of all kinds of problem, and a page for each, where the type of a problem leads.
func problemPages(around frame) (map[string]page, error) {
	kinds := events.ProblemKinds()
	all, err := around.rendered("problems.html", kinds)
	if err != nil {
		return nil, err
	}
	pages := map[string]page{web.ProblemPages: all}
	for _, kind := range kinds {
		shown, err := shownKind(kind)
		if err != nil {
			return nil, err
		}
		if pages[web.ProblemPages+"/"+kind.Code], err = around.rendered("problem.html", shown); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// exampleTrace is the trace that examples are of.
const exampleTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// shownKind is a kind with an answer of it, which is written by what writes all of them.
func shownKind(kind events.ProblemKind) (kindPage, error) {
	shown := kindPage{ProblemKind: kind}
	example, answered := events.ExampleOfProblem(kind.Code)
	if !answered {
		return shown, nil
	}
	method, path, _ := strings.Cut(example.Request, " ")
	r, err := http.NewRequest(method, path, nil)
	if err != nil {
		return shown, fmt.Errorf("make an example of %s: %w", kind.Code, err)
	}
	r.Header.Set("Traceparent", exampleTrace)
	var w written
	web.Refuse(&w, r, &example.Problem)
	shown.Request = example.Request
	shown.Answer, err = w.answer()
	return shown, err
}

// written is an answer that is kept.
type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *written) Header() http.Header {
	if w.header == nil {
		w.header = http.Header{}
	}
	return w.header
}

func (w *written) WriteHeader(status int)            { w.status = status }
func (w *written) Write(content []byte) (int, error) { return w.body.Write(content) }

// answer is it as people read it: its status, its headers, and its JSON in lines.
func (w *written) answer() (string, error) {
	var text bytes.Buffer
	fmt.Fprintf(&text, "HTTP/1.1 %d %s\n", w.status, http.StatusText(w.status))
	for _, name := range slices.Sorted(maps.Keys(w.header)) {
		fmt.Fprintf(&text, "%s: %s\n", name, w.header.Get(name))
	}
	text.WriteByte('\n')
	err := json.Indent(&text, bytes.TrimSpace(w.body.Bytes()), "", "  ")
	return text.String(), err
}

// prose is a text in which what programs say stands within backticks, as a page shows it.
func prose(text string) template.HTML {
	var shown strings.Builder
	for i, part := range strings.Split(text, "`") {
		if part = template.HTMLEscapeString(part); i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		shown.WriteString(part)
	}
	return template.HTML(shown.String()) // each part of it is escaped
}
