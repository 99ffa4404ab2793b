// Package domain holds the rules of the mart: pure functions over the language in events, without input, output or a clock.
// A function calls them to refuse early. db calls them inside its transaction, to decide, whoever has sent the command: what the fields
// of a thing may be, and, with what is stored, what may become of carts, orders, payments, stock and staff. It adds what only the tables
// know: what is unique, what exists, which version.
package domain

import (
	"slices"

	"github.com/onlinemart/mart/events"
)

// permissions is what each role may do. A role that is not here may do nothing.
var permissions = map[events.Role][]events.Permission{
	events.OwnerRole: {
		events.UsersWrite, events.CatalogWrite, events.StockWrite, events.StockRead, events.OrdersWrite, events.OrdersRead,
		events.PaymentsWrite, events.CustomersWrite, events.CustomersRead, events.NotificationsRW, events.NotificationsR, events.JournalRead,
		events.ShippingWrite, events.TaxesWrite, events.DeadLettersRead, events.DeadLettersWrite,
	},
	events.CatalogRole: {events.CatalogWrite, events.ShippingWrite, events.TaxesWrite, events.StockWrite, events.StockRead},
	events.OrdersRole:  {events.OrdersWrite, events.OrdersRead, events.PaymentsWrite, events.NotificationsRW, events.NotificationsR, events.StockRead},
	events.SupportRole: {events.CustomersWrite, events.CustomersRead, events.OrdersRead, events.NotificationsRW, events.NotificationsR, events.JournalRead, events.DeadLettersRead},
	events.ViewerRole:  {events.OrdersRead, events.StockRead, events.NotificationsR, events.CustomersRead},
}

// Roles lists every role, the most powerful first.
func Roles() []events.Role {
	return []events.Role{events.OwnerRole, events.CatalogRole, events.OrdersRole, events.SupportRole, events.ViewerRole}
}

// Grants tells whether any of the roles allows p.
func Grants(roles []events.Role, p events.Permission) bool {
	return slices.ContainsFunc(roles, func(r events.Role) bool { return slices.Contains(permissions[r], p) })
}

// Scopes is everything the roles allow, sorted: the scope of a staff token.
func Scopes(roles []events.Role) []events.Permission {
	var all []events.Permission
	for _, r := range roles {
		all = append(all, permissions[r]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
