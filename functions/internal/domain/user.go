package domain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
)

var (
	newUserLimits = limitsOf[events.NewUser]()
	userLimits    = limitsOf[events.UserFields]()
)

// NewUser is a member of staff to be added, as they are stored, but for the hash of their password; "" is one that
// was hashed before. Error: 422 with every fault.
func NewUser(u events.NewUser, password string) (events.NewUser, error) {
	var faults faults
	u.Email = faults.personalEmail("body.email", u.Email)
	u.Name = faults.personalName("body.name", u.Name, newUserLimits["name"])
	u.Roles = faults.roles("body.roles", u.Roles)
	if password != "" {
		faults.password("body.password", password, u.Email.Plaintext())
	}
	return u, faults.problem()
}

// Staff is a member of staff to be added whose password was hashed before. Error: 422 with every fault.
func Staff(u events.NewUser) (events.NewUser, error) { return NewUser(u, "") }

// User is what can be changed of a member of staff, as it is stored. Error: 422 with every fault.
func User(u events.UserFields) (events.UserFields, error) {
	var faults faults
	u.Email = faults.personalEmail("body.email", u.Email)
	u.Name = faults.personalName("body.name", u.Name, userLimits["name"])
	u.Roles = faults.roles("body.roles", u.Roles)
	if !slices.Contains(userLimits["status"].values, string(u.Status)) {
		faults.add("body.status", "must be active or disabled")
	}
	return u, faults.problem()
}

// roles are known ones, each once, the most powerful first. One that is not known is told at its own place, as the schema tells it.
func (f *faults) roles(location string, roles []events.Role) []events.Role {
	known := slices.DeleteFunc(Roles(), func(r events.Role) bool { return !slices.Contains(roles, r) })
	strange := false
	for i, r := range roles {
		if !slices.Contains(Roles(), r) {
			strange = true
			f.add(fmt.Sprintf("%s[%d]", location, i), "must be one of %s", named(Roles()))
		}
	}
	if !strange && (len(known) == 0 || len(known) != len(roles)) {
		f.add(location, "must be one or more of %s, each once", named(Roles()))
	}
	return known
}

// named are roles for people.
func named(roles []events.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

// Member is a member of staff as far as it matters for who may change whom. Email is folded.
type Member struct {
	ID     string
	Email  string
	Roles  []events.Role
	Status events.AccountStatus
}

// Owns tells whether they are an owner who can log in.
func (m Member) Owns() bool {
	return m.Status == events.AccountActive && slices.Contains(m.Roles, events.OwnerRole)
}

// ChangeMember decides whether asker may make of before what after says: an owner everything but the last active owner's going,
// everybody else their own name. otherOwners is how many active owners there are beside before. Errors: 403, or 409 last_owner.
func ChangeMember(asker, before, after Member, otherOwners int) error {
	if asker.Status != events.AccountActive {
		return events.Forbidden("The account is not known or not active.")
	}
	if before.Owns() && !after.Owns() && otherOwners == 0 {
		return lastOwner()
	}
	if asker.Owns() {
		return nil
	}
	if asker.ID != before.ID {
		return events.Forbidden("Only an owner may change somebody else.")
	}
	if after.Email != before.Email || after.Status != before.Status || !slices.Equal(after.Roles, before.Roles) {
		return events.Forbidden("Only an owner may change an address, roles or a status.")
	}
	return nil
}

// DismissMember decides whether somebody may be deleted. Error: 409 last_owner.
func DismissMember(m Member, otherOwners int) error {
	if m.Owns() && otherOwners == 0 {
		return lastOwner()
	}
	return nil
}

func lastOwner() *events.Problem {
	return events.Refuse("last_owner", "This is the last active owner. Make somebody else an owner first.")
}

// ReadsUser is what whoever asks must be allowed to do to read a member of staff: everybody reads themselves.
func ReadsUser(by events.Principal, id string) events.Permission {
	if by.ID == id {
		return ""
	}
	return events.UsersWrite
}
