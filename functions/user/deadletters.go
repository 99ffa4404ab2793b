package user

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// letterRoutes declares what staff do about what could not be delivered.
func letterRoutes(api *web.API) {
	r := routes{api: api}
	read, write := web.Access{Staff: events.DeadLettersRead}, web.Access{Staff: events.DeadLettersWrite}
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/dead-letters", ID: "listDeadLetters", Summary: "List what could not be delivered, event by event",
		Description: "Each event with all letters about it, the newest 50: it may have failed at several functions, and at each more than once. With filters, those events of which one letter " +
			"passes all of them. Letters are kept for 30 days. One is here within moments of being given up; mart dead-letters reads the topic itself, also while the database is away." + web.Listing,
		Access: read, Sorts: []string{"-at"},
	}, r.letters)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/dead-letters/{id}", ID: "getDeadLetter", Summary: "Read a letter about what could not be delivered",
		Description: "Who could not take the event and why, what was done about the letter and by whom, and what the event says, without personal values and secrets.",
		Access:      read,
	}, r.letter)
	web.Change(api, web.Route{
		Method: http.MethodPost, Path: "/dead-letters/{id}/replay", ID: "replayDeadLetter", Summary: "Send an event again to the function that could not take it",
		Description: "Once, as it was, and to no other function; who has done it is in the journal, and in a mark beside the letter for mart dead-letters. Should the function fail again, that is another letter. " +
			"`dryRun` says what would be done and does nothing. 409 `letter_replayed`, `letter_discarded`: that was done already; say `again` to send it all the same. 409 `letter_hopeless`: it would fail again as " +
			"things were; say `hopeless` once that is mended. 409 `letter_claimed`: somebody is sending it from the command line. 409 `letter_not_kept`, `letter_unaddressed`: it can be sent from the command line alone, or not at all.",
		Access: write,
	}, web.Write[replayInput, events.DeadLetterOutcome, LetterReplayed]{
		Command: r.replay, Done: events.DeadLetterReplayed, Status: http.StatusOK, Show: showReplay,
	})
	web.Change(api, web.Route{
		Method: http.MethodPost, Path: "/dead-letters/{id}/discard", ID: "discardDeadLetter", Summary: "Say that an event need not be sent again",
		Description: "The letter stays where it is, and counts as open no more. 409 `letter_replayed`, `letter_discarded`: nothing is left to do. 409 `letter_claimed`: somebody is sending it from the command line.",
		Access:      write,
	}, web.Write[discardInput, events.DeadLetterOutcome, LetterDiscarded]{
		Command: r.discard, Done: events.DeadLetterDiscarded, Status: http.StatusOK, Show: showDiscard,
	})
}

// DeadLetter is an event that a function could not take.
type DeadLetter struct {
	ID string `json:"id" format:"uuid" doc:"The letter's."`
	events.LetterFacts
	At           time.Time           `json:"at" doc:"When the mart has noted it, within moments of when it was given up."`
	Bytes        int                 `json:"bytes" minimum:"0" doc:"How much the event says." example:"412"`
	Status       events.LetterStatus `json:"status" enum:"open,replayed,discarded,hopeless" doc:"How things stand: hopeless is what would fail again as things were." example:"open"`
	Hopeless     string              `json:"hopeless,omitempty" doc:"Why nothing would come of sending it again; absent where something may." example:"the function itself says that it cannot be processed"`
	Kept         bool                `json:"kept" doc:"Whether it can be sent again from here; what is too large only from the command line." example:"true"`
	ClaimedUntil time.Time           `json:"claimedUntil,omitzero" doc:"Until when somebody at the command line keeps others away from it."`
	Replayed     *LetterDone         `json:"replayed,omitempty" doc:"When it was sent again; absent where it was not."`
	Discarded    *LetterDone         `json:"discarded,omitempty" doc:"When it was discarded; absent where it was not."`
	Flow         string              `json:"flow,omitempty" doc:"Where what the event came of is told; absent where the event does not say." example:"/flow/1b7743d3-67b4-59a2-8bd9-932a303bae4c"`
	Data         json.RawMessage     `json:"data,omitempty" doc:"What the event says; [personal] stands for each personal value, [secret] for what lets whoever has it act. Only of one letter that was asked for, where it is kept." example:"{\"number\":\"M-000123\",\"email\":\"[personal]\"}"`
}

// LetterDone is what somebody has done about a letter.
type LetterDone struct {
	At     time.Time        `json:"at" doc:"When."`
	By     events.Principal `json:"by" doc:"Who; from the command line a program, with the name that was given there, which is no proof."`
	Reason string           `json:"reason,omitempty" doc:"Why, in their own words." example:"the order was cancelled by telephone"`
}

// LetterEvent is an event that could not be delivered, with all letters about it.
type LetterEvent struct {
	ID      string       `json:"id" format:"uuid" doc:"Of the event among those that could not be delivered."`
	At      time.Time    `json:"at" doc:"When the last of its letters was noted that passes all filters; the list is in this order."`
	Open    int          `json:"openLetters" minimum:"0" doc:"How many of its letters somebody should look at." example:"1"`
	Letters []DeadLetter `json:"letters" nullable:"false" doc:"The newest first, 50 at most."`
}

// LetterReplayed is what was done with a letter, or would be.
type LetterReplayed struct {
	ID       string              `json:"id" format:"uuid" doc:"The letter's."`
	Place    string              `json:"place" doc:"Where it lies in mart.dead-letters." example:"0:17"`
	Sent     bool                `json:"sent" doc:"Whether it was sent; false for a dry run." example:"true"`
	Function events.Function     `json:"function" doc:"Whom the event goes to, and nobody else." example:"payment"`
	Topic    string              `json:"topic" doc:"Through which topic." example:"mart.payment.replays"`
	Status   events.LetterStatus `json:"status" enum:"open,replayed,discarded,hopeless" doc:"How things stand with the letter." example:"replayed"`
	Replayed *LetterDone         `json:"replayed,omitempty" doc:"When and by whom it was sent; absent for a dry run."`
}

// LetterDiscarded is a letter that need not be sent again.
type LetterDiscarded struct {
	ID        string              `json:"id" format:"uuid" doc:"The letter's."`
	Place     string              `json:"place" doc:"Where it lies in mart.dead-letters." example:"0:17"`
	Status    events.LetterStatus `json:"status" enum:"open,replayed,discarded,hopeless" doc:"How things stand with the letter." example:"discarded"`
	Discarded *LetterDone         `json:"discarded,omitempty" doc:"When and by whom it was discarded."`
}

// Replay says how far a letter is to be sent again.
type Replay struct {
	DryRun   bool `json:"dryRun,omitempty" doc:"Only say what would be done."`
	Hopeless bool `json:"hopeless,omitempty" doc:"Send it also where it would have failed again as things were: that has been mended."`
	Again    bool `json:"again,omitempty" doc:"Send it also where it was sent again already, or discarded."`
}

// Discard says why a letter need not be sent again.
type Discard struct {
	Reason string `json:"reason,omitempty" maxLength:"500" doc:"Why, for whoever reads it later." example:"the order was cancelled by telephone"`
}

// Resolve finds what is wrong by the rules.
func (d Discard) Resolve(huma.Context) []error {
	_, err := d.stored()
	return web.Faults(err)
}

func (d Discard) stored() (events.LetterDiscard, error) {
	return domain.Discarding(events.LetterDiscard{Reason: events.Said(d.Reason)})
}

type lettersInput struct {
	web.Paging
	Function string `query:"function" maxLength:"50" doc:"Only what this function could not take." example:"payment"`
	Type     string `query:"type" maxLength:"200" doc:"Only events of this type, or whose type begins with it." example:"com.onlinemart.order"`
	State    string `query:"state" enum:"open,replayed,discarded,hopeless" doc:"Only what stands so."`
}

type letterInput struct {
	ID web.ID `path:"id" format:"uuid"`
}

type replayInput struct {
	web.PreferInput
	ID   web.ID `path:"id" format:"uuid"`
	Body Replay
}

type discardInput struct {
	web.PreferInput
	ID   web.ID `path:"id" format:"uuid"`
	Body Discard
}

func (r routes) letters(ctx context.Context, in *lettersInput) (*web.List[LetterEvent], error) {
	page, err := bus.Ask(ctx, r.api.Asker(), events.ListDeadLetters, events.DeadLetterFilter{
		Paging: in.Page(), Function: events.Function(in.Function), Type: in.Type, Status: events.LetterStatus(in.State),
	})
	if err != nil {
		return nil, err
	}
	return web.ShowPage(ctx, page, web.NoStore, showLetterEvent), nil
}

type letterOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         DeadLetter
}

func (r routes) letter(ctx context.Context, in *letterInput) (*letterOutput, error) {
	l, err := r.letterAt(ctx, in.ID)
	return &letterOutput{CacheControl: web.NoStore, Body: showLetter(l)}, err
}

func (r routes) letterAt(ctx context.Context, id web.ID) (events.DeadLetterState, error) {
	return bus.Ask(ctx, r.api.Asker(), events.GetDeadLetter, events.Lookup{ID: string(id)})
}

func (r routes) replay(ctx context.Context, in *replayInput) (events.Outgoing, error) {
	wanted := events.LetterReplay{Hopeless: in.Body.Hopeless, Again: in.Body.Again}
	if !in.Body.DryRun {
		return events.ReplayDeadLetter.New(string(in.ID), wanted), nil
	}
	l, err := r.letterAt(ctx, in.ID)
	if err != nil {
		return events.Outgoing{}, err
	}
	if problem := domain.MayReplay(l, wanted); problem != nil {
		return events.Outgoing{}, problem
	}
	return events.Outgoing{}, web.Unchanged(domain.Outcome(l, events.LetterMark{}))
}

func (r routes) discard(_ context.Context, in *discardInput) (events.Outgoing, error) {
	d, err := in.Body.stored()
	return events.DiscardDeadLetter.New(string(in.ID), d), err
}

func showLetterEvent(g events.DeadLetterGroup) LetterEvent {
	e := LetterEvent{ID: g.ID, At: g.At, Letters: make([]DeadLetter, len(g.Letters))}
	for i, l := range g.Letters {
		if e.Letters[i] = showLetter(l); l.Status == events.LetterOpen {
			e.Open++
		}
	}
	return e
}

func showLetter(l events.DeadLetterState) DeadLetter {
	d := DeadLetter{
		ID: l.ID, LetterFacts: l.LetterFacts, At: l.At, Bytes: l.Bytes, Status: l.Status, Hopeless: l.Hopeless, Kept: l.Kept, ClaimedUntil: l.ClaimedUntil,
		Replayed: showDone(l.Replayed), Discarded: showDone(l.Discarded),
	}
	if told := cmp.Or(l.Correlation, bus.TraceID(l.Traceparent)); told != "" {
		d.Flow = "/flow/" + told
	}
	if len(l.Data) > 0 {
		d.Data = masked(l.Data)
	}
	return d
}

func showDone(m *events.LetterMark) *LetterDone {
	if m == nil || m.Run == "" {
		return nil
	}
	return &LetterDone{At: m.At, By: m.By, Reason: m.Reason.Plaintext()}
}

func showReplay(o events.DeadLetterOutcome) LetterReplayed {
	return LetterReplayed{
		ID: o.ID, Place: o.Place, Sent: o.Mark.Run != "", Function: o.Function, Topic: events.ReplayTopic(o.Function), Status: o.Status, Replayed: showDone(&o.Mark),
	}
}

func showDiscard(o events.DeadLetterOutcome) LetterDiscarded {
	return LetterDiscarded{ID: o.ID, Place: o.Place, Status: o.Status, Discarded: showDone(&o.Mark)}
}
