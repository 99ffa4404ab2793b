package flow

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/onlinemart/mart/events"
)

// What results say, as far as it is told here: they are read member by member, for what is personal in them reads [personal] and is no value
// of its type.

type orderSaid struct {
	ID, Number string
	Version    int64
	Status     events.OrderStatus
	Lines      []struct {
		SKU, Name string
		Quantity  int64
	}
	Total events.Money
	PayBy time.Time
}

type paymentSaid struct {
	ID            string
	Version       int64
	OrderID       string
	Status        events.PaymentStatus
	Step          events.PaymentStep
	Amount        events.Money
	PaymentMethod string
	Attempts      int
	Authorized    int64
	Captured      int64
	Failure       *events.PaymentFailure
	Refunds       []struct {
		ID     string
		Amount int64
		Status events.RefundStatus
	}
	UpdatedAt time.Time
}

type refundSaid struct {
	RefundID string
	Amount   events.Money
	Payment  paymentSaid
}

type mailSaid struct {
	ID         string
	Version    int64
	Kind       events.NotificationKind
	Status     events.NotificationStatus
	Attempts   int
	LeaseUntil time.Time
	Reason     string
}

// said is what one result says: one of its members is there, or none where it is about something else.
type said struct {
	order   *orderSaid
	payment *paymentSaid
	refund  *refundSaid
	mail    *mailSaid
	refusal *Refusal
}

// read reads a result by the declaration of its type. What a later release has made of it, is not told.
func read(r events.JournalResult) (s said) {
	declared, known := events.ByType(r.Type)
	if !known {
		return s
	}
	switch declared.Declaration().Payload {
	case reflect.TypeFor[events.OrderState]():
		s.order = as[orderSaid](r.Data)
	case reflect.TypeFor[events.PaymentState]():
		s.payment = as[paymentSaid](r.Data)
	case reflect.TypeFor[events.RefundState]():
		if s.refund = as[refundSaid](r.Data); s.refund != nil {
			s.payment = &s.refund.Payment
		}
	case reflect.TypeFor[events.NotificationState]():
		s.mail = as[mailSaid](r.Data)
	case reflect.TypeFor[events.Rejection]():
		s.refusal = refusalIn(r.Data)
	}
	return s
}

func refusalIn(data json.RawMessage) *Refusal {
	r := as[struct{ Problem events.Problem }](data)
	if r == nil || r.Problem.Code == "" {
		return nil
	}
	kind, _ := events.KindOfProblem(r.Problem.Code)
	return &Refusal{Code: r.Problem.Code, Detail: r.Problem.Detail, Errors: r.Problem.Errors, Advice: kind.Advice}
}

func as[T any](data json.RawMessage) *T {
	var v T
	if json.Unmarshal(data, &v) != nil {
		return nil
	}
	return &v
}

// Why is the rule by which an entry was refused, or how it failed; nil where it was not.
func Why(e events.JournalEntry) *Refusal {
	if e.Outcome != string(Rejected) && e.Outcome != string(Failed) {
		return nil
	}
	for _, r := range e.Results {
		if s := read(r); s.refusal != nil {
			return s.refusal
		}
	}
	return &Refusal{Code: "internal", Detail: "The reason cannot be read."}
}
