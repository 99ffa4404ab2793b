package web

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

func TestAccessSaysWhatItTakes(t *testing.T) {
	t.Parallel()
	as := func(kind events.AuthType, scopes ...events.Permission) Identity {
		return Identity{Principal: events.Principal{Type: kind, ID: "1"}, Scopes: scopes}
	}
	staff := Access{Staff: events.NotificationsRW}
	for name, c := range map[string]struct {
		access Access
		who    Identity
		want   string // "": may
	}{
		"a customer in the shop":       {Access{Shoppers: true}, as(events.Shopper), ""},
		"a customer in the office":     {staff, as(events.Shopper), "Customers may not do this."},
		"staff with the permission":    {staff, as(events.Staff, events.NotificationsRW), ""},
		"staff without the permission": {staff, as(events.Staff), "This needs the permission " + string(events.NotificationsRW) + "."},
		"staff in the shop":            {Access{Shoppers: true}, as(events.Staff), "Only customers may do this, with a token of the storefront."},
		"a program among people":       {Access{AnyStaff: true}, as(events.Client), "Only people who work for the mart may do this."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if !c.access.Allows(c.who) {
				got = c.access.missingScope(c.who)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A client is told that either of two scopes suffices, and where a token is possible and not needed.
func TestAccessIsDescribedAsWhatSuffices(t *testing.T) {
	t.Parallel()
	none, any := map[string][]string{}, map[string][]string{"bearer": {}}
	shop, read := map[string][]string{"bearer": {"shop"}}, map[string][]string{"bearer": {"orders:read"}}
	for name, c := range map[string]struct {
		access Access
		want   []map[string][]string
	}{
		"anyone":             {Access{Anyone: true}, []map[string][]string{none, any}},
		"whoever works here": {Access{AnyStaff: true}, []map[string][]string{any}},
		"whoever buys":       {Access{Shoppers: true, Newcomer: true}, []map[string][]string{none, shop}},
		"whoever has bought": {Access{Shoppers: true, Guests: true}, []map[string][]string{{"order": {}}, shop}},
		"either of two":      {Access{Shoppers: true, Staff: events.OrdersRead}, []map[string][]string{shop, read}},
	} {
		if d := cmp.Diff(c.want, c.access.security()); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// Who has no access token is let in by the token of an order, good or not, where guests are, and by saying who they are where newcomers are, or by what
// cannot be read; an access token counts alone.
func TestAccessLetsGuestsIn(t *testing.T) {
	t.Parallel()
	guests, newcomers := Access{Shoppers: true, Guests: true}, Access{Shoppers: true, Newcomer: true}
	says := func(body string) *request { return &request{body: []byte(body)} }
	staff := Identity{Principal: events.Principal{Type: events.Staff, ID: "1"}}
	for name, c := range map[string]struct {
		access Access
		r      *request
		want   bool
	}{
		"with a token":                 {guests, &request{orderToken: true}, true},
		"without":                      {guests, &request{}, false},
		"who says who they are":        {guests, says(`{"guest":{}}`), false},
		"a token where none counts":    {Access{Shoppers: true}, &request{orderToken: true}, false},
		"staff with an order's token":  {guests, &request{orderToken: true, identity: staff}, false},
		"a newcomer":                   {newcomers, says(`{"guest":{"email":"a@example.com"}}`), true},
		"a newcomer with a token":      {newcomers, &request{orderToken: true}, false},
		"a newcomer who says nothing":  {newcomers, says(`{"lines":[]}`), false},
		"a newcomer who is null":       {newcomers, says(`{"guest":null}`), false},
		"a newcomer whose body is not": {newcomers, says(`{"guest":{}`), true},
		"a newcomer of another shape":  {newcomers, says(`["guest"]`), false},
		"a newcomer without a body":    {newcomers, says(``), false},
		"unreadable, where none are":   {guests, says(`{"guest":{}`), false},
		"staff whose body is not":      {newcomers, &request{body: []byte(`{"guest":{}`), identity: staff}, false},
		"staff who say so":             {newcomers, &request{body: []byte(`{"guest":{}}`), identity: staff}, false},
	} {
		if got := c.access.lets(c.r); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
