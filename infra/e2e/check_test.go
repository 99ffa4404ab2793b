package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/dbtest"
	"github.com/onlinemart/mart/infra/client"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// canaryName is in every address of a storm and must be nowhere in clear but in the database.
const canaryName = "Canary Zwitscher"

// mustHold waits until everything has come to rest and fails for whatever is not as it must be.
func (s *storm) mustHold(t *testing.T) {
	t.Helper()
	for _, v := range s.violations(time.Minute) {
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
	found := restless(s.ctx, conn, rest)
	found = append(found, dbtest.Invariants(s.ctx, conn)...)
	for what, check := range map[string]func(context.Context, *pgx.Conn) ([]string, error){
		"topics": s.checkTopics, "provider": s.checkProvider, "mailbox": s.checkMails, "goods": s.checkReceived,
	} {
		more, err := check(s.ctx, conn)
		if err != nil {
			more = append(more, fmt.Sprintf("%s: could not check: %v", what, err))
		}
		found = append(found, more...)
	}
	return found
}

// restless waits for the database to come to rest, at most so long, and tells what has not.
func restless(ctx context.Context, conn *pgx.Conn, patience time.Duration) []string {
	deadline := time.Now().Add(patience)
	for {
		found := dbtest.AtRest(ctx, conn)
		if len(found) == 0 || time.Now().After(deadline) || ctx.Err() != nil {
			return found
		}
		time.Sleep(50 * time.Millisecond) // a poll with a deadline
	}
}

// records reads all topics to their present ends.
func (s *storm) records(ctx context.Context) ([]*kgo.Record, error) {
	return s.recordsOf(ctx, events.Topics()...)
}

func (s *storm) recordsOf(ctx context.Context, topics ...string) ([]*kgo.Record, error) {
	from := s.line.from(topics...)
	reader, err := kgo.NewClient(kgo.SeedBrokers(s.own.Kafka...), kgo.ConsumePartitions(from), kgo.FetchMaxBytes(16<<20))
	if err != nil {
		return nil, fmt.Errorf("read the topics: %w", err)
	}
	defer reader.Close()
	ends, err := kadm.NewClient(reader).ListEndOffsets(ctx, topics...)
	if err = errors.Join(err, ends.Error()); err != nil {
		return nil, fmt.Errorf("read the topics' ends: %w", err)
	}
	left := int64(0)
	ends.Each(func(o kadm.ListedOffset) { left += o.Offset - max(0, from[o.Topic][o.Partition].EpochOffset().Offset) })
	var all []*kgo.Record
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for int64(len(all)) < left {
		fetched := reader.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("read the topics: %d of %d records: %w", len(all), left, err)
		}
		all = append(all, fetched.Records()...)
	}
	return all, nil
}

func header(r *kgo.Record, name string) string {
	for _, h := range r.Headers {
		if h.Key == name {
			return string(h.Value)
		}
	}
	return ""
}

// carriedOutAndRefused is what a buyer sees as an error about something that was done all the same.
const carriedOutAndRefused = "a command was carried out and refused"

func refuses(kind string) bool {
	return strings.HasSuffix(kind, ".rejected.v1") || strings.HasSuffix(kind, ".failed.v1")
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

// checkTopics: every accepted command has exactly one outcome, every outcome is of a command, the same event is always the same bytes.
func (s *storm) checkTopics(ctx context.Context, conn *pgx.Conn) (found []string, err error) {
	records, err := s.records(ctx)
	if err != nil {
		return nil, err
	}
	decided := map[string]int{}
	rows, err := conn.Query(ctx, "select id, results = '[]' from inbox")
	if err != nil {
		return nil, err
	}
	var id string
	var silent bool // what changes nothing, such as a claim that came second, has nothing to say
	quiet := map[string]bool{}
	if _, err := pgx.ForEachRow(rows, []any{&id, &silent}, func() error {
		id, _, _ := strings.Cut(id, "#") // without the inbox, each delivery of a command has a row of its own
		quiet[id] = silent
		if decided[id]++; decided[id] == 2 {
			found = append(found, fmt.Sprintf("the command %s was carried out more than once", id))
		}
		return nil
	}); err != nil {
		return nil, err
	}
	said, outcomes := map[string][]byte{}, map[string]map[bool]string{} // outcomes by command, and by whether they refuse it
	commands := map[string]string{}
	for _, r := range records {
		id, kind := header(r, "ce_id"), header(r, "ce_type")
		switch {
		case r.Topic == events.DeadLetterTopic:
			found = append(found, fmt.Sprintf("a dead letter: %s %s: %s", kind, id, header(r, "ce_knativeerrordata")))
		case strings.HasSuffix(r.Topic, ".commands"):
			commands[id] = kind
		default:
			if before, twice := said[id]; twice && !bytes.Equal(before, r.Value) {
				found = append(found, fmt.Sprintf("%s %s was published with two contents", kind, id))
			}
			said[id] = r.Value
			cause := header(r, "ce_causationid")
			if outcomes[cause] == nil {
				outcomes[cause] = map[bool]string{}
			}
			outcomes[cause][refuses(kind)] = kind
		}
	}
	for id, kind := range commands {
		if both := outcomes[id]; len(both) == 2 {
			found = append(found, fmt.Sprintf("%s: %s %s: %s and %s", carriedOutAndRefused, kind, id, both[false], both[true]))
		}
		if decided[id] == 0 {
			found = append(found, fmt.Sprintf("the command %s %s was accepted and has no outcome", kind, id))
		} else if outcomes[id] == nil && !quiet[id] {
			found = append(found, fmt.Sprintf("the outcome of %s %s is not in the topics", kind, id))
		}
	}
	return found, nil
}

// checkProvider: what the provider took and did not give back is what paid orders cost, once each.
func (s *storm) checkProvider(ctx context.Context, conn *pgx.Conn) (found []string, err error) {
	var owed int64
	if err := conn.QueryRow(ctx, "select coalesce(sum(amount), 0) from orders where status in ('paid', 'fulfilled', 'delivered')").Scan(&owed); err != nil {
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

// checkMails: one distinct mail about each paid order.
func (s *storm) checkMails(ctx context.Context, conn *pgx.Conn) (found []string, err error) {
	rows, err := conn.Query(ctx, "select id from orders where status = 'paid'")
	if err != nil {
		return nil, err
	}
	paid, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	numbers := map[string]bool{}
	for _, id := range paid {
		o, err := client.Get[client.Order](ctx, s.owner, "/orders/"+id)
		if err != nil {
			return nil, err
		}
		numbers[o.Number] = true
	}
	mails := map[string]map[string]bool{}
	for _, b := range s.buyers {
		all, err := s.mail.Mails(ctx, b.email)
		if err != nil {
			return nil, err
		}
		for _, m := range all {
			for word := range strings.FieldsSeq(m.Subject) {
				if word = strings.Trim(word, ".,:()"); numbers[word] {
					if mails[word] == nil {
						mails[word] = map[string]bool{}
					}
					mails[word][m.MessageID] = true
				}
			}
		}
	}
	for number := range numbers {
		if len(mails[number]) != 1 {
			found = append(found, fmt.Sprintf("%d distinct mails about order %s, want one", len(mails[number]), number))
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
	canaries := []string{canaryName, "1 Harbour Street", "1100-148", "Ada Buyer"}
	for _, b := range s.buyers {
		canaries = append(canaries, b.email)
	}
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

// cardNumber finds 13 to 19 digits in a row that pass Luhn's check.
func cardNumber(content []byte) string {
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
