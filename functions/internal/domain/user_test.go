package domain

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// places are where the faults are.
func places(err error) (all []string) {
	for _, f := range faultsIn(err) {
		all = append(all, f.Location)
	}
	return all
}

func faultsIn(err error) []events.FieldError {
	if p, ok := errors.AsType[*events.Problem](err); ok {
		return p.Errors
	}
	return nil
}

func TestNewUser_NamesEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	_, err := NewUser(events.NewUser{Email: events.NewPersonal("x"), Name: events.NewPersonal(" "), Roles: []events.Role{"king"}}, "short")
	if diff := cmp.Diff([]string{"body.email", "body.name", "body.roles[0]", "body.password"}, places(err)); diff != "" {
		t.Error(diff)
	}
	u, err := NewUser(events.NewUser{Email: events.NewPersonal(" Ann@example.com "), Name: events.NewPersonal(" Ann  "), Roles: []events.Role{events.ViewerRole, events.CatalogRole}}, "")
	want := events.NewUser{Email: events.NewPersonal("Ann@example.com"), Name: events.NewPersonal("Ann"), Roles: []events.Role{events.CatalogRole, events.ViewerRole}}
	if diff := cmp.Diff(want, u); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func TestUser_Fields(t *testing.T) {
	t.Parallel()
	f := events.UserFields{Email: events.NewPersonal("a@example.com"), Name: events.NewPersonal("A\nB"), Roles: []events.Role{events.ViewerRole, events.ViewerRole}, Status: "gone"}
	_, err := User(f)
	if diff := cmp.Diff([]string{"body.name", "body.roles", "body.status"}, places(err)); diff != "" {
		t.Error(diff)
	}
	problem, _ := errors.AsType[*events.Problem](err)
	if got, want := problem.Errors[1].Message, "must be one or more of owner, catalog, orders, support, viewer, each once"; got != want {
		t.Errorf("of the roles it says %q, want %q", got, want)
	}
}

func TestChangeMember(t *testing.T) {
	t.Parallel()
	active, disabled := events.AccountActive, events.AccountDisabled
	member := func(id string, status events.AccountStatus, roles ...events.Role) Member {
		return Member{ID: id, Email: id + "@example.com", Roles: roles, Status: status}
	}
	boss, ann := member("boss", active, events.OwnerRole), member("ann", active, events.ViewerRole)
	renamed := ann
	renamed.Email = "other@example.com"
	for name, c := range map[string]struct {
		asker, before, after Member
		owners               int
		want                 string
	}{
		"own name":                       {ann, ann, ann, 1, ""},
		"own address":                    {ann, ann, renamed, 1, "forbidden"},
		"own roles":                      {ann, ann, member("ann", active, events.OwnerRole), 1, "forbidden"},
		"own status":                     {ann, ann, member("ann", disabled, events.ViewerRole), 1, "forbidden"},
		"somebody else":                  {ann, boss, boss, 1, "forbidden"},
		"disabled":                       {member("ann", disabled, events.OwnerRole), ann, ann, 1, "forbidden"},
		"nobody":                         {Member{}, ann, ann, 1, "forbidden"},
		"an owner somebody else":         {boss, ann, renamed, 0, ""},
		"an owner another owner":         {boss, member("two", active, events.OwnerRole), member("two", active, events.ViewerRole), 1, ""},
		"an owner steps down":            {boss, boss, member("boss", active, events.ViewerRole), 1, ""},
		"the last owner steps down":      {boss, boss, member("boss", active, events.ViewerRole), 0, "last_owner"},
		"the last owner is disabled":     {boss, boss, member("boss", disabled, events.OwnerRole), 0, "last_owner"},
		"the last owner keeps the role":  {boss, boss, member("boss", active, events.OwnerRole, events.ViewerRole), 0, ""},
		"a disabled owner loses a role":  {boss, member("two", disabled, events.OwnerRole), member("two", disabled, events.ViewerRole), 1, ""},
		"an owner who is disabled helps": {boss, boss, member("boss", disabled, events.OwnerRole), 1, ""},
	} {
		got := ""
		if p, ok := errors.AsType[*events.Problem](ChangeMember(c.asker, c.before, c.after, c.owners)); ok {
			got = p.Code
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if DismissMember(boss, 0) == nil || DismissMember(boss, 1) != nil || DismissMember(ann, 0) != nil {
		t.Error("the last owner, and only they, cannot be dismissed")
	}
}
