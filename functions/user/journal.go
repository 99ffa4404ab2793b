package user

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/web"
)

// journalRoutes declares what is read of everything that was ever decided.
func journalRoutes(api *web.API) {
	r := routes{api: api}
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/journal", ID: "listJournal", Summary: "Read what was decided, who asked for it and what it led to",
		Description: "Every command that was ever decided, with who asked, when, and the events by which the outcome was told; correlation leads from one request to all that followed from " +
			"it, causation from a command to the event that led to it. Personal values are not in it. Say what it is to be about: a journal is long." + web.Listing,
		Access: web.Access{Staff: events.JournalRead}, Sorts: []string{"-number"},
	}, r.journal)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/flow/{id}", ID: "getFlow", Summary: "Read what happened, hop by hop and in words, and what waits for what",
		Description: "What is known of a thing or of a request, made of the journal: who asked, which rule decided, what that led to, and what has yet to happen until when. " +
			"Whoever accepts text/html, as browsers do, gets a page that shows it to staff, without a token; send Accept: application/json.",
		Access: web.Access{Staff: events.JournalRead}, Pages: []string{"text/html; charset=utf-8"},
	}, r.flow)
}

// JournalEntry is a request, or what followed from one, with what became of it.
type JournalEntry struct {
	Number      int64            `json:"number" minimum:"1" doc:"In the order in which requests were received; some numbers are not given." example:"12345"`
	ID          string           `json:"id" doc:"The command's." example:"38a15bdb-9bd0-5755-87ae-946384ab5324"`
	Source      string           `json:"source" doc:"Who sent the command." example:"/mart/order"`
	Type        string           `json:"type" doc:"The command's." example:"com.onlinemart.order.placeChosen.v1"`
	Subject     string           `json:"subject" doc:"The id of what it is about." example:"e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd"`
	By          events.Principal `json:"by" doc:"Who asked."`
	Correlation string           `json:"correlation" doc:"Shared by all that one request led to." example:"1b7743d3-67b4-59a2-8bd9-932a303bae4c"`
	Causation   string           `json:"causation,omitempty" doc:"The id of the result that led to it; absent where somebody asked for it."`
	AskedAt     time.Time        `json:"askedAt" doc:"When it was asked for, by the clock of the function that asked."`
	ReceivedAt  time.Time        `json:"receivedAt" doc:"When db first saw it."`
	DecidedAt   time.Time        `json:"decidedAt" doc:"When it was decided."`
	Outcome     string           `json:"outcome" enum:"succeeded,rejected,failed,due" doc:"due: no command, a deadline that has passed." example:"succeeded"`
	Results     []JournalResult  `json:"results" nullable:"false" doc:"The events by which the outcome was told."`
}

// JournalResult is an event by which an outcome was told.
type JournalResult struct {
	ID      string          `json:"id" doc:"The event's id." example:"38a15bdb-9bd0-5755-87ae-946384ab5324"`
	Type    string          `json:"type" doc:"The event's type." example:"com.onlinemart.order.placed.v1"`
	Subject string          `json:"subject" doc:"What it is about." example:"e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd"`
	Data    json.RawMessage `json:"data" doc:"What it said; [personal] stands for each personal value, [secret] for what lets whoever has it act." example:"{\"number\":\"M-000123\",\"status\":\"placed\",\"email\":\"[personal]\"}"`
}

type journalInput struct {
	web.Paging
	Subject     web.ID   `query:"subject" format:"uuid" doc:"Only what is about it, or whose results speak of it."`
	Correlation web.ID   `query:"correlation" format:"uuid" doc:"Only what one request led to."`
	Type        string   `query:"type" maxLength:"200" doc:"Only commands of this type, such as com.onlinemart.order.place.v1. Say after, too, where it may be rare."`
	By          string   `query:"by" maxLength:"200" doc:"Only what was asked by this id. Say after, too, where it may be rare."`
	After       web.Time `query:"after" format:"date-time" doc:"Only what was received then or later."`
}

func (r routes) journal(ctx context.Context, in *journalInput) (*web.List[JournalEntry], error) {
	page, err := bus.Ask(ctx, r.api.Asker(), events.ListJournal, events.JournalFilter{
		Paging: in.Page(), Subject: string(in.Subject), Correlation: string(in.Correlation), Type: in.Type, By: in.By, After: in.After.UTC(),
	})
	if err != nil {
		return nil, err
	}
	return web.ShowPage(ctx, page, web.NoStore, showEntry), nil
}

// secrets are members of results that let whoever has them act (a customer's page at the provider, a claim on a mail), or that a buyer's page has made up: where they come back to.
var secrets = []string{"redirectUrl", "returnUrl", "token"}

// masked is data without their secrets, at whatever depth.
func masked(data json.RawMessage) json.RawMessage {
	var object map[string]json.RawMessage
	var list []json.RawMessage
	var out any
	switch {
	case json.Unmarshal(data, &object) == nil && object != nil:
		for name, value := range object {
			object[name] = masked(value)
			if slices.Contains(secrets, name) {
				object[name] = json.RawMessage(`"[secret]"`)
			}
		}
		out = object
	case json.Unmarshal(data, &list) == nil && list != nil:
		for i, value := range list {
			list[i] = masked(value)
		}
		out = list
	default:
		return data
	}
	clean, err := json.Marshal(out)
	if err != nil {
		return json.RawMessage(`"[secret]"`) // cannot be: it came out of JSON
	}
	return clean
}

func showEntry(e events.JournalEntry) JournalEntry {
	results := make([]JournalResult, len(e.Results))
	for i, r := range e.Results {
		results[i] = JournalResult{ID: r.ID, Type: r.Type, Subject: r.Subject, Data: masked(r.Data)}
	}
	return JournalEntry{
		Number: e.Number, ID: e.ID, Source: e.Source, Type: e.Type, Subject: e.Subject, By: e.By, Correlation: e.Correlation, Causation: e.Causation,
		AskedAt: e.AskedAt, ReceivedAt: e.ReceivedAt, DecidedAt: e.DecidedAt, Outcome: e.Outcome, Results: results,
	}
}
