package user

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/flow"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// whatever is how people name what they ask about.
type whatever string

// Resolve writes it as it is stored. Error: it is no id.
func (w *whatever) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	if n, ok := domain.ParseOrderNumber(string(*w)); ok {
		*w = whatever(domain.OrderNumber(n))
		return nil
	}
	id, ok := flow.ID(string(*w))
	if !ok {
		return []error{web.Fault(at, "must be an order's number such as M-000123, an id (a UUID), or the traceId of an answer")}
	}
	*w = whatever(id)
	return nil
}

type flowInput struct {
	web.Tagged
	ID whatever `path:"id" maxLength:"80" doc:"An order's number; the id of an order, a payment, a mail or of anything else that has one; the traceId or the traceparent of an answer; a correlation."`
}

// mostEntries bounds what one flow is made of: a thing that lives for years, or a client that goes on with one trace, has any number.
const mostEntries = 1000

func (r routes) flow(ctx context.Context, in *flowInput) (*web.Document[flow.Flow], error) {
	id := string(in.ID)
	if _, isNumber := domain.ParseOrderNumber(id); isNumber {
		o, err := bus.Ask(ctx, r.api.Asker(), events.GetOrder, events.OwnedLookup{ID: id})
		if err != nil {
			return nil, err
		}
		id = o.ID
	}
	told, err := r.flowOf(ctx, id)
	if err != nil {
		return nil, err
	}
	return web.ShowTagged(in.Tagged, web.NoStore, told)
}

// flowOf is the flow about a thing, else that of a correlation.
func (r routes) flowOf(ctx context.Context, id string) (flow.Flow, error) {
	j := journalReader{api: r.api, left: mostEntries, read: map[string]bool{}}
	about, err := j.pages(ctx, events.JournalFilter{Subject: id})
	if err != nil {
		return flow.Flow{}, err
	}
	var from flow.Source
	correlations := []string{id}
	if len(about) > 0 {
		correlations = nil
	}
	for _, e := range about {
		from.About, correlations = append(from.About, e.Number), append(correlations, e.Correlation)
	}
	if from.Entries, err = j.each(ctx, correlations, func(c string) events.JournalFilter { return events.JournalFilter{Correlation: c} }); err != nil {
		return flow.Flow{}, err
	}
	if from.Entries = append(from.Entries, about...); len(from.Entries) == 0 {
		return flow.Flow{}, nothingDecided(id)
	}
	j.read[id] = true
	from.Later, err = j.each(ctx, flow.Things(from.Entries), func(thing string) events.JournalFilter { return events.JournalFilter{Subject: thing} })
	if from.Cut = j.cut; err != nil {
		return flow.Flow{}, err
	}
	from.Letters, err = r.lettersAbout(ctx, flow.Unheard(from))
	return flow.Of(id, from), err
}

// lettersAbout are the dead letters about these events, the newest first; none where whoever asks may not read letters, nor where a db of a
// release before, or a busy one, does not tell: what happened is told without them, and then says where to look for letters.
func (r routes) lettersAbout(ctx context.Context, ids []string) ([]events.DeadLetterState, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	ids = ids[:min(len(ids), 100)] // a page
	of := make([]string, len(ids))
	for i, id := range ids {
		of[i] = events.LetterEventID(events.LetterFacts{Source: events.DB.Source(), EventID: id})
	}
	page, err := bus.Ask(ctx, r.api.Asker(), events.ListDeadLetters, events.DeadLetterFilter{Paging: events.Paging{Limit: len(of)}, Events: of})
	if p, refused := errors.AsType[*events.Problem](err); refused && p.Status == http.StatusForbidden || errors.Is(err, bus.ErrUnavailable) {
		return nil, nil
	}
	var all []events.DeadLetterState
	for _, g := range page.Items {
		all = append(all, g.Letters...)
	}
	return all, err
}

func nothingDecided(id string) *events.Problem {
	return &events.Problem{
		Status: http.StatusNotFound, Code: "not_found",
		Detail: "Nothing was decided about " + id + ". What was only read, what was refused before it became a command, and what repeats an earlier request leave nothing in the journal; " +
			"what was answered 202 and is not decided yet may be a dead letter: mart dead-letters lists them.",
	}
}

// journalReader reads the journal, but no more than is shown.
type journalReader struct {
	api  *web.API
	left int             // how many entries may still be read
	read map[string]bool // of which
	cut  bool            // there are more
}

// each is what passes the filter of each of these, whichever was not read before.
func (j *journalReader) each(ctx context.Context, of []string, filter func(string) events.JournalFilter) (all []events.JournalEntry, err error) {
	for _, one := range of {
		if j.read[one] {
			continue
		}
		j.read[one] = true
		more, err := j.pages(ctx, filter(one))
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// pages is what passes the filter, the oldest first, without what lets whoever reads it act.
func (j *journalReader) pages(ctx context.Context, f events.JournalFilter) (all []events.JournalEntry, err error) {
	f.Paging = events.Paging{Limit: 100, Sort: "number"}
	for {
		if j.left <= 0 {
			j.cut = true
			return all, nil
		}
		f.Limit = min(f.Limit, j.left)
		page, err := bus.Ask(ctx, j.api.Asker(), events.ListJournal, f)
		if err != nil {
			return nil, err
		}
		for _, e := range page.Items {
			for i := range e.Results {
				e.Results[i].Data = masked(e.Results[i].Data)
			}
			all = append(all, e)
		}
		j.left -= len(page.Items)
		if f.Cursor = page.NextCursor; f.Cursor == "" {
			return all, nil
		}
	}
}
