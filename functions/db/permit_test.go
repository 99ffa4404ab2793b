package db

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// A token is good for some minutes still when whoever has it is dismissed, disabled or demoted: db looks at each question of staff, and at none
// of others.
func TestStaffReadsWhatTheirAccountMayReadNow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hire("boss@example.com", events.OwnerRole)
	active, demoted := b.hire("a@example.com", events.OwnerRole), b.hire("b@example.com", events.OwnerRole)
	disabled, dismissed := b.hire("c@example.com", events.OwnerRole), b.hire("d@example.com", events.OwnerRole)
	for id, c := range map[string]events.UserFields{
		demoted:  fieldsOf("b@example.com", events.AccountActive, events.CatalogRole),
		disabled: fieldsOf("c@example.com", events.AccountDisabled, events.OwnerRole),
	} {
		if got := b.update(active, id, 1, c); got != "" {
			t.Fatal(got)
		}
	}
	if got := code(b.do(events.DeleteUser.New(dismissed, events.Deletion{ExpectedVersion: 1}).AskedBy(staff(active)))); got != "" {
		t.Fatal(got)
	}
	seen := 0
	for _, h := range b.store.Answers() {
		d := h.Message.Declaration()
		if d.Needs == "" {
			continue
		}
		seen++
		mayCatalog := slices.Contains(domain.Scopes([]events.Role{events.CatalogRole}), d.Needs)
		for who, forbidden := range map[events.Principal]bool{
			staff(active): false, staff(demoted): !mayCatalog, staff(disabled): true, staff(dismissed): true,
			staff(events.NewID()): true, staff("none"): true,
			{Type: events.Client, ID: "program"}: false, events.SystemPrincipal(events.Order): false, shopper(events.NewID()): false,
		} {
			if got := b.readsAs(h, who, d); got != forbidden {
				t.Errorf("%s as %v: forbidden %t, want %t", d, who, got, forbidden)
			}
		}
	}
	if seen < 10 {
		t.Errorf("%d questions need a permission", seen)
	}
}

// readsAs tells whether a question is forbidden to somebody. It is asked without a filter.
func (b *bench) readsAs(h events.Handler, who events.Principal, d events.Details) bool {
	b.t.Helper()
	_, err := h.Reply(b.t.Context(), b.keys, events.Envelope{Type: h.Message.Type(), By: who, Data: question(d.Payload, events.Paging{})})
	problem, ok := errors.AsType[*events.Problem](err)
	if err != nil && !ok {
		b.t.Errorf("%s as %v: %v", d, who, err)
	}
	return ok && problem.Code == "forbidden"
}

// What needs a permission in part: members of staff but oneself, products but published ones.
func TestStaffReadsInPartWhatTheirAccountMayReadNow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner, clerk, viewer := b.hire("boss@example.com", events.OwnerRole), b.hire("a@example.com", events.CatalogRole), b.hire("b@example.com", events.ViewerRole)
	for name, c := range map[string]struct {
		err func(by string) error
		may []string
		not []string
	}{
		"oneself": {func(by string) error { _, err := askedBy(b, events.GetUser, events.Lookup{ID: by}, by); return err }, []string{owner, clerk, viewer}, nil},
		"others": {func(by string) error {
			_, err := askedBy(b, events.GetUser, events.Lookup{ID: b.hire(events.NewID()+"@example.com", events.ViewerRole)}, by)
			return err
		}, []string{owner}, []string{clerk, viewer, events.NewID()}},
		"published products": {func(by string) error {
			_, err := askedBy(b, events.ListProducts, events.ProductFilter{Status: events.ProductPublished}, by)
			return err
		}, []string{owner, clerk, viewer}, nil},
		"all products": {func(by string) error {
			_, err := askedBy(b, events.ListProducts, events.ProductFilter{}, by)
			return err
		}, []string{owner, clerk}, []string{viewer}},
		"drafts": {func(by string) error {
			_, err := askedBy(b, events.ListProducts, events.ProductFilter{Status: events.ProductDraft}, by)
			return err
		}, []string{owner, clerk}, []string{viewer}},
		"active shipping methods": {func(by string) error {
			_, err := askedBy(b, events.ListShippingMethods, events.ShippingMethodFilter{Status: events.ShippingActive}, by)
			return err
		}, []string{owner, clerk, viewer}, nil},
		"all shipping methods": {func(by string) error {
			_, err := askedBy(b, events.ListShippingMethods, events.ShippingMethodFilter{}, by)
			return err
		}, []string{owner, clerk}, []string{viewer}},
	} {
		for _, by := range c.may {
			if err := c.err(by); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, by := range c.not {
			if problem, ok := errors.AsType[*events.Problem](c.err(by)); !ok || problem.Code != "forbidden" {
				t.Errorf("%s: %v", name, problem)
			}
		}
	}
}

// askedBy asks as a member of staff.
func askedBy[Q, A any](b *bench, q events.Query[Q, A], question Q, by string) (A, error) {
	b.t.Helper()
	var none A
	data, err := json.Marshal(question)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, h := range b.store.Answers() {
		if h.Message.Type() == q.Type() {
			a, err := h.Reply(b.t.Context(), b.keys, events.Envelope{Type: q.Type(), By: staff(by), Data: data})
			if err != nil {
				return none, err
			}
			return *a.(*A), nil
		}
	}
	b.t.Fatalf("nobody answers %s", q.Type())
	return none, nil
}

// What is not published is not there for those who may not see it, whatever they wait for: neither an answer nor a wait tells that it exists.
func TestGetProduct_TellsNobodyOfADraft(t *testing.T) {
	t.Parallel()
	b, draft, published := setup(t), events.NewID(), events.NewID()
	clerk, viewer := b.hire("a@example.com", events.CatalogRole), b.hire("b@example.com", events.ViewerRole)
	for id, status := range map[string]events.ProductStatus{draft: events.ProductDraft, published: events.ProductPublished} {
		fields := productNamed(id[24:], "Lamp", 1)
		fields.Status = status
		if got := b.do(events.CreateProduct.New(id, fields)); code(got) != "" {
			t.Fatal(got.Problem)
		}
	}
	for name, c := range map[string]struct {
		by     events.Principal
		public bool
		seen   bool
	}{
		"nobody":                   {events.Principal{Type: events.Anonymous}, true, false},
		"a customer":               {shopper(events.NewID()), true, false},
		"a viewer":                 {staff(viewer), true, false},
		"who writes":               {staff(clerk), false, true},
		"who wrote, and is not to": {staff(viewer), false, false},
		"a function":               {events.SystemPrincipal(events.Order), false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			get := func(id string, min int64) error {
				_, err := getProduct(t.Context(), b.store, events.Received[events.Lookup]{
					Envelope: events.Envelope{By: c.by}, Data: events.Lookup{ID: id, MinVersion: min, Public: c.public},
				})
				return err
			}
			if err := get(published, 1); err != nil {
				t.Errorf("published: %v", err)
			}
			later := error(events.NotFound("product", draft))
			if c.seen {
				later = &events.Problem{Code: "not_yet"}
			}
			if err := get(draft, 3); !errors.Is(err, later) {
				t.Errorf("version 3 of a draft that has one: %v, want %v", err, later)
			}
			for _, min := range []int64{0, 1} {
				if err := get(draft, min); (err == nil) != c.seen || err != nil && !errors.Is(err, events.NotFound("product", draft)) {
					t.Errorf("a draft of version %d: %v", min, err)
				}
			}
		})
	}
}
