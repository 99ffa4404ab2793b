package events

import "reflect"

// PersonQuestion asks whose something is, for the key that what is written of them is encrypted with: by the id of a person, or of an order or a
// payment of theirs, or by the address of an account.
type PersonQuestion struct {
	ID      string   `json:"id,omitempty"`
	New     bool     `json:"new,omitempty"` // nobody has that id yet: whoever gets it begins here
	Account AuthType `json:"account,omitempty"`
	Email   Personal `json:"email,omitzero"`
}

// IsNobodys tells that it asks of nobody.
func (q PersonQuestion) IsNobodys() bool { return q.ID == "" && q.Email.IsZero() }

// PersonKeyState is a person's key. Without one, what is written is nobody's, or encrypted with the ring as ever.
type PersonKeyState struct {
	PersonID string   `json:"personId,omitempty"`
	Key      Personal `json:"key,omitzero"`
	Gone     bool     `json:"gone,omitempty"` // they were erased, and it with them
}

// PersonKeysQuestion asks for the keys of persons.
type PersonKeysQuestion struct {
	IDs []string `json:"ids"`
}

// PersonKeysFound is those keys, in no order; of whom there never was one is left out.
type PersonKeysFound struct {
	Keys []PersonKeyState `json:"keys"`
}

// The questions about persons' keys, which db alone keeps.
var (
	GetPersonKeys = Query[PersonKeysQuestion, PersonKeysFound]{Noun: "person", Verb: "keys", Producers: speakers}
	GetKeyOf      = Query[PersonQuestion, PersonKeyState]{Noun: "person", Verb: "keyOf", Producers: speakers}
)

// speakers are the functions that read or write what is personal.
var speakers = by(Auth, User, Customer, Order, Payment, Notification, Inventory)

var personMessages = []Declared{GetPersonKeys, GetKeyOf}

// told is data that tell themselves whose the personal values in them are, in a message about subject.
type told interface {
	Whose(subject string) PersonQuestion
}

// Whose is whose the personal values of a command are. Mostly a customer who asks writes of themselves, and everybody else of whomever the
// subject is, or belongs to; data of another kind tell it by themselves.
func Whose(data any, subject string, asker Principal) PersonQuestion {
	if tells, does := data.(told); does {
		return tells.Whose(subject)
	}
	if asker.ID != "" && asker == Guest(asker.ID) { // who begins with their order, also one of a cart
		return PersonQuestion{ID: asker.ID, New: true}
	}
	if asker.Type == Shopper {
		return PersonQuestion{ID: asker.ID}
	}
	return PersonQuestion{ID: subject}
}

// Unclosed tells whether data (a pointer) have a personal value that is not encrypted with a person's key.
func Unclosed(data any) (found bool) {
	_ = eachPersonal(reflect.ValueOf(data), func(p *Personal) error {
		found = found || !p.IsZero() && p.Person() == ""
		return nil
	})
	return found
}

// FillErased puts a text where data (a pointer) have a value whose person was erased.
func FillErased(data any, text string) {
	_ = eachPersonal(reflect.ValueOf(data), func(p *Personal) error {
		if p.erased {
			*p = NewPersonal(text)
		}
		return nil
	})
}

// Whose says that a customer begins with it.
func (NewCustomer) Whose(subject string) PersonQuestion {
	return PersonQuestion{ID: subject, New: true}
}

// Whose says that a member of staff begins with it.
func (NewUser) Whose(subject string) PersonQuestion { return PersonQuestion{ID: subject, New: true} }

// Whose says that it is of whoever has that account, if anybody has.
func (r ResetRequest) Whose(string) PersonQuestion {
	return PersonQuestion{Account: r.Account, Email: r.Email}
}

// Whose says that it is the account's.
func (r ResetRedemption) Whose(string) PersonQuestion { return PersonQuestion{ID: r.Owner.ID} }

// Whose says that it is of whoever has ordered.
func (n NewNote) Whose(string) PersonQuestion { return PersonQuestion{ID: n.OrderID} }

// Whose says that it is nobody's: what staff note about goods names no order.
func (StockAdjustment) Whose(string) PersonQuestion { return PersonQuestion{} }
