package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"

	"github.com/onlinemart/mart/functions/flow"
	"github.com/onlinemart/mart/infra/client"
)

// Why is the command line that tells it in sentences, for kong.
type Why struct {
	ID   string `arg:"" help:"An order's number or id, the id of a payment, a mail or of anything else, a correlation, or the traceId of an answer."`
	JSON bool   `name:"json" help:"As JSON, with each hop, its time and what was said."`
	Local
	Reader
}

// Run prints.
func (w Why) Run(ctx context.Context) error {
	mart, err := w.Enter(ctx, w.Data)
	if err != nil {
		return err
	}
	told, raw, err := ReadFlow(ctx, mart, w.ID)
	if err != nil {
		return err
	}
	if w.JSON {
		_, err := os.Stdout.Write(append(raw, '\n'))
		return err
	}
	_, err = io.WriteString(os.Stdout, Story(told))
	return err
}

// ReadFlow asks what happened. Errors: whoever asks may not know it, there is nothing to know, or the mart does not answer.
func ReadFlow(ctx context.Context, mart client.Client, id string) (told flow.Flow, raw json.RawMessage, err error) {
	raw, err = client.Get[json.RawMessage](ctx, mart, "/flow/"+url.PathEscape(id), client.Header{Name: "Accept", Value: "application/json"})
	if p, refused := errors.AsType[*client.Problem](err); refused && (p.Status == http.StatusNotFound || p.Status == http.StatusUnprocessableEntity) {
		detail := p.Detail
		for _, fault := range p.Errors {
			detail = fmt.Sprintf("%s %s", id, fault.Message)
		}
		return told, nil, errors.New(detail)
	}
	if err != nil {
		return told, nil, fmt.Errorf("ask what happened: %w", err)
	}
	return told, raw, json.Unmarshal(raw, &told)
}

// moment is how a time begins a line.
const moment = "2006-01-02 15:04:05.000"

// Story is a flow as a text: each decision with its time, in their order, then what waits, and who they are that are spoken of.
func Story(f flow.Flow) string {
	var t tree
	t.line(0, "%s", f.Title)
	people := peopleIn(f)
	story := slices.Clone(f.Story)
	slices.SortStableFunc(story, func(a, b flow.Sentence) int { return a.At.Compare(b.At) })
	for _, s := range story {
		t.line(0, "%s  %s", s.At.UTC().Format(moment), people.named(s.Text))
		for _, d := range s.Details {
			t.line(1, "-> %s", people.named(d))
		}
	}
	if len(f.Waits) == 0 {
		t.line(0, "Nothing waits.")
	} else {
		t.line(0, "What waits:")
	}
	for _, w := range f.Waits {
		t.line(1, "- %s", w.Text)
		if !w.Until.IsZero() {
			t.line(2, "until %s", flow.Clock(w.Until))
		}
		if w.Request != "" {
			t.line(2, "staff note it with %s", w.Request)
		}
		if w.Letter != "" {
			t.line(2, "staff look into it at /office/dead-letters/%s", w.Letter)
		}
		for _, do := range w.Do {
			t.line(2, "%s", do)
		}
	}
	if f.Cut {
		t.line(0, "There is more than this: mart journal has all of it.")
	}
	people.tell(&t)
	return t.text.String()
}
