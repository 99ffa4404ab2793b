package db

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

func TestApply_ABrandLivesItsLife(t *testing.T) {
	t.Parallel()
	b, id := setup(t), events.NewID()

	if got := b.do(events.CreateBrand.New(id, brandNamed("acme"))); got.Status != events.OperationSucceeded || got.Type != events.BrandCreated.Type() {
		t.Fatalf("create: %+v", got)
	}
	if got := code(b.do(events.CreateBrand.New(events.NewID(), brandNamed("acme")))); got != "slug_taken" {
		t.Fatalf("second of that slug: %q", got)
	}
	if got := code(b.do(events.CreateBrand.New(id, brandNamed("other")))); got != "already_exists" {
		t.Fatalf("second of that id: %q", got)
	}
	change := events.Change[events.BrandFields]{ExpectedVersion: 1, Fields: brandNamed("acme-two")}
	if got := code(b.do(events.UpdateBrand.New(id, change))); got != "" {
		t.Fatalf("update: %q", got)
	}
	if got := code(b.do(events.UpdateBrand.New(id, change))); got != "stale_version" {
		t.Fatalf("update again: %q", got)
	}
	if got := code(b.do(events.UpdateBrand.New(events.NewID(), change))); got != "not_found" {
		t.Fatalf("update nothing: %q", got)
	}
	if got := code(b.do(events.DeleteBrand.New(id, events.Deletion{ExpectedVersion: 2}))); got != "" {
		t.Fatalf("delete: %q", got)
	}
	if got := code(b.do(events.CreateBrand.New(events.NewID(), brandNamed("acme-two")))); got != "" {
		t.Fatalf("the slug was not freed: %q", got)
	}
}

func TestApply_OneEffectOfFiftyDeliveriesAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.replica()
	e := b.command(events.CreateBrand.New(events.NewID(), brandNamed("acme")))

	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if err := []*inbox.Store{b.store, other}[i%2].Apply(t.Context(), e); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()

	if n := b.count(`select count(*) from brand`); n != 1 {
		t.Errorf("%d brands", n)
	}
	records := b.kafka.about(t, e.Subject)
	if distinct := slices.Compact(slices.Sorted(slices.Values(records))); len(distinct) != 1 {
		t.Errorf("%d different results: %v", len(distinct), distinct)
	}
}

func TestApply_TheSameIDForAnotherRequestIsRefusedForGood(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.apply(events.CreateBrand.New(events.NewID(), brandNamed("acme")).WithID("key-1", "print-1"))
	second := b.command(events.CreateBrand.New(events.NewID(), brandNamed("other")).WithID("key-1", "print-2"))

	err := b.store.Apply(t.Context(), second)
	if err == nil || pg.Transient(err) {
		t.Fatalf("not refused for good: %v", err)
	}
	if n := b.count(`select count(*) from brand`); n != 1 {
		t.Errorf("%d brands", n)
	}
	if len(b.kafka.about(t, second.Subject)) != 0 {
		t.Error("something was published about the second")
	}
	got := b.outcome(b.store, second)
	want := events.OperationState{ID: "key-1", Status: events.OperationFailed, Other: true, By: first.By}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// with replaces what brands' deletion does.
func with(f func(domain.Case, events.Received[events.Deletion]) ([]events.Outgoing, error)) func(*inbox.Options) {
	return func(o *inbox.Options) {
		o.Nouns = otherwise(o.Nouns, func(n *noun) {
			for i, m := range n.Mutations {
				if m.Of().Type() == events.DeleteBrand.Type() {
					n.Mutations[i] = inbox.Decide(events.DeleteBrand, deleteNeeds(brandByID), f)
				}
			}
		})
	}
}

// togetherWith runs commands as one batch.
func (b *bench) togetherWith(commands ...events.Envelope) []error {
	b.t.Helper()
	errs, err := b.store.Together(commands...)
	if err != nil {
		b.t.Fatal(err)
	}
	return errs
}

func TestApply_OneThatFailsDoesNotTouchItsBatch(t *testing.T) {
	t.Parallel()
	for name, deed := range map[string]struct {
		err  error
		code string
		typ  string
	}{
		"permanent error":       {errors.New("broken"), "internal", events.Failed("brand").Type()},
		"refusal after a write": {events.Refuse("no", "No."), "no", events.Rejected("brand").Type()},
		"panic":                 {nil, "internal", events.Failed("brand").Type()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, with(func(c domain.Case, _ events.Received[events.Deletion]) ([]events.Outgoing, error) {
				for brand := range domain.BrandRows.All(c.Rows) {
					brand.State.Name = "spoilt"
					domain.BrandRows.Put(c.Rows, brand.State.ID, brand)
				}
				if deed.err == nil {
					panic("out of order")
				}
				return nil, deed.err
			}))
			var commands []events.Envelope
			for i := range 10 {
				commands = append(commands, b.command(events.CreateBrand.New(events.NewID(), brandNamed(fmt.Sprintf("brand-%d", i)))))
			}
			bad := b.command(events.DeleteBrand.New(events.NewID(), events.Deletion{ExpectedVersion: 1}))
			for _, err := range b.togetherWith(slices.Insert(commands, 5, bad)...) {
				if err != nil {
					t.Error(err)
				}
			}
			if n := b.count(`select count(*) from brand where name <> 'spoilt'`); n != 10 {
				t.Errorf("%d brands are as they should be", n)
			}
			got := b.outcome(b.store, bad)
			if got.Status != events.OperationFailed || got.Type != deed.typ || code(got) != deed.code {
				t.Errorf("%+v %v", got, got.Problem)
			}
		})
	}
}

func TestApply_ARefusalBeforeAnyWriteStaysInItsBatch(t *testing.T) {
	t.Parallel()
	var begun atomic.Int32
	b := setup(t, func(o *inbox.Options) {
		o.FailAt = func(place string) error {
			if place == inbox.AfterInsert {
				begun.Add(1)
			}
			return nil
		}
	})
	errs := b.togetherWith(
		b.command(events.CreateBrand.New(events.NewID(), brandNamed("acme"))),
		b.command(events.CreateBrand.New(events.NewID(), brandNamed("acme"))),
		b.command(events.UpdateBrand.New(events.NewID(), events.Change[events.BrandFields]{ExpectedVersion: 1, Fields: brandNamed("x")})),
	)
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if n := begun.Load(); n != 1 {
		t.Errorf("%d transactions", n)
	}
}

// brandsFail makes Postgres refuse to change a brand, with a code, as long as the condition holds; the function returned heals it.
func (b *bench) brandsFail(code, condition string) (heal func()) {
	b.t.Helper()
	owner := b.asOwner()
	run := func(sql string) {
		if _, err := owner.Exec(b.t.Context(), sql); err != nil {
			b.t.Fatal(err)
		}
	}
	run(`create sequence tries`)
	run(`grant usage, select on sequence tries to mart`)
	run(`create function fail() returns trigger language plpgsql as $$ begin
		if ` + condition + ` then raise exception 'not now' using errcode = '` + code + `'; end if;
		return new;
	end $$`)
	run(`create trigger fails before update on brand for each row execute function fail()`)
	return func() { run(`drop trigger fails on brand`) }
}

func TestApply_TriesAgainWhatIsTransient(t *testing.T) {
	t.Parallel()
	b, id := setup(t), events.NewID()
	b.do(events.CreateBrand.New(id, brandNamed("acme")))
	b.brandsFail("40001", "nextval('tries') < 4")
	if got := b.do(events.DeleteBrand.New(id, events.Deletion{ExpectedVersion: 1})); got.Status != events.OperationSucceeded {
		t.Errorf("%+v %v", got, got.Problem)
	}
	if n := b.count(`select last_value from tries`); n != 4 {
		t.Errorf("%d tries", n)
	}
}

func TestApply_GivesUpWhatStaysTransient_AndTheNextDeliveryDecides(t *testing.T) {
	t.Parallel()
	b, id := setup(t), events.NewID()
	b.do(events.CreateBrand.New(id, brandNamed("acme")))
	before := b.count(`select count(*) from inbox`)
	heal := b.brandsFail("55P03", "true")
	e := b.command(events.DeleteBrand.New(id, events.Deletion{ExpectedVersion: 1}))
	if err := b.store.Apply(t.Context(), e); err == nil {
		t.Fatal("no error")
	}
	if n := b.count(`select count(*) from inbox`); n != before {
		t.Fatalf("%d rows in the inbox, there were %d", n, before)
	}
	heal()
	if err := b.store.Apply(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

func TestApply_AResultThatCouldNeverBePublishedIsAFailure(t *testing.T) {
	t.Parallel()
	b := setup(t, with(func(_ domain.Case, c events.Received[events.Deletion]) ([]events.Outgoing, error) {
		return events.Send(events.BrandDeleted.New(c.Subject, events.BrandState{})), nil // no id, version 0
	}))
	if got := code(b.do(events.DeleteBrand.New(events.NewID(), events.Deletion{ExpectedVersion: 1}))); got != "internal" {
		t.Errorf("%q", got)
	}
}

func TestApply_RedeliveryPublishesTheSameBytes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := b.command(events.CreateBrand.New(events.NewID(), brandNamed("acme")))
	b.kafka.setDown(true)
	if err := b.store.Apply(t.Context(), e); !errors.Is(err, errKafkaDown) {
		t.Fatalf("got %v", err)
	}
	b.kafka.setDown(false)
	for range 2 {
		if err := b.store.Apply(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	records := b.kafka.about(t, e.Subject)
	if len(records) != 2 || records[0] != records[1] {
		t.Errorf("%d records: %v", len(records), records)
	}
	stored, err := events.Pack(b.entries()[0].Results)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(stored), records[0]); diff != "" {
		t.Error(diff)
	}
}

func TestApply_RefusesWhatIsTooOld(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := b.command(events.CreateBrand.New(events.NewID(), brandNamed("acme")))
	e.Time = time.Now().Add(-15 * 24 * time.Hour)
	if err := b.store.Apply(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if got := code(b.outcome(b.store, e)); got != "expired" {
		t.Errorf("%q", got)
	}
	if n := b.count(`select count(*) from brand`); n != 0 {
		t.Errorf("%d brands", n)
	}
}

func TestApply_SlugRaceAcrossLanesAndReplicas(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.replica()
	const slugs, contenders = 20, 8
	var all sync.WaitGroup
	commands := make([]events.Envelope, slugs*contenders)
	for i := range commands {
		commands[i] = b.command(events.CreateBrand.New(events.NewID(), brandNamed(fmt.Sprintf("slug-%d", i%slugs))))
		all.Go(func() {
			err := []*inbox.Store{b.store, other}[i%2].Apply(t.Context(), commands[i])
			if err != nil { // nothing to undo: the delivery comes again
				t.Logf("delivered again: %v", err)
				err = []*inbox.Store{b.store, other}[i%2].Apply(t.Context(), commands[i])
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := b.count(`select count(*) from brand`); n != slugs {
		t.Errorf("%d brands, want %d", n, slugs)
	}
	outcomes := map[string]int{}
	for _, e := range commands {
		outcomes[code(b.outcome(b.store, e))]++
	}
	if diff := cmp.Diff(map[string]int{"": slugs, "slug_taken": slugs * (contenders - 1)}, outcomes); diff != "" {
		t.Error(diff)
	}
}

func TestApply_WithoutTheInboxTheEffectIsDoubled(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *inbox.Options) { o.Faults.NoInbox = true })
	e := b.command(events.CreateBrand.New(events.NewID(), brandNamed("acme")))
	for range 2 {
		if err := b.store.Apply(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if n := b.count(`select count(*) from inbox`); n != 2 {
		t.Errorf("%d outcomes", n)
	}
}

func TestApply_AsksWhetherTheAskerMayNow(t *testing.T) {
	t.Parallel()
	staff := func(o *inbox.Options) {
		o.Accounts = inbox.Accounts{
			SQL: `select 'user', id::text, case when id::text like '%0' then 'disabled' else 'active' end, array['catalog'], null::timestamptz
				from unnest($1::uuid[]) as id where $2::uuid[] is null or $3::uuid[] is null or true`,
			Grants: func(r events.Role, p events.Permission) bool {
				return r == events.CatalogRole && p == events.CatalogWrite
			},
			Of: domain.AccountOf,
		}
	}
	active, disabled := "00000000-0000-8000-8000-000000000001", "00000000-0000-8000-8000-000000000000"
	for name, c := range map[string]struct {
		by    events.Principal
		known func(*inbox.Options)
		want  string
	}{
		"nobody is known": {events.Principal{Type: events.Staff, ID: active}, func(*inbox.Options) {}, "forbidden"},
		"granted":         {events.Principal{Type: events.Staff, ID: active}, staff, ""},
		"disabled":        {events.Principal{Type: events.Staff, ID: disabled}, staff, "forbidden"},
		"customer":        {events.Principal{Type: events.Shopper, ID: active}, staff, "forbidden"},
		"anonymous":       {events.Principal{Type: events.Anonymous}, staff, "forbidden"},
		"not even an id":  {events.Principal{Type: events.Staff, ID: "x"}, staff, "forbidden"},
		"function":        {events.SystemPrincipal(events.Brand), staff, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, c.known)
			if got := code(b.do(events.CreateBrand.New(events.NewID(), brandNamed("acme")).AskedBy(c.by))); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A person who uses one key for two requests has made a mistake, and nobody need be called; a function that does has a fault.
func TestApply_AnIdForTwoRequests(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, c := range map[string]struct {
		by    func(events.Outgoing) events.Outgoing
		fault bool
	}{
		"a person":   {func(m events.Outgoing) events.Outgoing { return m.AskedBy(events.Principal{Type: events.Anonymous}) }, false},
		"a function": {func(m events.Outgoing) events.Outgoing { return m }, true},
	} {
		t.Run(name, func(t *testing.T) {
			id := events.NewID()
			first := b.command(c.by(events.CreateBrand.New(events.NewID(), brandNamed("one-"+id))).WithID(id, "f1"))
			second := b.command(c.by(events.CreateBrand.New(events.NewID(), brandNamed("two-"+id))).WithID(id, "f2"))
			if err := b.store.Apply(t.Context(), first); err != nil {
				t.Fatal(err)
			}
			if err := b.store.Apply(t.Context(), second); (err != nil) != c.fault {
				t.Errorf("want a fault: %t; got %v", c.fault, err)
			}
			q := events.OperationQuestion{Source: second.Source, ID: id, Fingerprint: "f2", WaitMillis: 1}
			if state, err := b.store.Await(t.Context(), events.Received[events.OperationQuestion]{Data: q}); err != nil || !state.Other {
				t.Errorf("it is not told that the id was used before: %+v %v", state, err)
			}
		})
	}
}

// A command that is sealed and does not decode is never decided, and leaves nothing behind: it is a dead letter.
func TestACommandThatDoesNotDecodeIsPoison(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, data := range map[string]string{"not JSON": `{"name":`, "of another kind": `{"name":7}`, "nothing": ``} {
		e := b.command(events.CreateBrand.New(events.NewID(), brandNamed("acme")))
		e.Data = []byte(data)
		bus.Sign(b.keys, &e)
		if err := b.store.Apply(t.Context(), e); err == nil || !strings.Contains(err.Error(), events.Poison(errors.New("read the payload")).Error()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := b.count(`select count(*) from inbox`); n != 0 {
		t.Errorf("%d commands are in the inbox", n)
	}
}
