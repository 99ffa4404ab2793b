package events

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

var (
	typePattern  = regexp.MustCompile(`^com\.onlinemart\.[a-z]+\.[a-z][A-Za-z]*\.v1$`)
	topicPattern = regexp.MustCompile(`^mart\.[a-z]+\.(commands|events)$`)
)

func TestEveryDeclarationIsComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, m := range All() {
		d := m.Declaration()
		if seen[m.Type()] {
			t.Errorf("%s is declared twice", m.Type())
		}
		seen[m.Type()] = true
		if !typePattern.MatchString(m.Type()) {
			t.Errorf("type %q", m.Type())
		}
		if found, ok := ByType(m.Type()); !ok || found.Type() != m.Type() {
			t.Errorf("ByType does not find %s", m.Type())
		}
		if _, err := os.Stat(d.Noun + ".go"); err != nil {
			t.Errorf("%s: the noun has no file of its own: %v", d, err)
		}
		checkKind(t, m)
		for _, f := range append(slices.Clone(d.By), d.For...) {
			if !slices.Contains(Functions(), f) {
				t.Errorf("%s names the function %q, which is none", d, f)
			}
		}
		if _, err := compileSchema(m); err != nil {
			t.Errorf("%s: %v", d, err)
		}
	}
}

// needsNothing are the commands that db carries out whatever their asker may do, and why.
var needsNothing = map[string]string{
	"user.update":         "everybody changes their own name, an owner the rest: domain.ChangeMember decides",
	"user.changePassword": "everybody changes their own: the mutation decides",
	"user.ensureOwner":    "by the user function itself, never for somebody: the mutation decides",
	"customer.register":   "by somebody who has no account yet",
	"login.try":           "by somebody who logs in, and has no token yet",
	"login.end":           "a log-in's end: its try needed nothing",
	"session.create":      "by somebody who logs in, and has no token yet",
	"session.rotate":      "by whoever has the refresh token",
	"session.revoke":      "by whoever has the refresh token",
	"order.cancel":        "by its owner or staff with orders:write: the mutation decides",
	"order.expire":        "a reaction",
	"payment.record":      "a reaction, or the provider's webhook",
	"inventory.commit":    "a reaction",
	"inventory.restock":   "a reaction",
	"notification.record": "the mail is out by then: claiming it needed the permission",
}

func checkKind(t *testing.T, m Declared) {
	t.Helper()
	d := m.Declaration()
	switch d.Kind {
	case Command:
		if len(d.By) == 0 || !slices.Equal(d.For, []Function{DB}) {
			t.Errorf("command %s is by %v for %v; it must be by somebody, for db", d, d.By, d.For)
		}
		if reason := needsNothing[d.String()]; (d.Needs == "") != (reason != "") {
			t.Errorf("command %s needs the permission %q: say what its asker must be allowed to do (Needs), or why nothing, in needsNothing: %q", d, d.Needs, reason)
		}
	case Event:
		if !slices.Equal(d.By, []Function{DB}) || d.Needs != "" {
			t.Errorf("event %s is by %v and needs %q; only db says what happened", d, d.By, d.Needs)
		}
	case Question:
		if len(d.By) == 0 || d.Answer == nil || m.Topic() != "" {
			t.Errorf("query %s is by %v on %q", d, d.By, m.Topic())
		}
		return
	default:
		t.Errorf("%s is of kind %q", d, d.Kind)
	}
	if !topicPattern.MatchString(m.Topic()) || !slices.Contains(Topics(), m.Topic()) {
		t.Errorf("%s travels on %q, which is not among the topics", d, m.Topic())
	}
}

func TestTopics(t *testing.T) {
	t.Parallel()
	topics := Topics()
	if topics[len(topics)-1] != DeadLetterTopic {
		t.Errorf("the last topic is %s", topics[len(topics)-1])
	}
	if !slices.IsSorted(topics[:len(topics)-1]) {
		t.Errorf("not sorted: %v", topics)
	}
	for _, f := range Functions() { // what is sent again to one is read by nobody else, and by it only if it reads anything
		own := ReplayTopic(f)
		for _, other := range Functions() {
			if reads := slices.Contains(TopicsFor(other), own); reads != (other == f && len(TopicsFor(f)) > 0) {
				t.Errorf("%s reads %s: %v", other, own, reads)
			}
		}
		if slices.Contains(topics, own) != (len(TopicsFor(f)) > 0) {
			t.Errorf("is %s among the topics, and read?", own)
		}
	}
	for _, noun := range nounsWithCommands(All()) {
		if !slices.Contains(TopicsFor(DB), "mart."+noun+".commands") {
			t.Errorf("db does not listen to the commands about %s", noun)
		}
	}
}

// A function listens to the topics of what is for it, each once, and to what is sent again to it; who gets nothing but queries listens to none.
func TestTopicsFor(t *testing.T) {
	t.Parallel()
	declared := []Declared{
		Message[Deletion]{Kind: Command, Noun: "parcel", Verb: "delete", By: by(Order), For: to(DB)},
		Message[Meta]{Kind: Event, Noun: "parcel", Verb: "sent", By: by(DB), For: to(Notification, Inventory)},
		Message[Meta]{Kind: Event, Noun: "parcel", Verb: "lost", By: by(DB), For: to(Inventory)},
		Message[Meta]{Kind: Event, Noun: "crate", Verb: "sent", By: by(DB), For: to(Inventory)},
		Query[Lookup, Meta]{Noun: "parcel", Verb: "get", By: by(Order, Brand)},
	}
	for f, want := range map[Function][]string{
		Inventory:    {"mart.crate.events", "mart.inventory.replays", "mart.parcel.events"},
		Notification: {"mart.notification.replays", "mart.parcel.events"},
		DB:           {"mart.db.replays", "mart.parcel.commands"},
		Order:        nil,
		Brand:        nil,
	} {
		if got := topicsAmong(declared, f); !slices.Equal(got, want) {
			t.Errorf("%s listens to %v, want %v", f, got, want)
		}
	}
}

// Every command has two outcomes besides success, and they are declared.
func TestEveryCommandCanBeRefused(t *testing.T) {
	t.Parallel()
	for _, noun := range nounsWithCommands(All()) {
		for _, m := range []Message[Rejection]{Rejected(noun), Failed(noun)} {
			if _, ok := ByType(m.Type()); !ok {
				t.Errorf("%s is not declared", m.Type())
			}
		}
	}
}

func TestTableOf(t *testing.T) {
	t.Parallel()
	paid := OrderPaid.Then(nil)
	for name, c := range map[string]struct {
		self     Function
		handlers []Handler
	}{
		"missing":     {Inventory, []Handler{paid}},
		"twice":       {Inventory, []Handler{paid, paid, OrderCancelled.Then(nil)}},
		"not for it":  {Brand, []Handler{paid}},
		"query to it": {Brand, []Handler{GetBrand.Answer(nil)}},
	} {
		if _, err := tableOf(c.self, c.handlers, false); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := tableOf(Brand, nil, false); err != nil {
		t.Errorf("brand reacts to nothing: %v", err)
	}
}
