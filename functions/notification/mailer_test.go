package notification

import (
	"context"
	"errors"
	"html"
	"log/slog"
	"maps"
	netmail "net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
	"github.com/onlinemart/mart/infra/mailbox"
)

// fakeDB gives each mail to its first claimer.
type fakeDB struct {
	mu       sync.Mutex
	claims   int
	taken    map[string]bool
	tokens   map[string]string                   // of claims whose answer was lost
	decided  map[string]events.NotificationState // by the claim's id: repeated, it gets its first answer
	name     string
	orders   map[string]events.OrderState
	products map[string]events.ProductState
	staff    map[events.Permission][]string      // who may do what
	known    map[string]events.NotificationState // mails as they are stored
	resets   map[string]events.ResetState
	links    map[string]events.VerificationState // that confirm an address
	fail     error
	letters  []events.NotificationClaim // what was claimed by whoever got it, without the lease
	welcomes bool                       // what db answers to a claim of a welcome has a link
	ended    bool                       // a claim is answered with a mail that has failed
	away     int                        // so many claims get no answer, and each is stored
}

func (d *fakeDB) claim(_ context.Context, command events.Outgoing) (events.NotificationState, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.claims++
	if d.fail != nil {
		return events.NotificationState{}, d.fail
	}
	if first, known := d.decided[command.ID()]; known {
		return first, nil
	}
	holder, held := d.tokens[command.Subject]
	if d.away > 0 {
		d.away--
		d.tokens[command.Subject] = command.ID()
		return events.NotificationState{}, bus.ErrUnavailable
	}
	if d.taken[command.Subject] || held && holder != command.ID() {
		return events.NotificationState{}, events.Refuse("in_progress", "The mail is being sent.")
	}
	d.taken[command.Subject] = true
	c := command.Payload().(*events.NotificationClaim)
	d.letters = append(d.letters, events.NotificationClaim{Kind: c.Kind, CustomerID: c.CustomerID, UserID: c.UserID, OrderID: c.OrderID})
	d.decided[command.ID()] = events.NotificationState{
		Meta: events.Meta{ID: command.Subject, Version: 1}, Kind: c.Kind, To: events.NewPersonal("bo@example.com"), Name: events.NewPersonal(d.name),
		CustomerID: c.CustomerID, UserID: c.UserID, OrderID: c.OrderID, PartID: c.PartID, ProductID: c.ProductID, ResetID: c.ResetID, VerificationID: c.VerificationID, Amount: c.Amount, Status: events.NotificationSending, MessageID: command.Subject + "@test", Token: c.Token,
	}
	if n := d.decided[command.ID()]; c.Kind == events.WelcomeMail && d.welcomes {
		n.VerificationID = resetID
		d.decided[command.ID()] = n
	}
	if d.ended {
		return events.NotificationState{Meta: events.Meta{ID: command.Subject, Version: 2}, Kind: c.Kind, Status: events.NotificationFailed}, nil
	}
	return d.decided[command.ID()], nil
}

func (d *fakeDB) claimByEvent(ctx context.Context, command events.Outgoing) (events.NotificationState, error) {
	return d.claim(ctx, command)
}

// record takes in how mails ended.
func (d *fakeDB) record(told ...events.Outgoing) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range told {
		d.known[m.Subject] = events.NotificationState{Meta: events.Meta{ID: m.Subject, Version: 2}, Status: m.Payload().(*events.NotificationResult).Status}
	}
}

func (d *fakeDB) order(_ context.Context, id string) (events.OrderState, error) {
	return d.orders[id], nil
}

func (d *fakeDB) product(_ context.Context, id string) (events.ProductState, error) {
	p, known := d.products[id]
	if !known {
		return p, events.NotFound("product", id)
	}
	return p, nil
}

func (d *fakeDB) staffWho(_ context.Context, may events.Permission) ([]string, error) {
	return d.staff[may], nil
}

func (d *fakeDB) reset(_ context.Context, id string) (events.ResetState, error) {
	r, known := d.resets[id]
	if !known {
		return r, events.NotFound("reset", id)
	}
	return r, nil
}

func (d *fakeDB) verification(_ context.Context, id string) (events.VerificationState, error) {
	v, known := d.links[id]
	if !known {
		return v, events.NotFound("verification", id)
	}
	return v, nil
}

func (d *fakeDB) notification(_ context.Context, id string, version int64) (events.NotificationState, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, known := d.known[id]
	switch {
	case n.Version < version:
		return n, events.Refuse("not_yet", "It is not there yet.")
	case !known:
		return n, events.NotFound("notification", id)
	}
	return n, nil
}

// office is a mailer with a mail server to send to.
type office struct {
	*mailer
	db     *fakeDB
	inbox  *mailbox.Inbox
	folder string // of the inbox's mails
}

func open(t *testing.T) office {
	t.Helper()
	inbox, folder := inboxFor(t)
	p, err := newSMTPSender(SMTPConfig{Address: inbox.SMTPAddress(), From: "Mart <shop@mart.example>", TLS: "none", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	db := &fakeDB{taken: map[string]bool{}, decided: map[string]events.NotificationState{}, tokens: map[string]string{}, known: map[string]events.NotificationState{}, name: "Bo", orders: map[string]events.OrderState{"o1": orderState()}}
	db.products = map[string]events.ProductState{"p1": {Meta: events.Meta{ID: "p1"}, ProductFields: events.ProductFields{SKU: "MUG-2", Name: "Mug <blue>"}, Available: 4}}
	db.staff = map[events.Permission][]string{events.StockWrite: {"u1"}, events.OrdersWrite: {"u9"}}
	keys, err := events.NewKeys(events.GenerateRing("s"), events.GenerateRing("p"))
	if err != nil {
		t.Fatal(err)
	}
	db.resets = map[string]events.ResetState{resetID: {ID: resetID, TokenHash: mailtoken.Hash(mailtoken.New(keys, mailtoken.PasswordReset, resetID)), Open: true}}
	db.links = map[string]events.VerificationState{resetID: {ID: resetID, TokenHash: mailtoken.Hash(mailtoken.New(keys, mailtoken.EmailVerification, resetID)), Open: true}}
	m := &mailer{db: db, claims: newClaimListener(), send: p.send, log: slog.New(slog.DiscardHandler), keys: keys, letters: letters(t)}
	return office{mailer: m, db: db, inbox: inbox, folder: folder}
}

// letters is how mails of a shop are written.
func letters(t *testing.T) composer {
	t.Helper()
	c, err := newComposer(Shop{Name: "Mart", Language: events.English, Zone: "UTC"}, Pages{Storefront: "https://shop.example/", Backoffice: "https://office.example/in"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// kinds is every kind of mail.
func kinds() []events.NotificationKind { return slices.Sorted(maps.Keys(templates())) }

const resetID = "0199a0de-0000-7000-8000-000000000001"

func orderState() events.OrderState {
	return events.OrderState{
		Meta: events.Meta{ID: "o1", Version: 3}, Number: "M-000042", CustomerID: "c1", Status: events.OrderPaidStatus, ShippingAddress: events.PostalAddress{Country: "GB"}, Total: events.Money{Amount: 3998, Currency: "USD"},
		Lines: []events.OrderLine{{Name: "Mug <blue>", Quantity: 2, UnitPrice: events.Money{Amount: 1999, Currency: "USD"}, Total: events.Money{Amount: 3998, Currency: "USD"}}},
	}
}

// sentState is an order of which a mug was sent, the last step of whose history is about that.
func sentState(action events.OrderAction) events.OrderState {
	o := orderState()
	o.Lines[0].ProductID = "mug"
	o.Fulfilments = []events.Fulfilment{
		{ID: "f0", Lines: []events.OrderItem{{ProductID: "mug", Quantity: 9}}, Carrier: "Another"},
		{ID: "f1", Lines: []events.OrderItem{{ProductID: "mug", Quantity: 1}}, Carrier: "Post & Co.", TrackingNumber: events.NewPersonal("JJD 0099")},
	}
	o.History = []events.OrderStep{{Status: o.Status}, {Status: o.Status, Action: action, PartID: "f1"}}
	return o
}

// A confirmation shows all that an order costs: what is added to its goods above the total, and what is in it below.
func TestAConfirmationShowsWhatItCosts(t *testing.T) {
	t.Parallel()
	usd := func(amount int64) events.Money { return events.Money{Amount: amount, Currency: "USD"} }
	o := orderState()
	o.Charges = []events.OrderCharge{{Charge: events.Charge{Name: "Parcel <quick>", Amount: usd(490)}}}
	o.Taxes = []events.TaxAmount{{Name: "VAT 10 %", Amount: usd(400)}, {Name: "VAT 20 %", Included: true, Amount: usd(82)}}
	o.Total = usd(4888)
	got, err := letters(t).compose(events.NotificationState{Kind: events.OrderConfirmation, Name: events.NewPersonal("Ada")}, matter{order: &o})
	if err != nil {
		t.Fatal(err)
	}
	const want = "2 × Mug <blue>: $39.98\n\nGoods: $39.98\nParcel <quick>: $4.90\nVAT 10 %: $4.00\nTotal: $48.88\nOf that VAT 20 %: $0.82\n"
	if !strings.Contains(got.text, want) {
		t.Errorf("the text says\n%s", got.text)
	}
	rest := got.page
	for _, part := range []string{"$39.98", "Parcel &lt;quick&gt;", "$4.90", "VAT 10 %", "$4.00", "Total", "$48.88", "Of that VAT 20 %", "$0.82"} {
		_, after, found := strings.Cut(rest, part)
		if rest = after; !found {
			t.Fatalf("%q is not where it should be:\n%s", part, got.page)
		}
	}
}

// A part of an order is told of once when it is sent and once when it has arrived: what is in it, who carries it, and whether more follows.
func TestAPartOfAnOrderIsToldOf(t *testing.T) {
	t.Parallel()
	o := open(t)
	sent := sentState(events.PartSent)
	told := func(of events.OrderState) events.Received[events.OrderState] {
		return events.Received[events.OrderState]{Envelope: events.Envelope{ID: "e", Subject: "o1"}, Data: of}
	}
	for range 2 {
		for _, l := range []letter{noticeOnFulfilled(told(sent)), noticeOnDelivered(told(sentState(events.PartDelivered)))} {
			if _, err := o.sendOnce(t.Context(), l); err != nil {
				t.Fatal(err)
			}
		}
	}
	mails := o.mails(t)
	if len(mails) != 2 {
		t.Fatalf("%d mails, want 2", len(mails))
	}
	for subject, wants := range map[string][]string{
		"Your order M-000042 is on its way": {"1 × Mug &lt;blue&gt;", "1 × Mug <blue>", "JJD 0099", "Post & Co.", "Post &amp; Co.", "The rest follows."},
		"Your order M-000042 has arrived":   {"1 × Mug &lt;blue&gt;", "1 × Mug <blue>"},
	} {
		at := slices.IndexFunc(mails, func(mail string) bool { return strings.Contains(mail, "Subject: "+subject) })
		if at < 0 {
			t.Errorf("no mail %q", subject)
			continue
		}
		for _, want := range wants {
			if !strings.Contains(mails[at], want) {
				t.Errorf("the mail lacks %q:\n%s", want, mails[at])
			}
		}
		if strings.Contains(mails[at], "Another") {
			t.Errorf("the mail is about another part:\n%s", mails[at])
		}
	}
	sent.Status = events.OrderFulfilledStatus
	if p := parcelOf(&sent, "f1"); p.Rest {
		t.Error("of an order that was sent there is no rest to follow")
	}
}

// returnState is an order of which two mugs were to come back, and one has.
func returnState(status events.ReturnStatus) events.OrderState {
	o := sentState(events.PartDelivered)
	r := events.PartReturn{ID: "r1", Status: status, Lines: []events.OrderItem{{ProductID: "mug", Quantity: 2}}, Note: events.Said("see evil.example")}
	if status == events.ReturnReceivedStatus {
		r.Received = []events.ReceivedItem{{OrderItem: events.OrderItem{ProductID: "mug", Quantity: 1}}}
		r.Refund = &events.PartRefund{ID: "x", Amount: events.Money{Amount: 1999, Currency: "USD"}}
	}
	o.Returns = []events.PartReturn{r}
	o.History = append(o.History, events.OrderStep{Status: o.Status, PartID: "r1"})
	return o
}

// Each step of a return is told of in words of its own; what staff say to it is shown, and holds nothing to click on.
func TestAReturnIsToldOf(t *testing.T) {
	t.Parallel()
	for status, c := range map[events.ReturnStatus]struct {
		kind  events.NotificationKind
		wants []string
	}{
		events.ReturnRequestedStatus: {events.ReturnRequestMail, []string{"What you send back of order M-000042", "2 × Mug", "until you hear from us"}},
		events.ReturnApprovedStatus:  {events.ReturnApproval, []string{"You may send back goods of order M-000042", "2 × Mug", "see evil. example"}},
		events.ReturnRefusedStatus:   {events.ReturnRefusal, []string{"Your return of order M-000042 is refused", "2 × Mug", "see evil. example"}},
		events.ReturnReceivedStatus:  {events.ReturnReceipt, []string{"Your return of order M-000042 has come", "1 × Mug", "$19.99 go back"}},
	} {
		o := open(t)
		told := events.Received[events.OrderState]{Envelope: events.Envelope{ID: "e", Subject: "o1"}, Data: returnState(status)}
		if _, err := o.sendOnce(t.Context(), noticeOnReturn(c.kind)(told)); err != nil {
			t.Fatal(err)
		}
		mails := o.mails(t)
		for _, want := range c.wants {
			if len(mails) != 1 || !strings.Contains(mails[0], want) {
				t.Errorf("%s: %d mails, which lack %q: %s", status, len(mails), want, mails)
			}
		}
	}
}

// partCancelled is an order of two mugs of which one cannot be sent.
func partCancelled() events.OrderState {
	o := orderState()
	o.Lines[0].ProductID = "mug"
	o.Cancellations = []events.CancelledPart{{
		ID: "x1", Lines: []events.OrderItem{{ProductID: "mug", Quantity: 1}}, Reason: events.Said("dropped it"), Refund: &events.PartRefund{ID: "x", Amount: events.Money{Amount: 1999, Currency: "USD"}},
	}}
	o.History = append(o.History, events.OrderStep{Status: o.Status, Action: events.PartCancelled, PartID: "x1"})
	return o
}

// What is not sent any more of a paid order is told of with what goes back for it, and whether something is still to come; what staff noted is theirs.
func TestACancelledPartIsToldOf(t *testing.T) {
	t.Parallel()
	kept, last := partCancelled(), partCancelled()
	last.Status, last.Cancellations[0].Refund = events.OrderFulfilledStatus, nil
	for name, c := range map[string]struct {
		order events.OrderState
		wants []string
		not   []string
	}{
		"the rest is to come": {kept, []string{"A part of your order M-000042 is cancelled", "1 × Mug", "$19.99 go back to you", "The rest of your order stays as it is"}, []string{"2 × Mug", "dropped it"}},
		"the rest was sent":   {last, []string{"A part of your order M-000042 is cancelled", "1 × Mug"}, []string{"go back to you", "The rest of your order"}},
	} {
		o := open(t)
		for range 2 { // delivered twice
			if _, err := o.sendOnce(t.Context(), noticeOnPartCancelled(events.Received[events.OrderState]{Envelope: events.Envelope{ID: "e", Subject: "o1"}, Data: c.order})); err != nil {
				t.Fatal(err)
			}
		}
		mails := o.mails(t)
		if len(mails) != 1 {
			t.Fatalf("%s: %d mails", name, len(mails))
		}
		for _, want := range c.wants {
			if !strings.Contains(mails[0], want) {
				t.Errorf("%s: the mail lacks %q: %s", name, want, mails[0])
			}
		}
		for _, not := range c.not {
			if strings.Contains(mails[0], not) {
				t.Errorf("%s: the mail says %q: %s", name, not, mails[0])
			}
		}
	}
}

func paid() events.Received[events.OrderState] {
	return events.Received[events.OrderState]{Envelope: events.Envelope{ID: "e1", Subject: "o1"}, Data: orderState()}
}

func results(t *testing.T, sent []events.Outgoing) (all []events.NotificationResult) {
	t.Helper()
	for _, m := range sent {
		r := *m.Payload().(*events.NotificationResult)
		r.Token = ""
		all = append(all, r)
	}
	return all
}

func TestAPaidOrderIsConfirmedOnce(t *testing.T) {
	t.Parallel()
	o := open(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var recorded []events.NotificationResult
	for range 4 {
		wg.Go(func() {
			sent, err := o.sendOnce(t.Context(), confirmationOnPaid(paid()))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			recorded = append(recorded, results(t, sent)...)
		})
	}
	wg.Wait()
	if diff := cmp.Diff([]events.NotificationResult{{Status: events.NotificationSent}}, recorded); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
	mails := o.mails(t)
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	for _, want := range []string{"To: ", "bo@example.com", "Subject: Your order M-000042", "text/plain", "text/html", "$39.98", "Mug &lt;blue&gt;", "Message-Id: <", "Content-Language: en", "Auto-Submitted: auto-generated"} {
		if !strings.Contains(mails[0], want) {
			t.Errorf("the mail lacks %q:\n%s", want, mails[0])
		}
	}
}

// Wrong passwords are told of to whoever's account it is.
func TestTheOwnerOfAnAccountIsWarned(t *testing.T) {
	t.Parallel()
	o := open(t)
	attacked := func(id string, owner events.Principal) events.Received[events.LoginAttack] {
		return events.Received[events.LoginAttack]{Envelope: events.Envelope{ID: id}, Data: events.LoginAttack{Owner: owner, Wrong: 20}}
	}
	for _, e := range []events.Received[events.LoginAttack]{
		attacked("e1", events.Principal{Type: events.Staff, ID: "u1"}), attacked("e1", events.Principal{Type: events.Staff, ID: "u1"}), // delivered twice
		attacked("e2", events.Principal{Type: events.Shopper, ID: "c1"}),
	} {
		if _, err := o.sendOnce(t.Context(), warningOnAttacked(e)); err != nil {
			t.Fatal(err)
		}
	}
	want := []events.NotificationClaim{{Kind: events.LoginWarning, UserID: "u1"}, {Kind: events.LoginWarning, CustomerID: "c1"}}
	if diff := cmp.Diff(want, o.db.letters); diff != "" {
		t.Errorf("claimed (-want +got):\n%s", diff)
	}
	mails := o.mails(t)
	for _, mail := range mails {
		if !strings.Contains(mail, "Subject: Somebody tries to log in to your account") || !strings.Contains(mail, "Hello Bo") {
			t.Errorf("the mail is:\n%s", mail)
		}
	}
	if len(mails) != 2 {
		t.Errorf("%d mails", len(mails))
	}
}

func TestAMailServerThatMisbehaves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault mailbox.Fault
		times int
		want  events.NotificationStatus // "" is an error: try again
		ids   int                       // distinct Message-IDs that came in
	}{
		{"busy for a moment", mailbox.Later, 1, events.NotificationSent, 1},
		{"busy for long", mailbox.Later, 9, "", 0},
		{"takes it and hangs up", mailbox.Lost, 1, events.NotificationSent, 1},
		{"refuses for good", mailbox.Never, 1, events.NotificationFailed, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			o.inbox.Fail(c.fault, c.times)
			sent, err := o.sendOnce(t.Context(), confirmationOnPaid(paid()))
			if (c.want == "") != (err != nil) {
				t.Fatalf("error %v", err)
			}
			for _, r := range results(t, sent) {
				if r.Status != c.want {
					t.Errorf("recorded %+v, want %s", r, c.want)
				}
			}
			if got := len(messageIDs(o.raws(t))); got != c.ids {
				t.Errorf("%d distinct mails, want %d", got, c.ids)
			}
		})
	}
}

func TestNobodysNameBecomesAHeaderOrCode(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.db.name = "Bo\r\nBcc: victim@example.com\r\n\r\n<script>alert(1)</script>{{.Order}}"
	if _, err := o.sendOnce(t.Context(), welcomeOnRegistered(events.Received[events.CustomerState]{Envelope: events.Envelope{ID: "e", Subject: "c1"}})); err != nil {
		t.Fatal(err)
	}
	for _, mail := range o.mails(t) {
		for line := range strings.Lines(mail) {
			if strings.HasPrefix(line, "Bcc:") {
				t.Errorf("a header of the customer's own:\n%s", mail)
			}
		}
		if page := mail[strings.Index(mail, "text/html"):]; strings.Contains(page, "<script>") {
			t.Errorf("code of the customer's own:\n%s", mail)
		}
	}
}

// A name that a stranger chose becomes no link in a mail to somebody else; a name with a dot in it is still one.
func TestANameIsNoLink(t *testing.T) {
	t.Parallel()
	o := orderState()
	for name, want := range map[string]string{
		"You have won: https://evil.example/a?b": "You have won: https: / / evil. example/ a?b", "www.evil.example": "www. evil. example", "write to x@evil.example": "write to x@ evil. example",
		"evil\u3002example": "evil\u3002 example", "evil\uff0eexample": "evil\uff0e example", "http://3232235777": "http: / / 3232235777", "mailto:x@localhost": "mailto: x@ localhost",
		"Dr. No": "Dr. No", "J.R.R. Tolkien": "J. R. R. Tolkien", "Ada": "Ada",
	} {
		for _, kind := range kinds() {
			m, err := letters(t).compose(events.NotificationState{Kind: kind, To: events.NewPersonal("bo@example.com"), Name: events.NewPersonal(name), Amount: &o.Total}, matter{order: &o, product: &events.ProductState{}})
			if err != nil {
				t.Fatal(err)
			}
			for where, text := range map[string]string{"text": m.text, "page": html.UnescapeString(m.page)} {
				if !strings.Contains(text, want) || want != name && strings.Contains(text, name) {
					t.Errorf("%s, %s of %s:\n%s", name, where, kind, text)
				}
			}
			if m.name != want { // a mail program makes links of it in its list of mails, too
				t.Errorf("to %q, want %q", m.name, want)
			}
		}
	}
}

// What was stored before names had to be one line, and a customer's name from wherever, are one line in a mail.
func TestANameIsOneLineInAMail(t *testing.T) {
	t.Parallel()
	o := orderState()
	o.Lines[0].Name = "Mug\r\nYour account is closed.\u2028Call us\u0085now"
	for _, kind := range kinds() {
		m, err := letters(t).compose(events.NotificationState{Kind: kind, To: events.NewPersonal("bo@example.com"), Name: events.NewPersonal("Bo\nYour account is closed."), Amount: &o.Total}, matter{order: &o, product: &events.ProductState{}})
		if err != nil {
			t.Fatal(err)
		}
		for where, text := range map[string]string{"name": m.name, "subject": m.subject, "text": m.text, "page": m.page} {
			for line := range strings.Lines(text) {
				if strings.HasPrefix(line, "Your account is closed") || strings.ContainsAny(line, "\r\u2028\u0085") {
					t.Errorf("%s: the %s has a line of somebody's own: %q", kind, where, line)
				}
			}
		}
	}
}

func TestWhoeverHasQuotesInTheirNameGetsTheirMail(t *testing.T) {
	t.Parallel()
	for _, name := range []string{`Robert "Bob" Smith`, `Bo" <victim@example.com>, "x`, `Bo": victim@example.com;`, `Bo\`, `=?utf-8?q?=0D=0ABcc:?=`} {
		o := open(t)
		o.db.name = name
		sent, err := o.sendOnce(t.Context(), welcomeOnRegistered(events.Received[events.CustomerState]{Envelope: events.Envelope{ID: "e", Subject: "c1"}}))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]events.NotificationResult{{Status: events.NotificationSent}}, results(t, sent)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for _, raw := range o.raws(t) {
			read, err := netmail.ReadMessage(strings.NewReader(raw[strings.Index(raw, "Date:"):]))
			if err != nil {
				t.Fatalf("%v:\n%s", err, raw)
			}
			to, err := read.Header.AddressList("To")
			if program := read.Header["X-Mailer"]; program != nil || read.Header["User-Agent"] != nil {
				t.Errorf("it tells which program wrote it: %v %v", program, read.Header["User-Agent"])
			}
			if diff := cmp.Diff([]*netmail.Address{{Name: unlinked(name), Address: "bo@example.com"}}, to); err != nil || diff != "" {
				t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
			}
		}
	}
}

func TestALapsedLeaseIsResumed(t *testing.T) {
	t.Parallel()
	o := open(t)
	n := events.NotificationState{Meta: events.Meta{ID: "n1"}, Kind: events.RefundNotice, CustomerID: "c1", OrderID: "o1", Amount: &events.Money{Amount: 500, Currency: "JPY"}}
	sent, err := o.sendOnce(t.Context(), resumedOnDue(events.Received[events.NotificationState]{Envelope: events.Envelope{ID: "e", Subject: "n1"}, Data: n}))
	if err != nil || len(sent) != 1 || sent[0].Subject != "n1" {
		t.Fatalf("%v, %v", sent, err)
	}
	if mails := o.mails(t); len(mails) != 1 || !strings.Contains(mails[0], "¥500") {
		t.Errorf("got %v", mails)
	}
}

// Whoever was erased after their mail was claimed gets none, and that is written down.
func TestAMailToSomebodyErased(t *testing.T) {
	t.Parallel()
	o := open(t)
	l := confirmationOnPaid(paid())
	sent, err := o.finish(t.Context(), l, events.NotificationState{Meta: events.Meta{ID: "n1"}, Kind: l.kind, Token: "t"})
	if err != nil || len(sent) != 1 {
		t.Fatalf("%v, %v", sent, err)
	}
	want := &events.NotificationResult{Status: events.NotificationFailed, Token: "t", Reason: errNobody.reason}
	if diff := cmp.Diff(want, sent[0].Payload()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if mails := o.mails(t); len(mails) != 0 {
		t.Errorf("got %v", mails)
	}
}

func TestAClaimThatFails(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.db.fail = bus.ErrUnavailable
	if _, err := o.sendOnce(t.Context(), confirmationOnPaid(paid())); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("db away: %v, want to try again", err)
	}
	for _, refusal := range []*events.Problem{events.NotFound("customer", "c1"), events.Refuse("order_state", "The order is not one to confirm any more.")} {
		o.db.fail = refusal
		if sent, err := o.sendOnce(t.Context(), confirmationOnPaid(paid())); err != nil || len(sent) != 0 {
			t.Errorf("%v: %v, %v, want no mail", refusal, sent, err)
		}
	}
}

func TestSettingsOfTheMailServer(t *testing.T) {
	t.Parallel()
	good := SMTPConfig{Address: "127.0.0.1:25", From: "Mart <shop@mart.example>", TLS: "opportunistic", Timeout: time.Second}
	for setting, spoil := range map[string]func(*SMTPConfig){
		"SMTP_ADDRESS": func(c *SMTPConfig) { c.Address = "localhost" },
		"SMTP_TLS":     func(c *SMTPConfig) { c.TLS = "perhaps" },
		"MAIL_FROM":    func(c *SMTPConfig) { c.From = "nobody" },
		"SMTP_USER":    func(c *SMTPConfig) { c.User = "u" },
	} {
		c := good
		spoil(&c)
		if _, err := newSMTPSender(c); err == nil || !strings.Contains(err.Error(), setting) {
			t.Errorf("%s: %v", setting, err)
		}
	}
}

func inboxFor(t *testing.T) (*mailbox.Inbox, string) {
	t.Helper()
	dir := t.TempDir()
	inbox, err := mailbox.Start(t.Context(), mailbox.Config{DataDir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := inbox.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return inbox, dir
}

func messageIDs(mails []string) map[string]int {
	ids := map[string]int{}
	for _, m := range mails {
		_, rest, _ := strings.Cut(m, "Message-ID: <")
		id, _, _ := strings.Cut(rest, ">")
		ids[id]++
	}
	return ids
}

// While db is away, the claim is asked for again under the same token: it may have been decided before, and is ours.
func TestClaimWhileDBIsAway(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.db.away = 2
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	sent, err := o.sendOnce(ctx, confirmationOnPaid(paid()))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]events.NotificationResult{{Status: events.NotificationSent}}, results(t, sent)); d != "" {
		t.Error(d)
	}
	if o.db.claims != 3 {
		t.Errorf("%d claims, want 3", o.db.claims)
	}
}
