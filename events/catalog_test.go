package events

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var typePattern = regexp.MustCompile(`^com\.onlinemart\.([a-z][A-Za-z]*\.[a-z][A-Za-z]*)\.v1$`)

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
		if _, err := os.Stat(strings.ToLower(d.Noun) + ".go"); err != nil {
			t.Errorf("%s: the noun has no file of its own: %v", d, err)
		}
		checkKind(t, m)
		for _, f := range append(slices.Clone(d.Producers), d.Consumers...) {
			if !slices.Contains(Functions(), f) {
				t.Errorf("%s names the function %q, which is none", d, f)
			}
		}
	}
}

// needsNothing are the commands that db carries out whatever their asker may do, and why.
var needsNothing = map[string]string{
	"deadLetter.record":    "by the function that reads the dead letters, never for somebody",
	"deadLetter.mark":      "what somebody has done already, from the command line: db notes it and does nothing",
	"user.update":          "everybody changes their own name, an owner the rest: domain.ChangeMember decides",
	"user.changePassword":  "everybody changes their own: the mutation decides",
	"user.ensureOwner":     "by the user function itself, never for somebody: the mutation decides",
	"customer.register":    "by somebody who has no account yet",
	"login.try":            "by somebody who logs in, and has no token yet",
	"login.end":            "a log-in's end: its try needed nothing",
	"login.tryPassword":    "by somebody who changes their own password, whatever else they may do",
	"login.endPasswordTry": "the same: its try needed nothing",
	"reset.request":        "by somebody who has forgotten their password, and has no token",
	"reset.redeem":         "by whoever has the token of the mail",
	"verification.redeem":  "by whoever has the token of the mail",
	"session.create":       "by somebody who logs in, and has no token yet",
	"session.rotate":       "by whoever has the refresh token",
	"session.revoke":       "by whoever has the refresh token",
	"cart.open":            "by anybody, who has the secret from then on",
	"cart.setLine":         "by whoever has the secret, or the cart's customer: the mutation decides",
	"cart.removeLine":      "as cart.setLine",
	"cart.delete":          "as cart.setLine",
	"cart.order":           "as cart.setLine, and by the rule of every order",
	"cart.orderAsGuest":    "as cart.order, by whoever has no account",
	"order.placeAsGuest":   "by whoever has no account, and has the order's token from then on",
	"order.cancel":         "by its owner or staff with orders:write: the mutation decides",
	"order.cancelPart":     "as order.cancel",
	"order.requestReturn":  "by its owner or staff with orders:write: the mutation decides",
	"order.expire":         "a reaction",
	"payment.start":        "by the order's customer or guest: the mutation decides",
	"payment.cancel":       "as payment.start",
	"payment.record":       "a reaction, or the provider's webhook",
	"inventory.commit":     "a reaction",
	"inventory.restock":    "a reaction",
	"notification.record":  "the mail is out by then: claiming it needed the permission",
}

// answersAnybody are the queries that db answers whatever a member of staff may do, and why; those of a Resource have it in its declaration.
var answersAnybody = map[string]string{
	"user.get":                "everybody reads themselves, an owner the rest: domain.ReadsUser decides",
	"product.groups":          "as product.list: everybody browses",
	"user.find":               "by what an event asks for, whoever has caused it: notification tells nobody outside",
	"user.credentials":        "by somebody who logs in or changes their own password",
	"customer.credentials":    "by somebody who logs in, and has no token yet",
	"customer.ownCredentials": "by a customer who changes their own password",
	"customer.export":         "by a customer, of themselves",
	"reset.get":               "by whoever has the link, and the mail that brings it",
	"verification.get":        "by whoever has the link, and the mail that brings it",
	"address.get":             "customers alone have addresses, and read their own",
	"address.list":            "customers alone have addresses, and read their own",
	"session.find":            "by whoever has the refresh token",
	"login.standing":          "by somebody who logs in, and has no token yet",
	"cart.get":                "by whoever has the secret, or the cart's customer",
	"quote.make":              "by anybody who wants to know what something costs",
	"order.figures":           "by the function order, as itself: nobody else is told",
	"person.keys":             "by functions of the mart, of what they are sent",
	"person.keyOf":            "by functions of the mart, of what they send",
	"operation.await":         "by whoever has its id, also when it has dismissed them",
}

// browsed is why what reads a Resource needs nothing, if its declaration says so. What only some may see of it, what reads it decides.
func browsed(d Details) string {
	if d.Verb != "get" && d.Verb != "list" {
		return ""
	}
	if slices.ContainsFunc(Nouns(), func(n Noun) bool { return n.Name == d.Noun && n.Anyone }) {
		return "everybody browses"
	}
	return ""
}

func checkKind(t *testing.T, m Declared) {
	t.Helper()
	d := m.Declaration()
	switch d.Kind {
	case Command:
		if len(d.Producers) == 0 || !slices.Equal(d.Consumers, []Function{DB}) {
			t.Errorf("command %s is by %v for %v; it must be by somebody, for db", d, d.Producers, d.Consumers)
		}
		if reason := needsNothing[d.String()]; (d.Needs == "") != (reason != "") {
			t.Errorf("command %s needs the permission %q: say what its asker must be allowed to do (Needs), or why nothing, in needsNothing: %q", d, d.Needs, reason)
		}
	case Event:
		if !slices.Equal(d.Producers, []Function{DB}) || d.Needs != "" {
			t.Errorf("event %s is by %v and needs %q; only db says what happened", d, d.Producers, d.Needs)
		}
	case QueryKind:
		if len(d.Producers) == 0 || d.Answer == nil || m.Topic() != "" {
			t.Errorf("query %s is by %v on %q", d, d.Producers, m.Topic())
		}
		if reason := answersAnybody[d.String()] + browsed(d); (d.Needs == "") != (reason != "") {
			t.Errorf("query %s needs the permission %q: say what its asker must be allowed to do (Needs; Read of a Resource), or why nothing, in answersAnybody (Anyone of a Resource): %q", d, d.Needs, reason)
		}
		return
	default:
		t.Errorf("%s is of kind %q", d, d.Kind)
	}
	want := "mart." + d.Noun + ".commands"
	if d.Kind == Event {
		want = typePattern.ReplaceAllString(m.Type(), "mart.$1")
	}
	if m.Topic() != want || !slices.Contains(Topics(), want) {
		t.Errorf("%s travels on %q, want %s and it among the topics", d, m.Topic(), want)
	}
	if slices.ContainsFunc(reserved, func(end string) bool { return d.Kind == Event && strings.HasSuffix(want, end) }) {
		t.Errorf("the topic of the event %s is taken for one of another kind: choose another verb", d)
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
		Message[Deletion]{Kind: Command, Noun: "parcel", Verb: "delete", Producers: by(Order), Consumers: to(DB)},
		Message[Meta]{Kind: Event, Noun: "parcel", Verb: "sent", Producers: by(DB), Consumers: to(Notification, Inventory)},
		Message[Meta]{Kind: Event, Noun: "parcel", Verb: "lost", Producers: by(DB), Consumers: to(Inventory)},
		Message[Meta]{Kind: Event, Noun: "crate", Verb: "sent", Producers: by(DB), Consumers: to(Inventory)},
		Query[Lookup, Meta]{Noun: "parcel", Verb: "get", Producers: by(Order, Brand)},
	}
	for f, want := range map[Function][]string{
		Inventory:    {"mart.crate.sent", "mart.inventory.replays", "mart.parcel.lost", "mart.parcel.sent"},
		Notification: {"mart.notification.replays", "mart.parcel.sent"},
		DB:           {"mart.db.replays", "mart.parcel.commands"},
		Order:        nil,
		Brand:        nil,
	} {
		if got := topicsAmong(declared, f); !slices.Equal(got, want) {
			t.Errorf("%s listens to %v, want %v", f, got, want)
		}
	}
}

// Nothing arrives on a topic of f for which f has no use: an event's topic carries that event alone, and db takes every command.
func TestNobodyIsWokenForNothing(t *testing.T) {
	t.Parallel()
	for _, f := range Functions() {
		finishes := append(FormerFor(f), ReplayTopic(f))
		for _, topic := range TopicsFor(f) {
			var mine, all []string
			for _, d := range All() {
				if d.Topic() == topic {
					all = append(all, d.Type())
					if d.Declaration().Receives(f) {
						mine = append(mine, d.Type())
					}
				}
			}
			if d := cmp.Diff(mine, all); d != "" || len(all) == 0 && !slices.Contains(finishes, topic) {
				t.Errorf("%s reads %s, on which there is (-for it +all):\n%s", f, topic, d)
			}
		}
	}
}

// What the release before has left is finished by whoever reacts to anything about that noun, on topics that nothing is sent to any more.
func TestFormer(t *testing.T) {
	t.Parallel()
	for _, topic := range Former() {
		noun := strings.Split(topic, ".")[1]
		for _, f := range Functions() {
			var reacts bool
			for _, d := range All() {
				reacts = reacts || d.Declaration().Noun == noun && d.Declaration().Kind == Event && d.Declaration().Receives(f)
			}
			if finishes := slices.Contains(TopicsFor(f), topic); finishes != reacts {
				t.Errorf("%s reacts to events about %s: %v, and finishes %s: %v", f, noun, reacts, topic, finishes)
			}
		}
		if slices.ContainsFunc(All(), func(d Declared) bool { return d.Topic() == topic }) {
			t.Errorf("something is sent to %s", topic)
		}
	}
}

func TestEventTopic(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		OrderPaid.Type(): "mart.order.paid", "com.onlinemart.order.paid.v2": "mart.order.paid", "com.onlinemart.order.paid.v12": "mart.order.paid",
		PaymentRefundRequested.Type(): "mart.payment.refundRequested", "com.onlinemart.order.verified.v1": "mart.order.verified",
		"com.onlinemart.order.paid": "", "com.onlinemart.order.v1": "", "com.onlinemart.order.paid.vx": "", "dev.knative.sources.ping": "", "": "",
	} {
		if got := eventTopic(kind); got != want {
			t.Errorf("%q: %q, want %q", kind, got, want)
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

func TestNounOf(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		PlaceOrder.Type(): "order", "com.onlinemart.parcel.send.v2": "parcel", "com.onlinemart.parcel": "", "deadline.order": "", "dev.knative.sources.ping": "", "": "",
	} {
		if got := NounOf(kind); got != want {
			t.Errorf("%q: %q, want %q", kind, got, want)
		}
	}
}
