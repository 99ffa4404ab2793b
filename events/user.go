package events

// Role is what a member of staff is to the mart; functions/internal/domain/role.go says what each may do.
type Role string

// The roles.
const (
	OwnerRole   Role = "owner"
	CatalogRole Role = "catalog"
	OrdersRole  Role = "orders"
	SupportRole Role = "support"
	ViewerRole  Role = "viewer"
)

// AccountStatus tells whether somebody may log in.
type AccountStatus string

// The states of an account, of staff and of customers.
const (
	AccountActive   AccountStatus = "active"
	AccountDisabled AccountStatus = "disabled"
)

// NewUser is a member of staff to be added.
type NewUser struct {
	Email        Personal `json:"email" minLength:"3" maxLength:"254"`
	Name         Personal `json:"name" minLength:"1" maxLength:"120"`
	Roles        []Role   `json:"roles" minItems:"1" nullable:"false"`
	PasswordHash Personal `json:"passwordHash,omitzero"` // argon2id; absent: cannot log in yet
	ResetHash    string   `json:"resetHash,omitempty"`   // SHA-256 of the token of an invitation, whose id is theirs; "": they are sent none
}

// UserFields is what can be changed of a member of staff.
type UserFields struct {
	Email  Personal      `json:"email" minLength:"3" maxLength:"254"`
	Name   Personal      `json:"name" minLength:"1" maxLength:"120"`
	Roles  []Role        `json:"roles" minItems:"1" nullable:"false"`
	Status AccountStatus `json:"status" enum:"active,disabled"`
}

// UserState is a member of staff as stored, without the password hash.
type UserState struct {
	Meta
	UserFields
}

// NewPassword replaces a password hash. PreviousHash is the stored hash the current password was checked against, so that
// two changes at once cannot both win.
type NewPassword struct {
	PreviousHash Personal `json:"previousHash,omitzero"`
	PasswordHash Personal `json:"passwordHash"`
}

// CredentialsQuestion asks for what a log-in is checked against.
type CredentialsQuestion struct {
	Email Personal `json:"email,omitzero"`
	ID    string   `json:"id,omitempty"` // instead of the address
}

// Credentials is what a log-in is checked against.
type Credentials struct {
	ID           string        `json:"id"`
	PasswordHash Personal      `json:"passwordHash,omitzero"`
	Status       AccountStatus `json:"status"`
	Roles        []Role        `json:"roles,omitempty"` // staff only
}

// UserFilter asks for a page of staff.
type UserFilter struct {
	Paging
}

// StaffQuestion asks who of the staff may do something.
type StaffQuestion struct {
	May Permission `json:"may"`
}

// StaffFound is members of staff, by their ids.
type StaffFound struct {
	IDs []string `json:"ids"`
}

// UserName is what a member of staff is called.
type UserName struct {
	ID   string   `json:"id"`
	Name Personal `json:"name"`
}

// The messages about staff. The mutations decide who may change whom: an owner anybody, everybody else only themselves.
var (
	CreateUser         = Message[NewUser]{Kind: Command, Noun: "user", Verb: "create", Producers: by(User), Consumers: to(DB), Needs: UsersWrite}
	UpdateUser         = Message[Change[UserFields]]{Kind: Command, Noun: "user", Verb: "update", Producers: by(User), Consumers: to(DB)}
	DeleteUser         = Message[Deletion]{Kind: Command, Noun: "user", Verb: "delete", Producers: by(User), Consumers: to(DB), Needs: UsersWrite}
	ChangeUserPassword = Message[NewPassword]{Kind: Command, Noun: "user", Verb: "changePassword", Producers: by(User), Consumers: to(DB)}
	// EnsureOwner makes the first owner when there is no member of staff yet; refused afterwards.
	EnsureOwner = Message[NewUser]{Kind: Command, Noun: "user", Verb: "ensureOwner", Producers: by(User), Consumers: to(DB)}

	UserCreated         = Message[UserState]{Kind: Event, Noun: "user", Verb: "created", Producers: by(DB)}
	UserUpdated         = Message[UserState]{Kind: Event, Noun: "user", Verb: "updated", Producers: by(DB)}
	UserDeleted         = Message[UserState]{Kind: Event, Noun: "user", Verb: "deleted", Producers: by(DB)}
	UserPasswordChanged = Message[UserState]{Kind: Event, Noun: "user", Verb: "passwordChanged", Producers: by(DB)}

	GetUser            = Query[Lookup, UserState]{Noun: "user", Verb: "get", Producers: by(User)}
	ListUsers          = Query[UserFilter, Page[UserState]]{Noun: "user", Verb: "list", Producers: by(User), Needs: UsersWrite}
	GetUserName        = Query[Lookup, UserName]{Noun: "user", Verb: "name", Producers: by(User), Needs: OrdersRead} // for whoever reads what colleagues have done
	FindStaff          = Query[StaffQuestion, StaffFound]{Noun: "user", Verb: "find", Producers: by(Notification)}
	GetUserCredentials = Query[CredentialsQuestion, Credentials]{Noun: "user", Verb: "credentials", Producers: by(Auth, User)}
)

var userMessages = []Declared{
	CreateUser, UpdateUser, DeleteUser, ChangeUserPassword, EnsureOwner, UserCreated, UserUpdated, UserDeleted, UserPasswordChanged,
	GetUser, ListUsers, GetUserName, FindStaff, GetUserCredentials,
}
