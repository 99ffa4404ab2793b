package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// lifeOf is the commands by which example number n of a noun comes and goes, nil when its declaration gives none.
func lifeOf(noun string) func(id string, n int) []events.Outgoing {
	for _, n := range events.Nouns() {
		if n.Name == noun {
			return n.Life
		}
	}
	return nil
}

// Every question is asked of the tables as they are migrated, with all its filters and in all its orders: a table or a column that
// is missing fails this, and so does a noun that nobody has migrated.
func TestEveryQueryFitsItsTables(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, h := range b.store.Answers() {
		d := h.Message.Declaration()
		sorts := []string{""}
		if _, pages := d.Payload.FieldByName("Paging"); pages {
			sorts = b.sortsOf(h)
		}
		for _, sort := range sorts {
			if _, err := b.ask(h, question(d.Payload, events.Paging{Sort: sort})); !decides(err) {
				t.Errorf("%s: the query %s sorted by %q: %v", d.Noun, d.Verb, sort, err)
			}
		}
	}
}

// Every command runs with made-up fields as each kind of asker, and is undone: Postgres may refuse the values, but must know the statement.
func TestEveryCommandFitsItsTables(t *testing.T) {
	t.Parallel()
	b := setup(t)
	askers := []events.Principal{events.SystemPrincipal(events.DB), {Type: events.Staff, ID: events.NewID()}, {Type: events.Shopper, ID: events.NewID()}}
	for _, m := range everyMutation() {
		for _, asker := range askers {
			if err := b.rehearse(m, asker); !decides(err) {
				d := m.Of().Declaration()
				t.Errorf("%s: the command %s by %s: %v", d.Noun, d.Verb, asker.Type, err)
			}
		}
	}
}

// Whatever can be created, replaced, deleted, read and listed goes through all of that, page by page in each order.
func TestEveryEntityLivesItsLife(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *inbox.Options) {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	}) // says why
	seen := 0
	for _, m := range everyMutation() {
		d := m.Of().Declaration()
		if d.Verb != "create" || !livesLike(d) {
			continue
		}
		seen++
		if lifeOf(d.Noun) == nil {
			t.Errorf("%s: there is no example of it: declare it as a Resource that has one, in events/%[1]s.go", d.Noun)
			continue
		}
		once, again := b.sample(d.Noun, 1), b.sample(d.Noun, 1)
		if holdsPersonal(d.Payload) && once == again { // what is encrypted is so differently each time
			t.Errorf("%s: its example in events/%[1]s.go must have a personal value where its fields are Personal", d.Noun)
		}
		b.live(d.Noun)
	}
	for _, n := range events.Nouns() {
		if n.Life != nil {
			seen--
		}
	}
	if seen != 0 {
		t.Errorf("%d of those that live so have no example, or less than none", seen)
	}
}

// decides tells an answer or a refusal, by us or of a value, from a statement that Postgres does not know or whose values do not fit.
func decides(err error) bool {
	if err == nil || errors.Is(err, pgx.ErrNoRows) {
		return true
	}
	if problem, ok := errors.AsType[*events.Problem](err); ok {
		return problem != inbox.ErrUnreadable
	}
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (strings.HasPrefix(refusal.Code, "22") || strings.HasPrefix(refusal.Code, "23")) // a value; a constraint
}

// question fills every field of a query: an id where its name says so, something else in the others.
func question(of reflect.Type, paging events.Paging) json.RawMessage {
	q := reflect.New(of).Elem()
	for i := range of.NumField() {
		field, kind := q.Field(i), of.Field(i)
		switch {
		case kind.Type == reflect.TypeFor[events.Paging]():
			field.Set(reflect.ValueOf(paging))
		case strings.HasSuffix(kind.Name, "ID"):
			field.SetString(events.NewID())
		case field.Kind() == reflect.String:
			field.SetString("x")
		case field.Kind() == reflect.Bool:
			field.SetBool(true)
		case field.Kind() == reflect.Pointer:
			field.Set(reflect.New(kind.Type.Elem()))
		default: // a number, such as the version to wait for: none
		}
	}
	raw, err := testKeys().Encode(q.Addr().Interface())
	if err != nil {
		panic(err)
	}
	return raw
}

func (b *bench) ask(h events.Handler, question json.RawMessage) (any, error) {
	return h.Reply(b.t.Context(), b.keys, events.Envelope{Type: h.Message.Type(), Data: question})
}

// sortsOf is every order of a list, both ways.
func (b *bench) sortsOf(h events.Handler) (sorts []string) {
	b.t.Helper()
	_, names := b.sortedBy(h)
	for _, name := range names {
		sorts = append(sorts, name, "-"+name)
	}
	return sorts
}

// sortedBy is what a list is sorted by unless asked, and by what it can be: asked for another order it names those it knows.
func (b *bench) sortedBy(h events.Handler) (byDefault string, names []string) {
	b.t.Helper()
	_, err := b.ask(h, question(h.Message.Declaration().Payload, events.Paging{Sort: "none of them"}))
	problem, ok := errors.AsType[*events.Problem](err)
	if !ok || len(problem.Errors) != 1 {
		b.t.Fatalf("%s took an order that it cannot know: %v", h.Message.Declaration(), err)
	}
	_, said, _ := strings.Cut(problem.Errors[0].Message, "sort by ")
	said, byDefault, known := strings.Cut(said, "; with - before one, descending; by default ")
	if !known {
		b.t.Errorf("%s does not say how to turn the order round, or its default: %v", h.Message.Declaration(), problem.Errors)
	}
	return byDefault, slices.Sorted(strings.SplitSeq(said, ", "))
}

// rehearse runs a command about nothing in a transaction that is rolled back, and looks for the reason when it did nothing.
func (b *bench) rehearse(m inbox.Mutation, by events.Principal) error {
	e := events.Envelope{ID: events.NewID(), Source: "/mart/test", Type: m.Of().Type(), Subject: events.NewID(), Time: time.Now(), By: by}
	e.Data = question(m.Of().Declaration().Payload, events.Paging{})
	return b.store.Rehearse(b.t.Context(), e, domain.Account{Status: events.AccountActive, Roles: []events.Role{events.OwnerRole}})
}

// livesLike tells whether a noun's other commands and queries are those of an entity anybody may ask for by its id alone.
func livesLike(create events.Details) bool {
	update, updates := declared(create.Noun, "update")
	remove, removes := declared(create.Noun, "delete")
	get, gets := declared(create.Noun, "get")
	_, lists := declared(create.Noun, "list")
	if !updates || !removes || !gets || !lists {
		return false
	}
	fields, changes := update.Payload.FieldByName("Fields")
	return changes && fields.Type == create.Payload && remove.Payload == reflect.TypeFor[events.Deletion]() && get.Payload == reflect.TypeFor[events.Lookup]()
}

func declared(noun, verb string) (events.Details, bool) {
	m, ok := events.ByType(typeOf(noun, verb))
	if !ok {
		return events.Details{}, false
	}
	return m.Declaration(), true
}

func typeOf(noun, verb string) string { return "com.onlinemart." + noun + "." + verb + ".v1" }

// live makes three of a noun, changes one, reads and lists them, and deletes them: nothing personal is left of them.
func (b *bench) live(noun string) {
	b.t.Helper()
	others := b.personalPlaces()
	ids := []string{events.NewID(), events.NewID(), events.NewID()}
	for i, id := range ids {
		b.carry(noun, "create", id, b.sample(noun, i+1))
	}
	b.carry(noun, "update", ids[0], `{"expectedVersion": 1, "fields": `+b.sample(noun, 4)+`}`)
	b.reply(noun, "get", fmt.Sprintf(`{"id": %q, "minVersion": 2}`, ids[0]))
	for _, sort := range b.sortsOf(b.handler(noun, "list")) {
		cursor, pages := "", 0
		for more := true; more; more = cursor != "" {
			var page struct {
				Items      []json.RawMessage
				NextCursor string
			}
			if err := json.Unmarshal(b.reply(noun, "list", fmt.Sprintf(`{"limit": 1, "sort": %q, "cursor": %q}`, sort, cursor)), &page); err != nil {
				b.t.Fatal(err)
			}
			pages += len(page.Items)
			cursor = page.NextCursor
		}
		if pages != len(ids) {
			b.t.Errorf("%s: sorted by %s there are %d, want %d", noun, sort, pages, len(ids))
		}
	}
	b.carry(noun, "delete", ids[1], `{"expectedVersion": 1}`)
	_, err := b.ask(b.handler(noun, "get"), json.RawMessage(fmt.Sprintf(`{"id": %q}`, ids[1])))
	if !errors.Is(err, events.NotFound(noun, ids[1])) {
		b.t.Errorf("%s: a deleted one is read: %v", noun, err)
	}
	b.carry(noun, "delete", ids[0], `{"expectedVersion": 2}`)
	b.carry(noun, "delete", ids[2], `{"expectedVersion": 1}`)
	for _, left := range b.personalPlaces() {
		if !slices.Contains(others, left) {
			b.t.Errorf("%s: something personal is left of a deleted one in %s: give it an Erase in functions/internal/domain/%[1]s.go", noun, left)
		}
	}
}

// carry carries out a command that must succeed.
func (b *bench) carry(noun, verb, id, data string) {
	b.t.Helper()
	e := events.Envelope{
		ID: events.NewID(), Source: "/mart/" + noun, Type: typeOf(noun, verb), Subject: id, Time: time.Now(), Correlation: events.NewID(),
		By: events.SystemPrincipal(events.Function(noun)), Data: json.RawMessage(data),
	}
	if err := b.store.Apply(b.t.Context(), e); err != nil {
		b.t.Fatalf("%s: %s: %v", noun, verb, err)
	}
	if got := b.outcome(b.store, e); got.Problem != nil {
		b.t.Fatalf("%s: %s of %s: %v %+v", noun, verb, data, got.Problem, got.Problem.Errors)
	}
}

func (b *bench) handler(noun, verb string) events.Handler {
	b.t.Helper()
	for _, h := range b.store.Answers() {
		if h.Message.Type() == typeOf(noun, verb) {
			return h
		}
	}
	b.t.Fatalf("%s: db has no answer to %s", noun, verb)
	return events.Handler{}
}

func (b *bench) reply(noun, verb, data string) []byte {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), hanging)
	defer cancel()
	answer, err := b.handler(noun, verb).Reply(ctx, b.keys, events.Envelope{Data: json.RawMessage(data)})
	if err != nil {
		b.t.Fatalf("%s: %s: %v", noun, verb, err)
	}
	raw, err := b.keys.Encode(answer)
	if err != nil {
		b.t.Fatal(err)
	}
	return raw
}
