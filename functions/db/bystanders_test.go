package db

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
)

// others is how many orders wait for their payment beside what is looked at.
const others = 50

// What a command reads does not grow with what others have in the shop: no statement looks through their orders, payments or carts to find its own.
func TestACommandReadsNothingOfOthers(t *testing.T) {
	t.Parallel()
	asked := &statementsAsked{}
	m := newMarket(t, traced(t, asked))
	product, boss := m.product(1_000_000), staff(m.hire("boss@example.com", events.OwnerRole))
	for _, step := range m.lives(product, m.buyer(), boss, 1, others) {
		m.succeedTogether(step)
	}
	m.exec("analyze") // Postgres knows a quiet hour, and none of the crowd after it
	var crowd []events.Outgoing
	for range others {
		crowd = append(crowd, events.PlaceOrder.New(events.NewID(), one(product)).AskedBy(m.buyer()))
	}
	m.succeedTogether(crowd)
	asked.args = map[string][]any{}
	for _, step := range m.lives(product, m.buyer(), boss, 0, 1) {
		m.succeedTogether(step)
	}
	for _, sql := range slices.Sorted(maps.Keys(asked.args)) {
		for _, found := range m.readInVain(sql, asked.args[sql]) {
			t.Errorf("%s\nin\n%s", found, sql)
		}
	}
}

// Who names no customer has no order looked at, by whatever index Postgres would find those that wait: here by none.
func TestUnpaidOrdersOfNobodyAreNotLookedFor(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product := m.product(1_000_000)
	for range others {
		m.order(m.buyer(), one(product))
	}
	m.exec(`drop index "orders: of a customer"`)
	m.exec(`drop index "orders: in a state"`)
	if found := m.readInVain("select "+unpaidOrders("1"), []any{[]string{}}); found != nil {
		t.Error(found)
	}
}

// readInVain carries a select out once more, as on tables where a row is dear, by the plan that serves whatever is asked, and tells where it
// throws away rows of others.
func (m *market) readInVain(sql string, args []any) []string {
	m.t.Helper()
	ctx := m.t.Context()
	tx, err := m.owner.Begin(ctx)
	if err != nil {
		m.t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	for _, s := range []string{"set local cpu_tuple_cost = 1000", "set local cpu_index_tuple_cost = 1000", "set local plan_cache_mode = force_generic_plan", "prepare asked as " + sql} {
		if _, err := tx.Exec(ctx, s, pgx.QueryExecModeSimpleProtocol); err != nil {
			m.t.Fatalf("%v: %s", err, sql)
		}
	}
	var parameters []string
	for i := range args {
		parameters = append(parameters, "$"+strconv.Itoa(i+1))
	}
	execute := "explain (analyze, format json) execute asked"
	if len(args) > 0 {
		execute += " (" + strings.Join(parameters, ", ") + ")"
	}
	var plans []struct{ Plan planNode }
	var text string
	if err := tx.QueryRow(ctx, execute, append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...).Scan(&text); err != nil {
		m.t.Fatalf("%v: %s", err, sql)
	}
	if _, err := tx.Exec(ctx, "deallocate asked"); err != nil {
		m.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		m.t.Fatal(err)
	}
	return plans[0].Plan.thrownAway()
}

// planNode is what is read here of a step of a plan.
type planNode struct {
	Kind    string     `json:"Node Type"`
	Table   string     `json:"Relation Name"`
	Removed float64    `json:"Rows Removed by Filter"` // of each of its loops
	Loops   float64    `json:"Actual Loops"`
	Plans   []planNode `json:"Plans"`
}

func (n planNode) thrownAway() (found []string) {
	if n.Removed*n.Loops >= others/2 {
		found = append(found, fmt.Sprintf("%s of %s: %.0f rows are read for nothing", n.Kind, n.Table, n.Removed*n.Loops))
	}
	for _, step := range n.Plans {
		found = append(found, step.thrownAway()...)
	}
	return found
}

// statementsAsked remembers each select of transactions with the parameters that it had last.
type statementsAsked struct {
	mu   sync.Mutex
	args map[string][]any
}

func (s *statementsAsked) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range data.Batch.QueuedQueries {
		if s.args != nil && strings.HasPrefix(strings.TrimSpace(q.SQL), "select") {
			s.args[q.SQL] = q.Arguments
		}
	}
	return ctx
}

func (*statementsAsked) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (*statementsAsked) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

func (*statementsAsked) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (*statementsAsked) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
