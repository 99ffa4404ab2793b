package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/dbtest"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/twmb/franz-go/pkg/kadm"
)

// twoDays is longer than any payment provider knows a request again.
const twoDays = 48 * time.Hour

// mustHoldLate is the closing round of a storm. The mart stops, all consumer groups go back to the beginning, as when their offsets are lost
// or every KafkaSource is made anew, and two days go by at the provider, which forgets its idempotency keys; then everything is delivered
// again. Nothing may move: not the provider's account, not a row, not the mailbox.
func (s *storm) mustHoldLate(t *testing.T) {
	t.Helper()
	before := s.picture(t)
	s.reopen(t, allTopics)
	s.sameAs(t, before)
	s.mustHold(t)
}

// Whatever can become of a payment and of a mail, and then all of it once more: first all records, then, as when dead letters are sent again
// after a month, the events alone, with nothing left in the inbox by which their commands would be known again.
func TestStormEverythingComesAgain(t *testing.T) {
	s := newStorm(t, 20, func(*laptop.Config) {})
	s.manyEnds(t)
	s.awaitDelivered(t)
	before := s.picture(t)
	s.reopen(t, allTopics)
	s.sameAs(t, before)
	conn, err := connect(s.ctx, s.own.Database.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(s.ctx) }()
	now, err := s.settled(conn, restPatience)
	if err != nil {
		t.Fatal(err)
	}
	broken, err := s.checkTopics(s.ctx, conn, now)
	for _, b := range append(broken, dbtest.Invariants(s.ctx, conn)...) {
		t.Error(b)
	}
	_, cleared := conn.Exec(s.ctx, "delete from inbox")
	if err := errors.Join(err, cleared); err != nil {
		t.Fatal(err)
	}
	s.reopen(t, ofEvents)
	s.sameAs(t, before)
}

// manyEnds brings a payment to each end that it can have.
func (s *storm) manyEnds(t *testing.T) {
	t.Helper()
	product, b := s.products[0].ID, s.buyers[0]
	pay := func(method string, statuses ...string) (client.Order, client.Payment) {
		order := b.order(s.ctx, t, product, 1)
		return order, b.pay(s.ctx, t, order.ID, method, statuses...)
	}
	for _, method := range []string{"pm_card_visa", "pm_test_cutAfterCharge", "pm_test_errorAfterCapture"} {
		pay(method, "captured")
	}
	pay("pm_card_chargeDeclined", "declined")

	_, parts := pay("pm_card_visa", "captured")
	for range 2 {
		a := send(s.ctx, t, s.owner, http.MethodPost, "/payments/"+parts.ID+"/refunds", map[string]any{"amount": client.Money{Amount: 500, Currency: parts.Amount.Currency}, "reason": "a scratch"}, client.NewKey())
		answered(t, a, http.StatusCreated)
	}
	cancelled, _ := pay("pm_card_visa", "captured")
	b.status(s.ctx, t, cancelled.ID, "paid")
	cancellation := map[string]any{"reason": "out of business"}
	answered(t, send(s.ctx, t, s.owner, http.MethodPost, "/orders/"+cancelled.ID+"/cancellation", cancellation, client.NewKey()), http.StatusOK)
	abandoned, _ := pay("pm_card_authenticationRequired", "requires_action")
	answered(t, send(s.ctx, t, b.Client, http.MethodPost, "/orders/"+abandoned.ID+"/cancellation", map[string]any{}, client.NewKey()), http.StatusOK)

	for _, word := range []string{cancelled.Number + " is cancelled", "refund for order " + cancelled.Number, "Welcome"} {
		if _, err := s.mail.AwaitMail(s.ctx, b.email, func(m client.Mail) bool { return strings.Contains(m.Subject, word) }); err != nil {
			t.Fatalf("a mail about %q: %v", word, err)
		}
	}
	refunds := 0
	for _, m := range s.own.Payments.Ledger().Movements {
		if m.Kind == "refund" {
			refunds++
		}
	}
	if refunds != 3 {
		t.Errorf("%d refunds, want 3", refunds)
	}
}

// picture is all that a late delivery could move.
type picture struct {
	Rows  map[string][]string // by table
	Money []string            // the provider's movements
	Mails []string
}

// fleeting are the tables that say how far the work is, or who has logged in. The journal grows with whatever is decided.
var fleeting = []string{"inbox", "outbox", "deadline", "session", "refresh_token", "login_account", "login_place", "network_tries", "goose_db_version"}

func (s *storm) picture(t *testing.T) (p picture) {
	t.Helper()
	conn, err := connect(s.ctx, s.own.Database.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(s.ctx) }()
	if p.Rows, err = allRows(s.ctx, conn); err != nil {
		t.Fatal(err)
	}
	for _, m := range s.own.Payments.Ledger().Movements {
		p.Money = append(p.Money, fmt.Sprintf("%s %s %s %d", m.Kind, m.Intent, m.Refund, m.Amount))
	}
	for _, b := range s.buyers {
		mails, err := s.mail.Mails(s.ctx, b.email)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mails {
			p.Mails = append(p.Mails, b.email+" "+m.MessageID)
		}
	}
	slices.Sort(p.Mails)
	return p
}

func allRows(ctx context.Context, conn *pgx.Conn) (map[string][]string, error) {
	named, err := conn.Query(ctx, "select table_name::text from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'")
	if err != nil {
		return nil, err
	}
	tables, err := pgx.CollectRows(named, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	all := map[string][]string{}
	for _, table := range tables {
		if slices.Contains(fleeting, table) || strings.HasPrefix(table, "journal") { // what is asked again with nothing left of it is decided again
			continue
		}
		rows, err := conn.Query(ctx, "select row_to_json(t)::text from "+pgx.Identifier{table}.Sanitize()+" t order by 1")
		if err != nil {
			return nil, err
		}
		if all[table], err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// sameAs fails for whatever has moved since. It says how much there was to move: a picture of nothing proves nothing.
func (s *storm) sameAs(t *testing.T, before picture) {
	t.Helper()
	if d := cmp.Diff(before, s.picture(t)); d != "" {
		t.Errorf("everything was delivered again two days later, and not all is as it was (-before +after):\n%s", d)
	}
	if len(before.Money) == 0 || len(before.Rows["orders"]) == 0 || len(before.Mails) == 0 {
		t.Errorf("there was nothing to move: %d movements at the provider, %d orders, %d mails", len(before.Money), len(before.Rows["orders"]), len(before.Mails))
	}
	t.Logf("delivered again after two days: %d orders, %d movements at the provider, %d mails", len(before.Rows["orders"]), len(before.Money), len(before.Mails))
}

func allTopics(string) bool { return true }

// ofEvents is the topics of what db has said.
func ofEvents(topic string) bool {
	return !events.IsCommandTopic(topic) && !events.IsReplayTopic(topic)
}

// reopen stops the mart, sets its groups back in the topics that are meant, and opens it again two days later. It returns when all that there
// is to deliver has been delivered; only then can the owner log in, for what a log-in has decided waits behind all that is delivered again.
func (s *storm) reopen(t *testing.T, topics func(string) bool) {
	t.Helper()
	s.stop(t)
	if err := s.atKafka(func(ctx context.Context, admin *kadm.Client) error { return s.setBack(ctx, admin, topics) }); err != nil {
		t.Fatal(err)
	}
	c := s.cfg
	s.ahead += twoDays
	c.ProviderAhead, c.Settings = s.ahead, map[events.Function]map[string]string{}
	maps.Copy(c.Settings, s.cfg.Settings)
	for _, f := range []events.Function{events.Payment, events.Notification} { // to them, all that was said so far is old
		c.Settings[f] = map[string]string{"EVENT_LATE_AFTER": "1ns"}
		maps.Copy(c.Settings[f], s.cfg.Settings[f])
	}
	s.start(t, c)
	s.awaitDelivered(t)
	s.enter(t)
	s.awaitDelivered(t)
}

func (s *storm) stop(t *testing.T) {
	t.Helper()
	stopping, cancel := context.WithTimeout(s.ctx, time.Minute)
	defer cancel()
	if err := s.own.Stop(stopping); err != nil {
		t.Fatal(err)
	}
}

// startAgain starts the mart that was stopped, as c has it, with the owner that it had.
func (s *storm) startAgain(t *testing.T, c laptop.Config) {
	t.Helper()
	s.start(t, c)
	s.enter(t)
}

func (s *storm) start(t *testing.T, c laptop.Config) {
	t.Helper()
	c.OwnerPassword = s.own.Owner.Password
	own, err := laptop.Start(s.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	s.own = own
}

// enter lets the suite see the mart that has been started, as its owner.
func (s *storm) enter(t *testing.T) {
	t.Helper()
	var err error
	if s.mart, err = seen(s.ctx, s.own); err != nil {
		t.Fatal(err)
	}
}
