package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// cart is what somebody thinks of ordering. One that is too old is forgotten, and its deadline with it.
var cart = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.OpenCart, needsOfCart, domain.OpenCart),
		inbox.Decide(events.SetCartLine, func(c events.Received[events.CartLineSetting]) inbox.Needs {
			n := needsOfCart(c)
			n[productReadOnly], n[stockReadOnly] = []string{c.Data.ProductID}, []string{c.Data.ProductID}
			return n
		}, domain.SetCartLine, domain.CartLineSetting),
		inbox.Decide(events.RemoveCartLine, needsOfCart, domain.RemoveCartLine),
		inbox.Decide(events.DeleteCart, needsOfCart, domain.DeleteCart),
		inbox.Decide(events.OrderCart, func(c events.Received[events.CartOrder]) inbox.Needs {
			order := c.Envelope
			order.Subject = domain.CartOrderID(domain.ID(c.Subject))
			return rowAnd(cartByID, c.Subject, cartNeeds(order, c.Data.Cart))
		}, domain.OrderCart, domain.CartOrder),
		inbox.Decide(events.OrderAsGuest, func(c events.Received[events.GuestCartOrder]) inbox.Needs {
			order := c.Envelope
			order.Subject = domain.CartOrderID(domain.ID(c.Subject))
			return rowAnd(cartByID, c.Subject, guestNeeds(order, c.Data.GuestCart))
		}, domain.OrderAsGuest, domain.GuestCartOrder),
		inbox.Decide(events.ClaimCart, needsOfCart, domain.ClaimCart),
	},
	Tables:    []inbox.Table{cartTable},
	Queries:   []inbox.Query{inbox.Answer(events.GetCart, getCart)},
	Refusals:  map[string]*events.Problem{"a customer has one open cart": domain.CartExists, "a cart has one row": domain.CartExists},
	Deadlines: map[string]inbox.Due{domain.CartDeadline: cartDue},
	Purge: `with gone as (
			delete from cart where id in (select id from cart where expires_at < now() limit $1 for update skip locked) returning id
		)
		delete from deadline d using gone where d.kind = 'cart' and d.subject = gone.id`,
}

// How carts are found.
var (
	cartByID       = inbox.ByKey("cart", domain.Carts)
	cartOfCustomer = inbox.Through("open cart of a customer")
)

// needsOfCart is a cart, and the one that the customer who asks has. What is in them is read with them.
func needsOfCart[T any](c events.Received[T]) inbox.Needs {
	n := inbox.Needs{cartByID: {c.Subject}}
	if c.By.Type == events.Shopper {
		n[cartOfCustomer] = []string{c.By.ID}
	}
	return n
}

// inCarts are the products in carts that are found by the n-th parameter and the one behind it.
func inCarts(n, behind string) string {
	return `array(select (l ->> 'productId')::uuid from cart k cross join lateral jsonb_array_elements(k.lines) l where k.id = any($` + n + `::uuid[] || ` + cartsOf(behind) + `))`
}

// cartsOf are the open carts of customers, the n-th parameter.
func cartsOf(n string) string {
	return `array(select o.id from cart o where o.customer_id = any($` + n + `::uuid[]) and o.status = 'open')`
}

const cartColumns = `k.id::text, k.version, k.created_at, k.updated_at, coalesce(k.customer_id::text, ''), k.status, coalesce(k.order_id::text, ''), k.expires_at, k.secret_hash, k.abandon_at`

var cartTable = inbox.Table{
	Writes: []string{"cart"},
	Take: inbox.Statement{
		SQL: `select ` + cartColumns + `, k.lines::text from cart k where k.id = any($1::uuid[] || ` + cartsOf("2") + `) order by k.id for no key update of k`,
		By:  []*inbox.Need{cartByID, cartOfCustomer},
	},
	Load: inbox.Loads(domain.Carts, scanCart, func(k domain.StoredCart) string { return k.ID }),
	Save: func(_ inbox.Moment, rows *domain.Rows) []pg.Write {
		return inbox.Saves(cartSet, domain.Carts.Changes(rows), func(k domain.StoredCart) int64 { return k.Version })
	},
}

var cartSet = pg.SetOf("cart", []pg.Column[domain.StoredCart]{
	pg.Col("id", "uuid", func(k domain.StoredCart) string { return k.ID }),
	pg.Col("version", "bigint", func(k domain.StoredCart) int64 { return k.Version }),
	pg.Col("created_at", "timestamptz", func(k domain.StoredCart) time.Time { return k.CreatedAt }),
	pg.Col("updated_at", "timestamptz", func(k domain.StoredCart) time.Time { return k.UpdatedAt }),
	pg.Col("customer_id", "uuid", func(k domain.StoredCart) *string { return pg.OrNull(k.CustomerID) }),
	pg.Col("secret_hash", "text", func(k domain.StoredCart) string { return k.SecretHash }),
	pg.Col("status", "text", func(k domain.StoredCart) string { return string(k.Status) }),
	pg.Col("lines", "text", func(k domain.StoredCart) string { return asJSON(k.Lines) }).As("c.lines::jsonb"),
	pg.Col("order_id", "uuid", func(k domain.StoredCart) *string { return pg.OrNull(k.OrderID) }),
	pg.Col("expires_at", "timestamptz", func(k domain.StoredCart) time.Time { return k.ExpiresAt }),
	pg.Col("abandon_at", "timestamptz", func(k domain.StoredCart) *time.Time { return nullIfZero(k.AbandonAt) }),
}, "version", "updated_at", "customer_id", "secret_hash", "status", "lines", "order_id", "expires_at", "abandon_at")

func scanCart(row pgx.CollectableRow) (k domain.StoredCart, err error) {
	var lines string
	err = row.Scan(&k.ID, &k.Version, &k.CreatedAt, &k.UpdatedAt, &k.CustomerID, &k.Status, &k.OrderID, &k.ExpiresAt, &k.SecretHash, (*utcTime)(&k.AbandonAt), &lines)
	if err != nil {
		return k, err
	}
	utc(&k.Meta)
	k.ExpiresAt = k.ExpiresAt.UTC()
	if err = json.Unmarshal([]byte(lines), &k.Lines); err != nil {
		return k, fmt.Errorf("read the lines of cart %s: %w", k.ID, err)
	}
	return k, nil
}

// linesNow are a cart's lines with what their products are at this moment.
const linesNow = `coalesce((
	select json_agg(l.line || case when p.id is null then '{}' else jsonb_build_object('now', jsonb_build_object('name', p.name,
		'unitPrice', jsonb_build_object('amount', p.amount, 'currency', p.currency), 'available', s.on_hand - s.reserved,
		'sku', p.sku, 'options', p.options, 'imageUrl', p.image_url)) end order by l.place)
	from jsonb_array_elements(k.lines) with ordinality l (line, place)
		left join (product p join stock s on s.product_id = p.id) on p.id = (l.line ->> 'productId')::uuid and p.deleted_at is null and p.status = 'published'
)::text, '[]')`

// getCart answers with a cart as it is now, to whoever may open it. A customer's is theirs that is open, unless another is asked for. Error: Problem
// not_found.
func getCart(ctx context.Context, s *inbox.Store, e events.Received[events.CartLookup]) (events.CartState, error) {
	id, where := e.Data.ID, `k.id = $1`
	if id == "" && e.By.Type == events.Shopper {
		id, where = e.By.ID, `k.customer_id = $1 and k.status = 'open'`
	}
	found, err := inbox.AtLeast(ctx, s, "cart", id, e.Data.MinVersion, func() (events.CartState, int64, error) {
		rows, err := s.Reads.Query(ctx, `select `+cartColumns+`, `+linesNow+` from cart k where `+where+` and not `+barredOwner("k"), id)
		if err != nil {
			return events.CartState{}, 0, err
		}
		k, err := pgx.CollectExactlyOneRow(rows, scanCart)
		if err == nil && (!k.OpenedBy(e.By, e.Data.CartKey) || !k.There(s.Now())) {
			err = pgx.ErrNoRows
		}
		return k.CartState, k.Version, err
	})
	if errors.Is(err, events.NotFound("cart", id)) {
		err = domain.NoCart(id)
	}
	return found, err
}

// cartDue says that a cart was left alone, with what its products are by then. It is due once.
func cartDue(ctx context.Context, tx *pg.Tx, subject string, _ time.Time) (message events.Outgoing, again time.Time, err error) {
	rows, err := tx.Query(ctx, `select `+cartColumns+`, `+linesNow+` from cart k where k.id = $1 and k.status = 'open' and k.lines <> '[]'`, subject)
	if err != nil {
		return message, again, err
	}
	k, err := pgx.CollectExactlyOneRow(rows, scanCart)
	return events.CartAbandoned.New(subject, k.CartState), again, err
}
