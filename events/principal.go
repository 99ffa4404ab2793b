package events

// Principal is who asked, in the terms of the CloudEvents Auth Context extension.
type Principal struct {
	Type AuthType `json:"type" doc:"user: a member of staff; app_user: a customer; service_account: a program; system: the mart by itself; unauthenticated: whoever has no token, such as a guest." example:"app_user"`
	ID   string   `json:"id,omitempty" doc:"Which one; absent where that is nobody's business, or nobody." example:"102527d5-03f2-5370-a372-3748397623d5"`
}

// AuthType says what kind of asker a principal is.
type AuthType string

// The kinds of asker.
const (
	Staff     AuthType = "user"            // somebody who works for the mart
	Shopper   AuthType = "app_user"        // a customer
	Client    AuthType = "service_account" // a program with its own credentials
	System    AuthType = "system"          // a function reacting to an event, or a sweep
	Anonymous AuthType = "unauthenticated" // nobody we know; with an ID, the guest of the order with that id
)

// Guest is whoever bought an order without an account: nobody has logged in, and what they show opens that one order.
func Guest(order string) Principal { return Principal{Type: Anonymous, ID: order} }

// IsGuest tells whether somebody is the guest of an order, and no customer.
func (p Principal) IsGuest() bool { return p.Type == Anonymous && p.ID != "" }

// SystemPrincipal is a function acting on its own account.
func SystemPrincipal(f Function) Principal { return Principal{Type: System, ID: string(f)} }

// Permission is one thing a member of staff may be allowed to do. Tokens carry them as OAuth scopes.
type Permission string

// The permissions. Which role has which is decided in functions/internal/domain/role.go.
const (
	CatalogWrite    Permission = "catalog:write"
	ShippingWrite   Permission = "shipping:write"
	TaxesWrite      Permission = "taxes:write"
	StockWrite      Permission = "stock:write"
	StockRead       Permission = "stock:read"
	OrdersWrite     Permission = "orders:write"
	OrdersRead      Permission = "orders:read"
	PaymentsWrite   Permission = "payments:write"
	CustomersRead   Permission = "customers:read"
	CustomersWrite  Permission = "customers:write"
	NotificationsRW Permission = "notifications:write"
	NotificationsR  Permission = "notifications:read"
	UsersWrite      Permission = "users:write"
	JournalRead     Permission = "journal:read"

	DeadLettersRead  Permission = "dead-letters:read"
	DeadLettersWrite Permission = "dead-letters:write"

	Shop Permission = "shop" // what a customer may do: order, pay, keep addresses
)
