package user

import (
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// NewUser is what an owner says about somebody new.
type NewUser struct {
	Email    string        `json:"email" doc:"What they log in with, and where mails go." example:"grace@example.com"`
	Name     string        `json:"name" doc:"What others see them as." example:"Grace Hopper"`
	Roles    []events.Role `json:"roles" nullable:"false" doc:"What they may do: each role has its permissions." example:"[\"catalog\"]"`
	Password string        `json:"password,omitempty"`
}

// TransformSchema gives the members the limits of their declaration.
func (NewUser) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	web.DescribePassword(s.Properties["password"])
	s.Properties["password"].Description += " They change it once they have logged in. Absent: a mail invites them to choose one, by a link that is good for 72 hours."
	return withRoles(web.LimitsOf[events.NewUser](s))
}

// UserFields is what an owner can change.
type UserFields struct {
	Email  string               `json:"email" doc:"What they log in with, and where mails go." example:"grace@example.com"`
	Name   string               `json:"name" doc:"What others see them as." example:"Grace Hopper"`
	Roles  []events.Role        `json:"roles" nullable:"false" doc:"What they may do: each role has its permissions." example:"[\"catalog\"]"`
	Status events.AccountStatus `json:"status" doc:"Who is disabled is logged out, and cannot log in." example:"active"`
}

// TransformSchema gives the members the limits of their declaration.
func (UserFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return withRoles(web.LimitsOf[events.UserFields](s))
}

// withRoles names the roles that there are, of which a member of staff may have each once.
func withRoles(s *huma.Schema) *huma.Schema {
	roles, all := s.Properties["roles"], domain.Roles()
	roles.MaxItems, roles.Items.Enum = new(len(all)), nil
	roles.Extensions = map[string]any{"uniqueItems": true} // only said: huma compares them in a map, and lists in a list make it panic
	for _, role := range all {
		roles.Items.Enum = append(roles.Items.Enum, string(role))
	}
	return s
}

// OwnFields is what everybody can change of themselves.
type OwnFields struct {
	Name string `json:"name" doc:"What others see you as." example:"Grace Hopper"`
}

// TransformSchema gives the members the limits of their declaration.
func (OwnFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.UserFields](s)
}

// User is a member of staff as clients see them.
type User struct {
	web.Meta
	Email  string               `json:"email" doc:"What they log in with, and where mails go." example:"grace@example.com"`
	Name   string               `json:"name" doc:"What others see them as." example:"Grace Hopper"`
	Roles  []events.Role        `json:"roles" nullable:"false" doc:"What they may do: each role has its permissions." example:"[\"catalog\"]"`
	Status events.AccountStatus `json:"status" enum:"active,disabled" doc:"Who is disabled cannot log in." example:"active"`
}

// sameFields tells whether two say the same of somebody, whichever way it is encrypted.
func sameFields(a, b events.UserFields) bool {
	return a.Email.Plaintext() == b.Email.Plaintext() && a.Name.Plaintext() == b.Name.Plaintext() && slices.Equal(a.Roles, b.Roles) && a.Status == b.Status
}

// stored is what is said of a member of staff, as it is kept. Error: 422.
func (f UserFields) stored() (events.UserFields, error) {
	return domain.User(events.UserFields{Email: events.NewPersonal(f.Email), Name: events.NewPersonal(f.Name), Roles: f.Roles, Status: f.Status})
}

// Resolve finds what is wrong beyond the shape.
func (f UserFields) Resolve(huma.Context) []error {
	_, err := f.stored()
	return web.Faults(err)
}

// stored is somebody new as they are kept, but for the password's hash. Error: 422.
func (n NewUser) stored() (events.NewUser, error) {
	return domain.NewUser(events.NewUser{Email: events.NewPersonal(n.Email), Name: events.NewPersonal(n.Name), Roles: n.Roles}, n.Password)
}

// Resolve finds what is wrong beyond the shape.
func (n NewUser) Resolve(huma.Context) []error {
	_, err := n.stored()
	return web.Faults(err)
}

func fieldsOf(u events.UserState) UserFields {
	return UserFields{Email: u.Email.Plaintext(), Name: u.Name.Plaintext(), Roles: u.Roles, Status: u.Status}
}

func show(u events.UserState) User {
	return User{Meta: web.MetaOf(u.Meta), Email: u.Email.Plaintext(), Name: u.Name.Plaintext(), Roles: u.Roles, Status: u.Status}
}

func href(u events.UserState) string { return "/users/" + u.ID }

func version(u events.UserState) int64 { return u.Version }
