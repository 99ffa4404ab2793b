package domain

import (
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
)

// StoredUser is a member of staff as they are stored.
type StoredUser struct {
	events.UserState
	Address      string // of e-mail, in the spelling in which it is looked for
	PasswordHash events.Personal
	DeletedAt    *time.Time
}

// UserRows are the members of staff, the deleted ones among them: with one that changes, every active owner; for a first owner, more than could be
// dismissed meanwhile.
var UserRows = Table[StoredUser]{"staff"}

func (u StoredUser) member() Member {
	return Member{ID: u.ID, Email: u.Address, Roles: u.Roles, Status: u.Status}
}

func (c Case) liveUser(id string) (StoredUser, bool) {
	row, found := UserRows.Get(c.Rows, ID(id))
	return row, found && row.DeletedAt == nil
}

// addressTaken tells whether another member of staff has an address.
func (c Case) addressTaken(address, but string) bool {
	for u := range UserRows.All(c.Rows) {
		if u.DeletedAt == nil && u.Address == address && u.ID != but {
			return true
		}
	}
	return false
}

// otherOwners counts the active owners beside one member of staff.
func (c Case) otherOwners(but string) (n int) {
	for u := range UserRows.All(c.Rows) {
		if u.DeletedAt == nil && u.ID != but && u.member().Owns() {
			n++
		}
	}
	return n
}

// CreateUser adds a member of staff, and invites them where they have no password yet. Error: Problem email_taken.
func CreateUser(c Case, m events.Received[events.NewUser]) ([]events.Outgoing, error) {
	id, address := ID(m.Subject), FoldEmail(m.Data.Email.Plaintext())
	if _, exists := UserRows.Get(c.Rows, id); exists || c.addressTaken(address, id) {
		return nil, EmailTaken
	}
	u := StoredUser{Address: address, PasswordHash: m.Data.PasswordHash, UserState: events.UserState{
		Meta:       events.Meta{ID: id, Version: 1, CreatedAt: c.Now, UpdatedAt: c.Now},
		UserFields: events.UserFields{Email: m.Data.Email, Name: m.Data.Name, Roles: m.Data.Roles, Status: events.AccountActive},
	}}
	UserRows.Put(c.Rows, id, u)
	told := events.Send(events.UserCreated.New(id, u.UserState))
	if m.Data.ResetHash == "" {
		return told, nil
	}
	owner := events.Principal{Type: events.Staff, ID: id}
	if issue, may := c.issueReset(PasswordReset{ID: id, Owner: owner, TokenHash: m.Data.ResetHash}, InvitationLife); may {
		issue.Invitation = true
		told = append(told, events.ResetIssued.New(id, issue))
	}
	return told, nil
}

// EnsureOwner makes the first owner. Errors: Problems forbidden, already_staffed, email_taken.
func EnsureOwner(c Case, m events.Received[events.NewUser]) ([]events.Outgoing, error) {
	if m.By.Type != events.System {
		return nil, events.Forbidden("The first owner is made by the user function itself.")
	}
	for u := range UserRows.All(c.Rows) {
		if u.DeletedAt == nil {
			return nil, events.Refuse("already_staffed", "There are members of staff already.")
		}
	}
	m.Data.Roles = []events.Role{events.OwnerRole}
	return CreateUser(c, m)
}

// StaffID is the id of whoever asks, when they are staff.
func StaffID(e events.Envelope) string {
	if e.By.Type == events.Staff {
		return e.By.ID
	}
	return ""
}

// UpdateUser replaces what may be changed of a member of staff. Errors: those of ChangeMember; Problems not_found, stale_version, email_taken.
func UpdateUser(c Case, m events.Received[events.Change[events.UserFields]]) ([]events.Outgoing, error) {
	u, live := c.liveUser(m.Subject)
	if !live {
		return nil, events.NotFound("user", m.Subject)
	}
	var asker Member
	if id := StaffID(m.Envelope); id != "" {
		if by, live := c.liveUser(id); live {
			asker = by.member()
		}
	}
	f := m.Data.Fields
	after := Member{ID: u.ID, Email: FoldEmail(f.Email.Plaintext()), Roles: f.Roles, Status: f.Status}
	if err := ChangeMember(asker, u.member(), after, c.otherOwners(u.ID)); err != nil {
		return nil, err
	}
	if u.Version != m.Data.ExpectedVersion {
		return nil, events.Stale("user", u.Version)
	}
	if c.addressTaken(after.Email, u.ID) {
		return nil, EmailTaken
	}
	other := after.Status != u.Status || !slices.Equal(after.Roles, u.Roles)
	switch {
	case other:
		c.endSessions(u.ID, "")
	case after.Email != u.Address:
		c.endSessions(u.ID, m.Session) // one's own goes on
	}
	if other || after.Email != u.Address {
		c.closeReset(u.ID) // it is in the mailbox that was theirs, or was sent to somebody who was to do something else
	}
	u.UserFields, u.Address = f, after.Email
	return c.writeUser(u, events.UserUpdated), nil
}

// DeleteUser dismisses a member of staff. Errors: Problems not_found, stale_version, last_owner.
func DeleteUser(c Case, m events.Received[events.Deletion]) ([]events.Outgoing, error) {
	u, live := c.liveUser(m.Subject)
	if !live {
		return nil, events.NotFound("user", m.Subject)
	}
	if u.Version != m.Data.ExpectedVersion {
		return nil, events.Stale("user", u.Version)
	}
	if err := DismissMember(u.member(), c.otherOwners(u.ID)); err != nil {
		return nil, err
	}
	c.endSessions(u.ID, "")
	c.closeReset(u.ID)
	c.eraseLogin(u.ID)
	u.Status, u.PasswordHash, u.DeletedAt = events.AccountDisabled, events.Personal{}, &c.Now
	return c.writeUser(u, events.UserDeleted), nil
}

// ChangeUserPassword lets staff change their own, provided that it is still the one they have proven to know. Whoever is logged in with
// the old one is not any more, but for where it is changed. Errors: Problems forbidden, password_changed.
func ChangeUserPassword(c Case, m events.Received[events.NewPassword]) ([]events.Outgoing, error) {
	if StaffID(m.Envelope) != m.Subject {
		return nil, events.Forbidden("Everybody changes their own password only.")
	}
	u, live := c.liveUser(m.Subject)
	if err := c.mayChangePassword(live && u.Status == events.AccountActive, u.PasswordHash, m.Data); err != nil {
		return nil, err
	}
	return c.setUserPassword(u, m.Data.PasswordHash, m.Session, events.UserPasswordChanged), nil
}

// setUserPassword ends every log-in that the old one has opened, but the one by which it is changed, and every link that was asked for until now.
func (c Case) setUserPassword(u StoredUser, hash events.Personal, session string, done events.Message[events.UserState]) []events.Outgoing {
	c.endSessions(u.ID, session)
	c.closeReset(u.ID)
	u.PasswordHash = hash
	return c.writeUser(u, done)
}

func (c Case) writeUser(u StoredUser, done events.Message[events.UserState]) []events.Outgoing {
	u.Version++
	u.UpdatedAt = c.Now
	UserRows.Put(c.Rows, u.ID, u)
	return events.Send(done.New(u.ID, u.UserState))
}
