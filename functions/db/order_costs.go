package db

import (
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// What an order costs is written when it is placed, and never again.

// ofOrder is a thing of an order, at its place among those of its kind.
type ofOrder[T any] struct {
	thing    T
	order    string
	position int64
}

// ofOrders is what is written of orders, one after the other.
func ofOrders[T any](orders []domain.StoredOrder, of func(domain.StoredOrder) []T) (all []ofOrder[T]) {
	for _, o := range orders {
		for i, thing := range of(o) {
			all = append(all, ofOrder[T]{thing, o.ID, int64(i + 1)})
		}
	}
	return all
}

// placed is the columns of a thing of an order, after those that say of which.
func placed[T any](columns ...pg.Column[ofOrder[T]]) []pg.Column[ofOrder[T]] {
	return append([]pg.Column[ofOrder[T]]{
		pg.Col("order_id", "uuid", func(t ofOrder[T]) string { return t.order }),
		pg.Col("position", "int", func(t ofOrder[T]) int64 { return t.position }),
	}, columns...)
}

type (
	orderLine   = ofOrder[events.OrderLine]
	orderCharge = ofOrder[events.OrderCharge]
	orderTax    = ofOrder[events.TaxAmount]
)

var (
	orderLineSet = pg.SetOf("order_line", placed(
		pg.Col("product_id", "uuid", func(l orderLine) string { return l.thing.ProductID }),
		pg.Col("sku", "text", func(l orderLine) string { return l.thing.SKU }),
		pg.Col("name", "text", func(l orderLine) string { return l.thing.Name }),
		pg.Col("amount", "bigint", func(l orderLine) int64 { return l.thing.UnitPrice.Amount }),
		pg.Col("quantity", "bigint", func(l orderLine) int64 { return l.thing.Quantity }),
		pg.Col("image_url", "text", func(l orderLine) string { return l.thing.ImageURL }),
		pg.Col("tax", "bigint", func(l orderLine) int64 { return l.thing.Tax.Amount }),
		pg.Col("taxed_as", "text", func(l orderLine) string { return l.thing.TaxedAs }),
	))
	orderChargeSet = pg.SetOf("order_charge", placed(
		pg.Col("shipping_method_id", "uuid", func(c orderCharge) string { return c.thing.ShippingMethodID }),
		pg.Col("name", "text", func(c orderCharge) string { return c.thing.Name }),
		pg.Col("tax_class", "text", func(c orderCharge) string { return c.thing.TaxClass }),
		pg.Col("amount", "bigint", func(c orderCharge) int64 { return c.thing.Amount.Amount }),
		pg.Col("tax", "bigint", func(c orderCharge) int64 { return c.thing.Tax.Amount }),
		pg.Col("taxed_as", "text", func(c orderCharge) string { return c.thing.TaxedAs }),
	))
	orderTaxSet = pg.SetOf("order_tax", placed(
		pg.Col("name", "text", func(t orderTax) string { return t.thing.Name }),
		pg.Col("tax_class", "text", func(t orderTax) string { return t.thing.TaxClass }),
		pg.Col("rate", "bigint", func(t orderTax) int64 { return t.thing.Rate }),
		pg.Col("included", "boolean", func(t orderTax) bool { return t.thing.Included }),
		pg.Col("taxed", "bigint", func(t orderTax) int64 { return t.thing.Taxed.Amount }),
		pg.Col("amount", "bigint", func(t orderTax) int64 { return t.thing.Amount.Amount }),
	))
)

// insertCosts writes what new orders cost.
func insertCosts(made []domain.StoredOrder) []pg.Write {
	all := orderLineSet.Insert(ofOrders(made, func(o domain.StoredOrder) []events.OrderLine { return o.Lines }))
	all = append(all, orderChargeSet.Insert(ofOrders(made, func(o domain.StoredOrder) []events.OrderCharge { return o.Charges }))...)
	return append(all, orderTaxSet.Insert(ofOrders(made, func(o domain.StoredOrder) []events.TaxAmount { return o.Taxes }))...)
}

func chargedOf(o domain.StoredOrder) (sum int64) {
	for _, c := range o.Charges {
		sum += c.Amount.Amount
	}
	return sum
}

// taxOf is the sum of an order's taxes that are in its prices, or that are added to them.
func taxOf(included bool) func(domain.StoredOrder) int64 {
	return func(o domain.StoredOrder) (sum int64) {
		for _, t := range o.Taxes {
			if t.Included == included {
				sum += t.Amount.Amount
			}
		}
		return sum
	}
}

// moneyOf is an amount of an order's currency as JSON.
func moneyOf(amount string) string {
	return `json_build_object('amount', ` + amount + `, 'currency', o.currency)`
}

// taxedOf is what something of an order, by its name in SQL, carries of a tax; nothing where it is not taxed.
func taxedOf(thing string) string {
	return `'taxedAs', ` + thing + `.taxed_as, 'tax', case when ` + thing + `.taxed_as <> '' then ` + moneyOf(thing+`.tax`) + ` end`
}

// taxesColumn is the taxes of an order by its id, in its currency.
func taxesColumn(order, currency string) string {
	money := func(amount string) string {
		return `json_build_object('amount', ` + amount + `, 'currency', ` + currency + `)`
	}
	return `(
		select json_agg(json_build_object('name', t.name, 'taxClass', t.tax_class, 'rate', t.rate, 'included', t.included,
			'taxed', ` + money("t.taxed") + `, 'amount', ` + money("t.amount") + `) order by t.position)
		from order_tax t where t.order_id = ` + order + `
	)::text`
}

// costColumns is what an order costs.
var costColumns = `coalesce(o.goods, o.amount), (
		select json_agg(json_build_object('productId', l.product_id, 'sku', l.sku, 'name', l.name, 'quantity', l.quantity, 'imageUrl', l.image_url,
			'unitPrice', ` + moneyOf("l.amount") + `, 'total', ` + moneyOf("l.amount * l.quantity") + `, ` + taxedOf("l") + `) order by l.position)
		from order_line l where l.order_id = o.id
	)::text, (
		select json_agg(json_build_object('shippingMethodId', c.shipping_method_id, 'name', c.name, 'taxClass', c.tax_class, 'amount', ` + moneyOf("c.amount") + `,
			` + taxedOf("c") + `) order by c.position)
		from order_charge c where c.order_id = o.id
	)::text, ` + taxesColumn("o.id", "o.currency")
