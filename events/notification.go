package events

import "time"

// NotificationStatus is where a mail is.
type NotificationStatus string

// The states of a mail.
const (
	NotificationSending NotificationStatus = "sending" // somebody holds the lease
	NotificationSent    NotificationStatus = "sent"
	NotificationFailed  NotificationStatus = "failed" // the mail server refused it for good
)

// NotificationKind names a template.
type NotificationKind string

// The kinds of mail.
const (
	OrderReminder     NotificationKind = "order_reminder" // that it was placed and waits to be paid
	OrderConfirmation NotificationKind = "order_confirmation"
	OrderCancellation NotificationKind = "order_cancellation"
	PartCancelledMail NotificationKind = "part_cancelled" // of a paid order
	OrderExpiry       NotificationKind = "order_expiry"
	OrderShipment     NotificationKind = "order_shipment"
	OrderArrival      NotificationKind = "order_arrival"
	ReturnRequestMail NotificationKind = "return_requested"
	ReturnApproval    NotificationKind = "return_approved"
	ReturnRefusal     NotificationKind = "return_refused"
	ReturnReceipt     NotificationKind = "return_received"
	RefundNotice      NotificationKind = "refund_notice"
	WelcomeMail       NotificationKind = "welcome"
	LoginWarning      NotificationKind = "login_warning"
	PasswordResetMail NotificationKind = "password_reset"
	VerificationMail  NotificationKind = "email_verification"
	AccountExistsMail NotificationKind = "account_exists"
	InvitationMail    NotificationKind = "invitation"
	EmailChangedMail  NotificationKind = "email_changed"
	EmailChangeMail   NotificationKind = "email_change"
	LowStockMail      NotificationKind = "low_stock"
)

// NotificationKinds is all of them.
func NotificationKinds() []NotificationKind {
	return []NotificationKind{
		OrderReminder, OrderConfirmation, OrderCancellation, PartCancelledMail, OrderExpiry, OrderShipment, OrderArrival, ReturnRequestMail, ReturnApproval, ReturnRefusal,
		ReturnReceipt, RefundNotice, WelcomeMail, LoginWarning, PasswordResetMail, VerificationMail, AccountExistsMail, InvitationMail, EmailChangeMail, EmailChangedMail, LowStockMail,
	}
}

// NotificationClaim asks for the right to send one mail. A mail is a row before it is sent: whoever holds its lease sends it, so
// that two deliveries of one event at the same moment make one mail. The command's subject is the notification, whose id
// derives from kind and cause.
type NotificationClaim struct {
	Kind           NotificationKind `json:"kind" enum:"order_reminder,order_confirmation,order_cancellation,part_cancelled,order_expiry,order_shipment,order_arrival,return_requested,return_approved,return_refused,return_received,refund_notice,welcome,login_warning,password_reset,email_verification,account_exists,invitation,email_change,email_changed,low_stock"`
	CustomerID     string           `json:"customerId"`       // "" where UserID is there
	UserID         string           `json:"userId,omitempty"` // of a member of staff
	OrderID        string           `json:"orderId,omitempty"`
	PartID         string           `json:"partId,omitempty"`         // of the order: a fulfilment, a return or a cancellation
	Amount         *Money           `json:"amount,omitempty"`         // of a refund
	ResetID        string           `json:"resetId,omitempty"`        // of a mail with the link to a new password
	VerificationID string           `json:"verificationId,omitempty"` // of a mail with the link that confirms an address, but a welcome: db knows what that has
	ProductID      string           `json:"productId,omitempty"`      // of a mail that it is low
	Token          string           `json:"token"`                    // the claimer's own; it holds the lease when the answer carries it
	LeaseSeconds   int              `json:"leaseSeconds" minimum:"5" maximum:"300"`
	Again          bool             `json:"again,omitempty"` // a person wants it sent once more
}

// NotificationResult is how sending ended.
type NotificationResult struct {
	Status NotificationStatus `json:"status" enum:"sent,failed"`
	Token  string             `json:"token"`
	Reason string             `json:"reason,omitempty" maxLength:"1000"`
}

// NotificationState is a mail as it is stored. The address is its reader's as it was when the mail was claimed.
type NotificationState struct {
	Meta
	Kind           NotificationKind   `json:"kind"`
	To             Personal           `json:"to"`
	Name           Personal           `json:"name"`               // the reader's
	Language       Language           `json:"language,omitempty"` // "": the mart's own
	CustomerID     string             `json:"customerId"`         // "" where UserID is there
	UserID         string             `json:"userId,omitempty"`   // of a member of staff
	OrderID        string             `json:"orderId,omitempty"`
	PartID         string             `json:"partId,omitempty"`
	Amount         *Money             `json:"amount,omitempty"`
	ResetID        string             `json:"resetId,omitempty"`
	VerificationID string             `json:"verificationId,omitempty"` // of a welcome, too, while its link is good
	ProductID      string             `json:"productId,omitempty"`
	Status         NotificationStatus `json:"status"`
	Attempts       int                `json:"attempts"`
	MessageID      string             `json:"messageId"` // RFC 5322; the same at every attempt
	Token          string             `json:"token,omitempty"`
	LeaseUntil     *time.Time         `json:"leaseUntil,omitempty"`
	Reason         string             `json:"reason,omitempty"`
}

// NotificationFilter asks for a page of mails.
type NotificationFilter struct {
	Paging
	OrderID    string             `json:"orderId,omitempty"`
	CustomerID string             `json:"customerId,omitempty"`
	Kind       NotificationKind   `json:"kind,omitempty"`
	Status     NotificationStatus `json:"status,omitempty"`
}

// The messages about mails.
var (
	ClaimNotification  = Message[NotificationClaim]{Kind: Command, Noun: "notification", Verb: "claim", Producers: by(Notification), Consumers: to(DB), Needs: NotificationsRW}
	RecordNotification = Message[NotificationResult]{Kind: Command, Noun: "notification", Verb: "record", Producers: by(Notification), Consumers: to(DB)}

	NotificationClaimed  = Message[NotificationState]{Kind: Event, Noun: "notification", Verb: "claimed", Producers: by(DB), Consumers: to(Notification)}
	NotificationRecorded = Message[NotificationState]{Kind: Event, Noun: "notification", Verb: "recorded", Producers: by(DB)}
	NotificationDue      = Message[NotificationState]{Kind: Event, Noun: "notification", Verb: "due", Producers: by(DB), Consumers: to(Notification)} // its lease lapsed

	GetNotification   = Query[Lookup, NotificationState]{Noun: "notification", Verb: "get", Producers: by(Notification), Needs: NotificationsR}
	ListNotifications = Query[NotificationFilter, Page[NotificationState]]{Noun: "notification", Verb: "list", Producers: by(Notification), Needs: NotificationsR}
)

var notificationMessages = []Declared{
	ClaimNotification, RecordNotification, NotificationClaimed, NotificationRecorded, NotificationDue, GetNotification, ListNotifications,
}
