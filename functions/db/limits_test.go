package db

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/eventstest"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// repeats are the constraints that say of a column what the declaration of a member says in its tag, or its type in its constants.
func repeats(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"a price is not negative":      atLeast[events.Money](t, "amount", "amount"),
		"a weight is not negative":     atLeast[events.ProductFields](t, "weightGrams", "weight_grams"),
		"a tax rate is not negative":   atLeast[events.TaxRateFields](t, "rate", "rate"),
		"a line has a price":           atLeast[events.Money](t, "amount", "amount"),
		"a line has a quantity":        atLeast[events.OrderItem](t, "quantity", "quantity"),
		"a currency has three letters": fmt.Sprintf("CHECK ((currency ~ '%s'::text))", tagOf[events.Money](t, "currency", "pattern")),

		"a product is draft, published or archived":  oneOf("status", strings.Split(tagOf[events.ProductFields](t, "status", "enum"), ",")...),
		"a shipping method is active or retired":     oneOf("status", eventstest.Constants(t, "ShippingStatus")...),
		"outcomes are known":                         oneOf("outcome", strings.Split(tagOf[events.JournalEntry](t, "outcome", "enum"), ",")...),
		"staff are active or disabled":               oneOf("status", eventstest.Constants(t, "AccountStatus")...),
		"customers are active or disabled":           oneOf("status", eventstest.Constants(t, "AccountStatus")...),
		"an order is in a known state":               oneOf("status", eventstest.Constants(t, "OrderStatus")...),
		"a payment is in a known state":              oneOf("status", eventstest.Constants(t, "PaymentStatus")...),
		"a cart is in a known state":                 oneOf("status", eventstest.Constants(t, "CartStatus")...),
		"a refund is in a known state":               oneOf("status", eventstest.Constants(t, "RefundStatus")...),
		"a mark of a dead letter is of a known kind": oneOf("kind", strings.Split(tagOf[events.LetterMark](t, "kind", "enum"), ",")...),
		"a dead letter stands in a known way":        oneOf("state", eventstest.Constants(t, "LetterStatus")...),
		"a mail is in a known state":                 oneOf("status", eventstest.Constants(t, "NotificationStatus")...),
	}
}

// usual are constraints that any noun may have, under whatever name.
func usual(t *testing.T) []string {
	t.Helper()
	return []string{
		atLeast[events.Meta](t, "version", "version"),
		notEmpty[events.BrandFields](t, "name"), notEmpty[events.CategoryFields](t, "name"), notEmpty[events.ProductFields](t, "name"),
	}
}

// protects are the constraints that say what no tag can: of several columns, of the form in which something is stored, of what rules hold.
var protects = []string{
	"a key is there until it is gone", "a category is not its own parent", "what is reserved is on hand", "staff addresses are folded", "customer addresses are folded",
	"staff have known roles", "nothing personal is left of a deleted customer", "nothing personal is left of a deleted address",
	"sessions are of staff and customers", "password resets are of staff and customers", "an order costs something", "an order does not end while a payment may begin",
	"a movement does what its reason says", "a movement for a part is for its order",
	"no more is delivered than was sent, nor sent than was ordered",
	"no more comes back than is claimed, nor claimed than arrived", "what is cancelled is not sent", "no more is taken than was agreed, and no more given back", "a payment's next step is known",
	"a refund gives something back", "an entry is money held, taken, let go, given back or come back", "an entry of a refund names it",
	"a mail is sent by whoever holds its lease", "who tells what a product did cost tells the lowest price, too",
	"a cart is a customer's or has a secret", "a cart is ordered as something",
	"only who has no account is written with an order",
	"goods arrive in some days, not in fewer than that", "a tax rate ends after it has begun",
	"an order costs its goods, its charges and what is added", "nothing that an order costs is negative", "the taxes in prices are no more than the prices",
	"a line carries no more tax than it costs", "what is not taxed carries no tax", "a charge carries no more tax than it is", "a charge that is not taxed carries no tax",
	"a tax is a part of what is taxed", "a refund carries no more tax than it is",
	"an erasure is looked at until it is done",
	"options are of a family",
}

// A limit is written in the declaration. What a constraint repeats of it, so that it holds for raw SQL as well, is the same.
func TestEveryConstraintSaysWhatIsDeclared(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rows, err := b.store.Reads.Query(t.Context(), `
		select conname::text, pg_get_constraintdef(oid) from pg_constraint
		where contype = 'c' and connamespace = 'public'::regnamespace and coninhcount = 0`)
	type constraint struct{ Name, Says string }
	found := must(pgx.CollectRows(rows, pgx.RowToStructByPos[constraint]))
	if err != nil {
		t.Fatal(err)
	}
	got, common := map[string]string{}, usual(t)
	for _, c := range found {
		if !slices.Contains(common, c.Says) {
			got[c.Name] = c.Says
		}
	}
	want := repeats(t)
	for _, name := range protects {
		want[name] = got[name]
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("give each constraint what it repeats, in repeats, or its name to protects (-declared +in the database):\n%s", d)
	}
}

func TestStaffHaveTheRolesThereAre(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var says string
	const ofRoles = `select pg_get_constraintdef(oid) from pg_constraint where conname = 'staff have known roles'`
	err := b.store.Reads.QueryRow(t.Context(), ofRoles).Scan(&says)
	roles := eventstest.Constants(t, "Role")
	for _, role := range roles {
		if !strings.Contains(says, "'"+role+"'") {
			t.Errorf("nobody can have the role %s: %s", role, says)
		}
	}
	if err != nil || strings.Count(says, "'")/2 != len(roles) || len(domain.Roles()) != len(roles) {
		t.Errorf("%v: there are %v and %v, and staff may have %s", err, roles, domain.Roles(), says)
	}
}

// The index that lets an order have one payment under way means by it what the rules mean.
func TestAPaymentIsUnderWayInTheIndexAsInTheRules(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var predicate string
	const ofIndex = `select pg_get_expr(indpred, indrelid) from pg_index where indexrelid = '"an order has one payment under way"'::regclass`
	if err := b.store.Reads.QueryRow(t.Context(), ofIndex).Scan(&predicate); err != nil {
		t.Fatal(err)
	}
	for _, status := range eventstest.Constants(t, "PaymentStatus") {
		for _, step := range append(eventstest.Constants(t, "PaymentStep"), "") {
			var got bool
			const values = ` from (values ($1::text, $2::text)) as p (status, step)`
			err := b.store.Reads.QueryRow(t.Context(), `select `+predicate+values, status, step).Scan(&got)
			p := domain.Payment{Status: events.PaymentStatus(status), Step: events.PaymentStep(step)}
			if err != nil || got != p.UnderWay() {
				t.Errorf("%s, next %q: %v in the index, %v by the rules: %v", status, step, got, p.UnderWay(), err)
			}
		}
	}
}

// The orders of a customer that a statement takes for unpaid are those that the rules would have paid.
func TestAnOrderIsUnpaidInStatementsAsInTheRules(t *testing.T) {
	t.Parallel()
	for _, status := range eventstest.Constants(t, "OrderStatus") {
		if in, is := strings.Contains(unpaidOrders("1"), "'"+status+"'"), domain.OrderAwaitsMoney(events.OrderStatus(status)); in != is {
			t.Errorf("%s: unpaid in SQL %v, by the rules %v", status, in, is)
		}
	}
}

// tagOf is what a declaration's tag says of a member.
func tagOf[T any](t *testing.T, member, key string) string {
	t.Helper()
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name == member && f.Tag.Get(key) != "" {
			return f.Tag.Get(key)
		}
	}
	t.Fatalf("%s declares no %s of %s", reflect.TypeFor[T](), key, member)
	return ""
}

func atLeast[T any](t *testing.T, member, column string) string {
	t.Helper()
	return fmt.Sprintf("CHECK ((%s >= %s))", column, tagOf[T](t, member, "minimum"))
}

// notEmpty is the constraint of a text of at least one character.
func notEmpty[T any](t *testing.T, member string) string {
	t.Helper()
	if least := tagOf[T](t, member, "minLength"); least != "1" {
		t.Errorf("%s has at least %s characters: its constraint must say so", member, least)
	}
	return fmt.Sprintf("CHECK ((%s <> ''::text))", member)
}

func oneOf(column string, values ...string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = "'" + v + "'::text"
	}
	return fmt.Sprintf("CHECK ((%s = ANY (ARRAY[%s])))", column, strings.Join(quoted, ", "))
}
