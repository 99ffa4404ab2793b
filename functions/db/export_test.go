package db

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// exports is all that the mart tells somebody it holds about them, page by page, as they read it.
func (m *market) exports(by events.Principal) (pages []events.CustomerExport) {
	m.t.Helper()
	for cursor := ""; ; {
		x, err := exportCustomer(m.t.Context(), m.store, events.Received[events.ExportQuestion]{Envelope: events.Envelope{By: by}, Data: events.ExportQuestion{Cursor: cursor}})
		if err != nil {
			m.t.Fatal(err)
		}
		x, err = events.ExportCustomer.Decode(m.allKeys(), must(m.keys.Encode(&x)))
		if err != nil {
			m.t.Fatal(err)
		}
		pages = append(pages, x)
		if cursor = x.NextCursor; cursor == "" {
			return pages
		}
	}
}

// untold are the places of personal values that are not told: secrets, what is kept besides (what was said, for days), and what staff note for each other.
var untold = []string{"customer.password_hash", "journal_personal.ciphertexts", "order_note.words", "what the journal tells", "a topic of commands", "a topic of events"}

// Whatever a table holds about a customer is in what they take away, and nothing about anybody else.
func TestExport_HasWhatTheTablesHold(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product := m.product(50)
	p, other := m.account(1), m.account(2)
	p.lives(product)
	p.buys(product, 1)
	other.lives(product)
	pages := m.exports(p.Principal)
	var told []string
	for _, canary := range slices.Concat(p.canaries, other.canaries) {
		if strings.Contains(spelt(pages), `"`+canary+`"`) {
			told = append(told, canary)
		}
	}
	held := 0
	for _, found := range p.reads() {
		place, canary, has := strings.Cut(found, " keeps ")
		if !has {
			place, canary, _ = strings.Cut(found, " has ")
		}
		if slices.Contains(untold, place) || place == "customer.email" || place == "email_verification.address" { // folded, and beside their ciphertexts
			continue
		}
		if held++; !slices.Contains(told, canary) {
			t.Errorf("%s, and is not in the export", found)
		}
	}
	if held < 30 {
		t.Errorf("%d personal values are held", held)
	}
	for _, canary := range other.canaries {
		if slices.Contains(told, canary) {
			t.Errorf("the export has %s of somebody else", canary)
		}
	}
	if a := pages[0].Account; len(a.Sessions) != 1 || len(a.Carts) != 1 || len(a.Carts[0].Lines) != 1 || len(a.Places) != 2 || a.StaffNotes != 1 || a.Verification == nil || a.Reset == nil {
		t.Errorf("%d log-ins, carts %v, %d places, %d notes, %v, %v", len(a.Sessions), a.Carts, len(a.Places), a.StaffNotes, a.Verification, a.Reset)
	}
}

// spelt is the personal values of pages in clear, each in quotes.
func spelt(pages []events.CustomerExport) string {
	var all strings.Builder
	for _, x := range pages {
		for _, value := range personalIn(reflect.ValueOf(x)) {
			fmt.Fprintf(&all, "%q ", value.Plaintext())
		}
	}
	return all.String()
}

// Many orders come in many pages, each once; somebody who is suspended reads them, somebody who is erased does not, and nobody else's cursor is taken.
func TestExport_GoesPageByPage(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(1), m.buyer()
	m.exec(`insert into orders (id, version, created_at, updated_at, customer_id, status, amount, currency, pay_by, expires_at, email, customer_name, shipping)
		select gen_random_uuid(), 1, now(), now(), $1, 'cancelled', 1, 'USD', now(), now(), '', '', '{"country": "DE"}' from generate_series(1, $2)`, buyer.ID, 2*exportLimit+7)
	m.exec(`insert into order_history (order_id, version, status, at, by_type, by_id, note) select id, 1, 'cancelled', now(), 'system', '', '' from orders`)
	m.exec(`insert into order_line (order_id, position, product_id, sku, name, amount, quantity) select id, 1, $1, 's', 'n', 1, 1 from orders`, product)
	m.must(events.SetCustomerStatus.New(buyer.ID, events.CustomerStatusChange{Status: events.AccountDisabled}))
	var counts []int
	seen := map[string]bool{}
	for i, x := range m.exports(buyer) {
		if counts = append(counts, len(x.Orders)); (x.Account != nil) != (i == 0) {
			t.Errorf("the account is on page %d: %v", i, x.Account != nil)
		}
		for _, o := range x.Orders {
			seen[o.ID] = true
		}
	}
	if diff := cmp.Diff([]int{exportLimit, exportLimit, 7}, counts); diff != "" || len(seen) != 2*exportLimit+7 {
		t.Errorf("%d orders (-want +got):\n%s", len(seen), diff)
	}
	ask := func(by events.Principal, cursor string) string {
		_, err := exportCustomer(t.Context(), m.store, events.Received[events.ExportQuestion]{Envelope: events.Envelope{By: by}, Data: events.ExportQuestion{Cursor: cursor}})
		problem, _ := errors.AsType[*events.Problem](err)
		return code(events.OperationState{Problem: problem})
	}
	for _, cursor := range []string{"x", "a.b", "a.-.-", "-.-.-.-", "..x"} {
		if got := ask(buyer, cursor); got != "invalid" {
			t.Errorf("%q: %q", cursor, got)
		}
	}
	if got := ask(m.clerk, ""); got != "not_found" {
		t.Errorf("staff: %q", got)
	}
	m.must(events.EraseCustomer.New(buyer.ID, events.Deletion{ExpectedVersion: 2}))
	if got := ask(buyer, ""); got != "not_found" {
		t.Errorf("erased: %q", got)
	}
}
