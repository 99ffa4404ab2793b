package events

import "time"

// ExportQuestion asks for what the mart holds about the customer who asks. Cursor is opaque: what the page before it gave as NextCursor.
type ExportQuestion struct {
	Cursor string `json:"cursor,omitempty"`
}

// CustomerExport is a page of what the mart holds about a customer. What there is once is on the first page; orders, payments and mails go on over as many
// as they need, each newest first.
type CustomerExport struct {
	Account    *CustomerExportAccount `json:"account,omitempty"` // on the first page
	Orders     []OrderState           `json:"orders"`
	Payments   []PaymentState         `json:"payments"`
	Mails      []NotificationState    `json:"mails"`
	NextCursor string                 `json:"nextCursor,omitempty"` // absent on the last page
}

// CustomerExportAccount is what there is once of a customer.
type CustomerExportAccount struct {
	CustomerState
	Addresses    []AddressState      `json:"addresses"`
	Sessions     []SessionState      `json:"sessions"` // the newest
	Carts        []CartState         `json:"carts"`    // the newest, without what their products are now
	Verification *ExportVerification `json:"verification,omitempty"`
	Reset        *ExportLink         `json:"reset,omitempty"`
	Places       []time.Time         `json:"places"`     // until when each place is known from which they have logged in
	StaffNotes   int64               `json:"staffNotes"` // how many there are about their orders
}

// ExportLink is the newest link of a kind that was mailed to a customer.
type ExportLink struct {
	ExpiresAt time.Time  `json:"expiresAt"`
	UsedAt    *time.Time `json:"usedAt,omitempty"`
}

// ExportVerification is the newest link that confirms an e-mail address, and the addresses that it is about.
type ExportVerification struct {
	ExportLink
	Email  Personal `json:"email,omitzero"`  // what theirs becomes by it
	Former Personal `json:"former,omitzero"` // what theirs was before it

	ClosedAt *time.Time `json:"closedAt,omitempty"` // when it was closed without having been used, as a new password closes it; a db of the release before says usedAt
}
