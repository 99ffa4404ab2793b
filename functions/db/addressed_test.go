package db

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/eventstest"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
)

// unsolicited is a market in which so many mails about one thing go to a mailbox that nobody has shown to be theirs.
func unsolicited(t *testing.T, limit int) *market {
	t.Helper()
	return newMarket(t, func(o *inbox.Options) { o.Limits.UnprovenMails = limit })
}

// claims begins a mail, and tells whether it may go out. One that may not has failed before anybody has tried, and says why.
func (m *market) claims(n events.NotificationClaim) (mail string, may bool) {
	m.t.Helper()
	mail, n.Token, n.LeaseSeconds = events.NewID(), events.NewID(), 60
	m.must(events.ClaimNotification.New(mail, n))
	type ending struct {
		Status   events.NotificationStatus
		Attempts int
		Said     bool
	}
	got, err := getNotification(m.t.Context(), m.store, events.Received[events.Lookup]{Data: events.Lookup{ID: mail}})
	if err != nil {
		m.t.Fatal(err)
	}
	may = got.Status == events.NotificationSending
	want := ending{events.NotificationFailed, 0, true}
	if may {
		want = ending{events.NotificationSending, 1, false}
	}
	if d := cmp.Diff(want, ending{got.Status, got.Attempts, strings.Contains(got.Reason, "Too many mails")}); d != "" {
		m.t.Error(d)
	}
	return mail, may
}

// welcomed registers somebody, and tells whether the account is made and the mail goes out.
func (m *market) welcomed(email string) (id string, made, mailed bool) {
	m.t.Helper()
	id, command := heard(email)
	if s := m.bench.said(command); s.Type != events.CustomerRegistrationHeard.Type() {
		m.t.Fatalf("%+v", s)
	}
	if made = m.count(`select count(*) from customer where id = $1`, id) == 1; made {
		_, mailed = m.claims(events.NotificationClaim{Kind: events.WelcomeMail, CustomerID: id})
	}
	return id, made, mailed
}

// However often accounts are made with an address and given up, and by however many it is wanted, its mailbox gets so many mails about accounts an hour and no more,
// whatever stands behind a +. The accounts are made all the same, and who asks is answered alike. Somewhat later one more goes out.
func TestAddressed_AStrangersMailboxIsNotFilled(t *testing.T) {
	t.Parallel()
	m := unsolicited(t, 3)
	var made, mailed []bool
	registers := func(email string) string {
		t.Helper()
		id, is, may := m.welcomed(email)
		made, mailed = append(made, is), append(mailed, may)
		return id
	}
	for _, email := range []string{"gil@example.com", "gil+a@example.com", "GIL@example.com"} {
		id := registers(email)
		m.must(events.DeleteCustomer.New(id, events.Deletion{ExpectedVersion: 1}).AskedBy(shopper(id)))
	}
	wanted := func(email string) bool {
		t.Helper()
		by := m.buyer()
		token, refusal := m.wantsAddress(by, email)
		id, _ := mailtoken.ID(token)
		if refusal != "" || m.told(events.VerificationIssued, id) != 1 {
			t.Fatalf("refused with %q, or no link is issued", refusal)
		}
		_, may := m.claims(events.NotificationClaim{Kind: events.VerificationMail, CustomerID: by.ID, VerificationID: id})
		return may
	}
	if wanted("gil+b@example.com") || !wanted("eve@example.com") {
		t.Error("a link went to the address that was written to enough, or none to another")
	}
	gil := registers("gil@example.com")
	registers("eve+a@example.com")
	if d := cmp.Diff([][]bool{{true, true, true, true, true}, {true, true, true, false, true}}, [][]bool{made, mailed}); d != "" {
		t.Errorf("accounts that are made, and mails that go out (-want +got):\n%s", d)
	}
	reset, issued := m.forgot(events.Shopper, "gil@example.com")
	id, _ := mailtoken.ID(reset)
	if _, may := m.claims(events.NotificationClaim{Kind: events.PasswordResetMail, CustomerID: gil, ResetID: id}); !issued || !may {
		t.Error("the link to a new password is kept back by what is none")
	}
	m.exec(`update addressed set spent_at = spent_at - interval '21 minutes'`)
	if first, second := wanted("gil+y@example.com"), wanted("gil+z@example.com"); !first || second {
		t.Errorf("a third of an hour later %v, %v", first, second)
	}
	if n := m.count(`select count(*) from addressed a where a::text like '%example%'`); n != 0 {
		t.Error("an address is kept")
	}
	m.exec(`update addressed set forget_at = now()`)
	m.exec(strings.ReplaceAll(forgetAddressed, "$1", "10"))
	if n := m.count(`select count(*) from addressed`); n != 0 {
		t.Errorf("%d are kept for ever", n)
	}
}

// Mails about orders without an account, and about those of customers who have confirmed nothing, are counted with each other; of whoever has, none is. What is paid
// is mailed about, and staff send once more whatever they like.
func TestAddressed_OrdersThatNobodyPays(t *testing.T) {
	t.Parallel()
	m := unsolicited(t, 2)
	product := m.product(50)
	guest := func(email string, kind events.NotificationKind) (string, bool) {
		t.Helper()
		order, _ := m.guest(email, one(product))
		if kind == events.OrderCancellation {
			m.must(events.CancelOrder.New(order, events.OrderReason{}).AskedBy(m.clerk))
		}
		return m.claims(events.NotificationClaim{Kind: kind, CustomerID: order, OrderID: order})
	}
	id, _, _ := m.welcomed("gil@example.com")
	customer := func() bool {
		t.Helper()
		order := m.order(shopper(id), one(product))
		_, may := m.claims(events.NotificationClaim{Kind: events.OrderReminder, CustomerID: id, OrderID: order})
		return may
	}
	var got []bool
	add := func(_ string, may bool) { got = append(got, may) }
	add(guest("gil+x@example.com", events.OrderReminder))
	add("", customer())
	withheld, may := guest("GIL@example.com", events.OrderCancellation)
	add("", may)
	add("", customer())
	add(guest("eve@example.com", events.OrderReminder))
	m.exec(`update customer set email_verified = true where id = $1`, id)
	add("", customer())
	paid, payer := m.guest("gil@example.com", one(product))
	payment := m.pay(payer, paid)
	m.must(said(payment, events.AuthorizeStep, events.PaymentAuthStatus))
	m.must(said(payment, events.CaptureStep, events.PaymentCapturedStatus))
	add(m.claims(events.NotificationClaim{Kind: events.OrderConfirmation, CustomerID: paid, OrderID: paid}))
	if d := cmp.Diff([]bool{true, true, false, false, true, true, true}, got); d != "" {
		t.Errorf("go out (-want +got):\n%s", d)
	}
	n, err := getNotification(t.Context(), m.store, events.Received[events.Lookup]{Data: events.Lookup{ID: withheld}})
	if err != nil {
		t.Fatal(err)
	}
	again := events.NotificationClaim{Kind: n.Kind, CustomerID: n.CustomerID, OrderID: n.OrderID, Token: "a", LeaseSeconds: 60, Again: true}
	m.must(events.ClaimNotification.New(withheld, again).AskedBy(m.clerk))
}

// Whoever places orders in others' names, and takes them back or leaves them, has nobody written to who was not told of the order before: neither by themselves, nor
// by a mail that was not sent. What staff cancel is told, and what was paid for.
func TestAddressed_NobodyIsToldFirstThatAnOrderIsOver(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product := m.product(50)
	mails := func(order string, kind events.NotificationKind) string {
		return code(m.do(events.ClaimNotification.New(events.NewID(), events.NotificationClaim{
			Kind: kind, CustomerID: order, OrderID: order, Token: "t", LeaseSeconds: 60,
		})))
	}
	order := func(email string, mailed bool) (string, events.Principal) {
		t.Helper()
		order, by := m.guest(email, one(product))
		if mailed {
			if got := mails(order, events.OrderReminder); got != "" {
				t.Fatalf("the reminder: %q", got)
			}
		}
		return order, by
	}
	cancelled := func(email string, mailed bool) string {
		order, by := order(email, mailed)
		m.must(events.CancelOrder.New(order, events.OrderReason{}).AskedBy(by))
		return order
	}
	expired := func(email string, mailed bool) string {
		order, _ := order(email, mailed)
		m.elapse(order)
		m.must(expire(order))
		return order
	}
	byStaff, _ := order("sue@example.com", false)
	m.must(events.CancelOrder.New(byStaff, events.OrderReason{}).AskedBy(m.clerk))
	paid, payer := order("pat@example.com", false)
	payment := m.pay(payer, paid)
	m.must(said(payment, events.AuthorizeStep, events.PaymentAuthStatus))
	m.must(said(payment, events.CaptureStep, events.PaymentCapturedStatus))
	m.must(events.CancelOrder.New(paid, events.OrderReason{}).AskedBy(m.clerk))
	failed := cancelled("eve@example.com", true)
	m.exec(`update notification set status = 'failed', reason = '550' where order_id = $1`, failed)
	got := map[string]string{
		"cancelled":                     mails(cancelled("gil@example.com", false), events.OrderCancellation),
		"cancelled, told before":        mails(cancelled("gil@example.com", true), events.OrderCancellation),
		"cancelled, not reached before": mails(failed, events.OrderCancellation),
		"cancelled by staff":            mails(byStaff, events.OrderCancellation),
		"cancelled when it was paid":    mails(paid, events.OrderCancellation),
		"expired":                       mails(expired("ann@example.com", false), events.OrderExpiry),
		"expired, told before":          mails(expired("ann@example.com", true), events.OrderExpiry),
		"of a customer, cancelled at once": func() string {
			by := m.buyer()
			order := m.order(by, one(product))
			m.must(events.CancelOrder.New(order, events.OrderReason{}).AskedBy(by))
			return code(m.do(events.ClaimNotification.New(events.NewID(), events.NotificationClaim{
				Kind: events.OrderCancellation, CustomerID: by.ID, OrderID: order, Token: "t", LeaseSeconds: 60,
			})))
		}(),
	}
	want := map[string]string{
		"cancelled": "order_state", "cancelled, told before": "", "cancelled, not reached before": "order_state", "cancelled by staff": "",
		"cancelled when it was paid": "", "expired": "order_state", "expired, told before": "", "of a customer, cancelled at once": "",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Of many mails at one moment, on two replicas and in any batches, no more go out than of those that come one after another.
func TestAddressed_ManyAtOnce(t *testing.T) {
	t.Parallel()
	m := unsolicited(t, 5)
	stores := []*inbox.Store{m.store, m.replica(func(o *inbox.Options) { o.Limits = m.store.Limits })}
	for range 4 { // else it is seldom that two look at the same moment
		mailbox, orders := events.NewID(), make([]string, 12)
		for i := range orders {
			orders[i], _ = m.guest(mailbox+"+"+string(rune('a'+i))+"@example.com", one(m.product(1)))
		}
		n := 0
		for _, sending := range atOnce(len(orders), func(i int) bool {
			mail := events.NewID()
			e := m.command(events.ClaimNotification.New(mail, events.NotificationClaim{
				Kind: events.OrderReminder, CustomerID: orders[i], OrderID: orders[i], Token: events.NewID(), LeaseSeconds: 60,
			}))
			if err := stores[i%2].Apply(t.Context(), e); err != nil {
				t.Error(err)
			}
			return m.outcome(stores[i%2], e).Type == events.NotificationClaimed.Type()
		}) {
			if sending {
				n++
			}
		}
		if n != 5 {
			t.Errorf("%d mails went to one mailbox", n)
		}
	}
}

// Each kind of mail is bounded where its reader may be anybody. These cannot be: they are about what is paid, or to staff.
func TestAddressed_EveryMailIsBoundedOrToNoStranger(t *testing.T) {
	t.Parallel()
	want := []string{
		string(events.OrderConfirmation), string(events.PartCancelledMail), string(events.OrderShipment), string(events.OrderArrival), string(events.RefundNotice),
		string(events.ReturnRequestMail), string(events.ReturnApproval), string(events.ReturnRefusal), string(events.ReturnReceipt),
		string(events.InvitationMail), string(events.LowStockMail),
	}
	var got []string
	for _, kind := range eventstest.Constants(t, "NotificationKind") {
		if !domain.MayBeUnproven(events.NotificationKind(kind)) {
			got = append(got, kind)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("are not bounded (-want +got):\n%s", d)
	}
}
