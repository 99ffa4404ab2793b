package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/onlinemart/mart/functions/db/dbtest"
	"github.com/onlinemart/mart/infra/client"
)

// canaryName is in every address of a storm and must be nowhere in clear but in the database.
const canaryName = "Canary Zwitscher"

// mustHold waits until everything has come to rest and fails for whatever is not as it must be.
func (s *storm) mustHold(t *testing.T) {
	t.Helper()
	for _, v := range s.violations(restPatience) {
		t.Error(v)
	}
}

// violations is everything that does not hold: in the database, in the topics, at the provider, in the mailbox.
func (s *storm) violations(rest time.Duration) []string {
	conn, err := connect(s.ctx, s.own.Database.Owner)
	if err != nil {
		return []string{err.Error()}
	}
	defer func() { _ = conn.Close(s.ctx) }()
	now, err := s.settled(conn, rest)
	if err != nil {
		return append(now.undone, err.Error())
	}
	found := append(now.undone, dbtest.Invariants(s.ctx, conn)...)
	topics := func(ctx context.Context, conn *pgx.Conn) ([]string, error) { return s.checkTopics(ctx, conn, now) }
	for what, check := range map[string]func(context.Context, *pgx.Conn) ([]string, error){
		"topics": topics, "provider": s.checkProvider, "mailbox": s.checkMails, "goods": s.checkReceived, "trips": s.checkTrips,
	} {
		more, err := check(s.ctx, conn)
		if err != nil {
			more = append(more, fmt.Sprintf("%s: could not check: %v", what, err))
		}
		found = append(found, more...)
	}
	return found
}

// countedTwice is goods that the shop sells and does not have.
const countedTwice = "goods that came in were not counted once"

// checkReceived: what came in at the door is what the books say.
func (s *storm) checkReceived(ctx context.Context, conn *pgx.Conn) (found []string, err error) {
	for product, came := range s.received {
		var booked int64
		if err := conn.QueryRow(ctx, "select coalesce(sum(on_hand_delta), 0) from stock_ledger where product_id = $1 and order_id is null", product).Scan(&booked); err != nil {
			return nil, err
		}
		if booked != came {
			found = append(found, fmt.Sprintf("%s: product %s: %d came in, %d are booked", countedTwice, product, came, booked))
		}
	}
	return found, nil
}

// checkProvider: what the provider took and did not give back is what paid orders cost without what was given back of them, once each.
func (s *storm) checkProvider(ctx context.Context, conn *pgx.Conn) (found []string, err error) {
	var owed int64
	if err := conn.QueryRow(ctx, `select coalesce(sum(amount - coalesce((select sum(p.refunded) from payment p where p.order_id = orders.id), 0)), 0)
		from orders where status in ('paid', 'fulfilled', 'delivered', 'returned')`).Scan(&owed); err != nil {
		return nil, err
	}
	taken := int64(0)
	for payment, sums := range s.own.Payments.Ledger().ByPayment {
		taken += sums.Captured - sums.Refunded
		if sums.Intents > 1 {
			found = append(found, fmt.Sprintf("payment %s was charged %d times", payment, sums.Intents))
		}
	}
	if taken != owed {
		found = append(found, fmt.Sprintf("the provider holds %d, paid orders cost %d", taken, owed))
	}
	return found, nil
}

// checkMails: one distinct mail confirms each paid order.
func (s *storm) checkMails(ctx context.Context, conn *pgx.Conn) (found []string, err error) {
	rows, err := conn.Query(ctx, "select id from orders where status in ('paid', 'fulfilled', 'delivered', 'returned')")
	if err != nil {
		return nil, err
	}
	paid, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	mails, err := s.mailsByNumber(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range paid {
		o, err := client.Get[client.Order](ctx, s.owner, "/orders/"+id)
		if err != nil {
			return nil, err
		}
		if n := mails[o.Number]["Your order M"]; n != 1 {
			found = append(found, fmt.Sprintf("%d distinct mails confirm order %s, want one", n, o.Number))
		}
	}
	return found, nil
}

// noSecrets reads topics and logs back: no personal value is in clear, and nothing looks like a card's number.
func (s *storm) noSecrets(t *testing.T, log string) {
	t.Helper()
	records, err := s.records(s.ctx)
	text, readErr := os.ReadFile(log)
	if err = errors.Join(err, readErr); err != nil {
		t.Fatal(err)
	}
	canaries := append([]string{canaryName, "1 Harbour Street", "1100-148", "Ada Buyer"}, s.mailboxes()...)
	look := func(where string, content []byte) {
		for _, c := range canaries {
			if bytes.Contains(bytes.ToLower(content), []byte(strings.ToLower(c))) {
				t.Errorf("%s: %q is in clear", where, c)
			}
		}
		if card := cardNumber(content); card != "" {
			t.Errorf("%s: %s could be a card's number", where, card)
		}
	}
	for _, r := range records {
		look("topic "+r.Topic, r.Value)
		for _, h := range r.Headers {
			for _, c := range canaries {
				if bytes.Contains(h.Value, []byte(c)) {
					t.Errorf("topic %s: %q is in clear in header %s", r.Topic, c, h.Key)
				}
			}
		}
	}
	look("the log", text)
}

// traceID is 32 hexadecimal digits: one of five thousand begins with what could be a card's number, and a storm at full log level writes
// hundreds.
var traceID = regexp.MustCompile(`\b[0-9a-f]{32}\b`)

// cardNumber finds 13 to 19 digits in a row that pass Luhn's check.
func cardNumber(content []byte) string {
	content = traceID.ReplaceAll(content, nil)
	digits := func(c byte) bool { return c >= '0' && c <= '9' }
	for i := 0; i < len(content); i++ {
		j := i
		for j < len(content) && digits(content[j]) {
			j++
		}
		word := i > 0 && (content[i-1] == '-' || content[i-1]|0x20 >= 'a' && content[i-1]|0x20 <= 'z') // part of an id or of a cipher
		if n := j - i; n >= 13 && n <= 19 && !word && luhn(content[i:j]) {
			return string(content[i:j])
		}
		i = max(i, j)
	}
	return ""
}

func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
