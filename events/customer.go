package events

// Language is one that mails are written in.
type Language string

// The languages, by their codes of ISO 639-1.
const (
	English Language = "en"
	German  Language = "de"
)

// NewCustomer is somebody who registers.
type NewCustomer struct {
	Email        Personal `json:"email" minLength:"3" maxLength:"254"`
	Name         Personal `json:"name" minLength:"1" maxLength:"120"`
	Phone        Personal `json:"phone,omitzero" maxLength:"40"`
	Language     Language `json:"language,omitempty" enum:"en,de"` // of mails to them; "": the mart's own
	PasswordHash Personal `json:"passwordHash"`                    // argon2id
	// Network is a digest of the network they come from, as in LoginTry: it is known from then on, and who logs in from there is not kept
	// waiting when others guess. "" for none.
	Network string `json:"network,omitempty"`
	// VerificationHash is SHA-256 of the token that confirms their address, of which the id is theirs. "" for none: a function of the release before.
	VerificationHash string `json:"verificationHash,omitempty"`
	// ResetHash is SHA-256 of the token that sets a new password, of which the id is the command's subject: a link with it goes to whoever has an
	// account with that address already, and the result is the same. "": a function of the release before; then it is refused.
	ResetHash string `json:"resetHash,omitempty"`
}

// RegistrationHeard says that somebody has registered, and nothing of whoever has that address.
type RegistrationHeard struct {
	Account AuthType `json:"account"`
}

// CustomerFields is what customers can change of themselves.
type CustomerFields struct {
	Name  Personal `json:"name" minLength:"1" maxLength:"120"`
	Phone Personal `json:"phone,omitzero" maxLength:"40"`
	// Language is younger than the others: its absence means that it stays as it is, and "mart" that it is the mart's own.
	Language Language `json:"language,omitempty" enum:"en,de,mart"`
}

// MartLanguage says in a change that mails to a customer are in the mart's own language again.
const MartLanguage = "mart"

// CustomerStatusChange lets a customer log in, or not any more.
type CustomerStatusChange struct {
	Status AccountStatus `json:"status" enum:"active,disabled"`
}

// CustomerState is a customer as stored, without the password hash.
type CustomerState struct {
	Meta
	Email         Personal      `json:"email"`
	Name          Personal      `json:"name"`
	Phone         Personal      `json:"phone,omitzero"`
	Language      Language      `json:"language,omitempty"` // of mails to them; "": the mart's own
	Status        AccountStatus `json:"status"`
	EmailVerified bool          `json:"emailVerified"`
}

// CustomerFilter asks for a page of customers.
type CustomerFilter struct {
	Paging
	Email Personal `json:"email,omitzero"` // exactly this address
}

// The messages about customers. A customer's own commands carry the customer as subject and as asker.
var (
	RegisterCustomer = Message[NewCustomer]{Kind: Command, Noun: "customer", Verb: "register", Producers: by(Customer), Consumers: to(DB)}
	UpdateCustomer   = Message[Change[CustomerFields]]{Kind: Command, Noun: "customer", Verb: "update", Producers: by(Customer), Consumers: to(DB), Needs: Shop}
	DeleteCustomer   = Message[Deletion]{Kind: Command, Noun: "customer", Verb: "delete", Producers: by(Customer), Consumers: to(DB), Needs: Shop}

	ChangeCustomerPassword = Message[NewPassword]{Kind: Command, Noun: "customer", Verb: "changePassword", Producers: by(Customer), Consumers: to(DB), Needs: Shop}

	// Staff suspend, reinstate and erase customers by commands of their own, which need more than to be their customer.
	SetCustomerStatus = Message[CustomerStatusChange]{Kind: Command, Noun: "customer", Verb: "setStatus", Producers: by(Customer), Consumers: to(DB), Needs: CustomersWrite}
	EraseCustomer     = Message[Deletion]{Kind: Command, Noun: "customer", Verb: "erase", Producers: by(Customer), Consumers: to(DB), Needs: CustomersWrite}

	CustomerRegistrationHeard = Message[RegistrationHeard]{Kind: Event, Noun: "customer", Verb: "registrationHeard", Producers: by(DB)}

	CustomerRegistered = Message[CustomerState]{Kind: Event, Noun: "customer", Verb: "registered", Producers: by(DB), Consumers: to(Notification)}
	CustomerUpdated    = Message[CustomerState]{Kind: Event, Noun: "customer", Verb: "updated", Producers: by(DB)}
	CustomerDeleted    = Message[CustomerState]{Kind: Event, Noun: "customer", Verb: "deleted", Producers: by(DB)}

	CustomerSuspended  = Message[CustomerState]{Kind: Event, Noun: "customer", Verb: "suspended", Producers: by(DB)}
	CustomerReinstated = Message[CustomerState]{Kind: Event, Noun: "customer", Verb: "reinstated", Producers: by(DB)}

	CustomerPasswordChanged = Message[CustomerState]{Kind: Event, Noun: "customer", Verb: "passwordChanged", Producers: by(DB)}

	GetCustomer            = Query[Lookup, CustomerState]{Noun: "customer", Verb: "get", Producers: by(Customer), Needs: CustomersRead}
	ListCustomers          = Query[CustomerFilter, Page[CustomerState]]{Noun: "customer", Verb: "list", Producers: by(Customer), Needs: CustomersRead}
	GetCustomerCredentials = Query[CredentialsQuestion, Credentials]{Noun: "customer", Verb: "credentials", Producers: by(Auth)}
	GetOwnCredentials      = Query[CredentialsQuestion, Credentials]{Noun: "customer", Verb: "ownCredentials", Producers: by(Customer)}
	ExportCustomer         = Query[ExportQuestion, CustomerExport]{Noun: "customer", Verb: "export", Producers: by(Customer)} // whoever asks, of themselves
)

var customerMessages = []Declared{
	RegisterCustomer, UpdateCustomer, DeleteCustomer, ChangeCustomerPassword, SetCustomerStatus, EraseCustomer,
	CustomerRegistrationHeard, CustomerRegistered, CustomerUpdated, CustomerDeleted, CustomerSuspended, CustomerReinstated, CustomerPasswordChanged,
	GetCustomer, ListCustomers, GetCustomerCredentials, GetOwnCredentials, ExportCustomer,
}
