package events

// PaymentStatus is where a payment is.
type PaymentStatus string

// The states of a payment; functions/internal/domain/payment.go says which may follow which.
const (
	PaymentStartedStatus  PaymentStatus = "started"
	PaymentActionStatus   PaymentStatus = "requires_action"
	PaymentAuthStatus     PaymentStatus = "authorized"
	PaymentCapturedStatus PaymentStatus = "captured"
	PaymentDeclinedStatus PaymentStatus = "declined"
	PaymentUnknownStatus  PaymentStatus = "unknown"
	PaymentVoidedStatus   PaymentStatus = "voided"
	PaymentPartlyRefunded PaymentStatus = "partially_refunded"
	PaymentRefundedStatus PaymentStatus = "refunded"
)

// PaymentRequest is what a customer asks: which order, and the provider's token for how. Never an amount.
type PaymentRequest struct {
	OrderID       string `json:"orderId" format:"uuid"`
	PaymentMethod string `json:"paymentMethod" pattern:"^pm_[A-Za-z0-9_]{1,100}$" patternDescription:"a provider's token such as pm_card_visa"`
	// ReturnPage is the page that the buyer comes back to after 3-D Secure; "" is the mart's own. It may tell whose payment it is.
	ReturnPage Personal `json:"returnPage,omitzero" maxLength:"1000" doc:"The page that the buyer comes back to after 3-D Secure; absent: the mart's own." example:"http://localhost:3000/paid"`
	// ReturnURL is the same in clear, of a function of the release before.
	ReturnURL string `json:"returnUrl,omitempty" format:"uri" maxLength:"1000"`
	// Network is a digest of where it is paid from: by it is counted what was declined of all who pay from there. A function of the release before has
	// not said it.
	Network string `json:"network,omitempty" maxLength:"64"`
}

// PaymentFailure is why a provider refused.
type PaymentFailure struct {
	Code    string `json:"code" doc:"The provider's word for it, for programs." example:"card_declined"`
	Message string `json:"message" doc:"What the provider says of it." example:"Your card was declined."`
}

// NextAction is what the customer must do before the payment can go on.
type NextAction struct {
	RedirectURL string `json:"redirectUrl" doc:"Where to send the buyer's browser; a capability, so send it nowhere else." example:"https://hooks.stripe.com/redirect/authenticate/src_1"`
}

// PaymentState is a payment as it is stored. All amounts are minor units of Amount's currency, and always
// Refunded ≤ Captured ≤ Authorized ≤ Amount.
type PaymentState struct {
	Meta
	OrderID       string          `json:"orderId"`
	CustomerID    string          `json:"customerId"`
	Amount        Money           `json:"amount"`
	Taxes         []TaxAmount     `json:"taxes,omitempty"` // the order's: what of the amount is tax of each rate
	PaymentMethod string          `json:"paymentMethod"`
	ProviderRef   string          `json:"providerRef,omitempty"`
	Status        PaymentStatus   `json:"status"`
	Step          PaymentStep     `json:"step,omitempty"` // what the provider must be asked now; "" when nothing
	Attempts      int             `json:"attempts"`       // how often an answer to Step stayed away or said to wait
	Authorized    int64           `json:"authorized"`
	Captured      int64           `json:"captured"`
	Refunded      int64           `json:"refunded"`
	Refunds       []PaymentRefund `json:"refunds,omitempty"`
	Failure       *PaymentFailure `json:"failure,omitempty"`
	NextAction    *NextAction     `json:"nextAction,omitempty"`
	ReturnPage    Personal        `json:"returnPage,omitzero" doc:"The page that the buyer comes back to after 3-D Secure, until the provider has it; absent: the mart's own." example:"http://localhost:3000/paid"`
	ReturnURL     string          `json:"returnUrl,omitempty"` // the same, of a payment that the release before has begun
	Network       string          `json:"-"`                   // as PaymentRequest's, for as long as it counts: db keeps it, and tells nobody
}

// RefundStatus is where a refund is.
type RefundStatus string

// The states of a refund.
const (
	RefundRequestedStatus RefundStatus = "requested" // decided here; the provider does not have it yet, or has not carried it out
	RefundDoneStatus      RefundStatus = "refunded"
	RefundFailedStatus    RefundStatus = "failed" // the provider refused it, or the bank sent it back, for good; it can be asked for anew
)

// PaymentRefund is one refund of a payment.
type PaymentRefund struct {
	ID     string       `json:"id"`
	Amount int64        `json:"amount"`          // minor units
	Taxes  []int64      `json:"taxes,omitempty"` // what of it is tax, of each of the payment's taxes in their order; a refund of before has none
	Reason Words        `json:"reason"`
	Status RefundStatus `json:"status"`
}

// PaymentStep is what the provider was asked to do.
type PaymentStep string

// The steps.
const (
	AuthorizeStep PaymentStep = "authorize"
	CaptureStep   PaymentStep = "capture"
	VoidStep      PaymentStep = "void"
	RefundStep    PaymentStep = "refund"
)

// PaymentAnswer is what the provider said about one step. Of a capture, void or refund, declined means that the provider
// refuses that step for good.
type PaymentAnswer struct {
	Step        PaymentStep     `json:"step" enum:"authorize,capture,void,refund"`
	Status      PaymentStatus   `json:"status" enum:"authorized,captured,declined,requires_action,voided,refunded,unknown"`
	ProviderRef string          `json:"providerRef,omitempty"`
	Amount      Money           `json:"amount"`             // what the provider says it did it for
	RefundID    string          `json:"refundId,omitempty"` // of a refund
	Failure     *PaymentFailure `json:"failure,omitempty"`
	RedirectURL string          `json:"redirectUrl,omitempty"`
}

// RefundRequest gives money back; without an Amount all that is left. Its command's subject is the payment.
type RefundRequest struct {
	Amount Money `json:"amount,omitzero"`
	Reason Words `json:"reason" minLength:"1" maxLength:"500"`
}

// PaymentCancellation gives up a payment that waits for its buyer. Its command's subject is the payment.
type PaymentCancellation struct{}

// RefundState is a refund that was decided and must be carried out at the provider.
type RefundState struct {
	RefundID string       `json:"refundId"`
	Amount   Money        `json:"amount"`
	Reason   Words        `json:"reason"`
	Payment  PaymentState `json:"payment"`
}

// PaymentFilter asks for a page of payments.
type PaymentFilter struct {
	Paging
	OrderID    string `json:"orderId,omitempty"`
	CustomerID string `json:"customerId,omitempty"`
}

// The messages about payments.
var (
	StartPayment  = Message[PaymentRequest]{Kind: Command, Noun: "payment", Verb: "start", Producers: by(Payment), Consumers: to(DB)} // the order's customer or guest: the mutation decides
	RecordPayment = Message[PaymentAnswer]{Kind: Command, Noun: "payment", Verb: "record", Producers: by(Payment), Consumers: to(DB)}
	CancelPayment = Message[PaymentCancellation]{Kind: Command, Noun: "payment", Verb: "cancel", Producers: by(Payment), Consumers: to(DB)} // the order's customer or guest: the mutation decides
	RefundPayment = Message[RefundRequest]{Kind: Command, Noun: "payment", Verb: "refund", Producers: by(Payment), Consumers: to(DB), Needs: PaymentsWrite}

	PaymentStarted         = Message[PaymentState]{Kind: Event, Noun: "payment", Verb: "started", Producers: by(DB), Consumers: to(Payment)}
	PaymentActionRequired  = Message[PaymentState]{Kind: Event, Noun: "payment", Verb: "actionRequired", Producers: by(DB)}
	PaymentAuthorized      = Message[PaymentState]{Kind: Event, Noun: "payment", Verb: "authorized", Producers: by(DB), Consumers: to(Payment)}
	PaymentCaptured        = Message[PaymentState]{Kind: Event, Noun: "payment", Verb: "captured", Producers: by(DB)}
	PaymentDeclined        = Message[PaymentState]{Kind: Event, Noun: "payment", Verb: "declined", Producers: by(DB)}
	PaymentUnchanged       = Message[PaymentState]{Kind: Event, Noun: "payment", Verb: "unchanged", Producers: by(DB)} // an answer that told nothing new
	PaymentUnknown         = Message[PaymentState]{Kind: Event, Noun: "payment", Verb: "unknown", Producers: by(DB)}
	PaymentDue             = Message[PaymentState]{Kind: Event, Noun: "payment", Verb: "due", Producers: by(DB), Consumers: to(Payment)} // ask the provider again
	PaymentVoidRequested   = Message[PaymentState]{Kind: Event, Noun: "payment", Verb: "voidRequested", Producers: by(DB), Consumers: to(Payment)}
	PaymentVoided          = Message[PaymentState]{Kind: Event, Noun: "payment", Verb: "voided", Producers: by(DB)}
	PaymentRefundRequested = Message[RefundState]{Kind: Event, Noun: "payment", Verb: "refundRequested", Producers: by(DB), Consumers: to(Payment)}
	PaymentRefunded        = Message[RefundState]{Kind: Event, Noun: "payment", Verb: "refunded", Producers: by(DB), Consumers: to(Notification)}
	PaymentRefundFailed    = Message[RefundState]{Kind: Event, Noun: "payment", Verb: "refundFailed", Producers: by(DB)}

	GetPayment   = Query[OwnedLookup, PaymentState]{Noun: "payment", Verb: "get", Producers: by(Payment), Needs: OrdersRead}
	ListPayments = Query[PaymentFilter, Page[PaymentState]]{Noun: "payment", Verb: "list", Producers: by(Payment), Needs: OrdersRead}
)

var paymentMessages = []Declared{
	StartPayment, RecordPayment, CancelPayment, RefundPayment, PaymentStarted, PaymentActionRequired, PaymentAuthorized, PaymentCaptured, PaymentDeclined,
	PaymentUnchanged, PaymentUnknown, PaymentDue, PaymentVoidRequested, PaymentVoided, PaymentRefundRequested, PaymentRefunded, PaymentRefundFailed, GetPayment, ListPayments,
}
