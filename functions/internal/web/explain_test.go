package web

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

func TestLaidOut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"One thing. Another, such as 409 or a.b.": "One thing. Another, such as 409 or a.b.",
		"Ask first. 409 quote_changed: it costs 2. Show it. 422 `a`, `b`: no. 404: none. It goes on. So.": "Ask first.\n\n- **409** `quote_changed`: it costs 2.\n\nShow it.\n\n" +
			"- **422** `a`, `b`: no.\n- **404**: none.\n\nIt goes on. So.",
		"201: done. 202: not yet.": "- **201**: done.\n- **202**: not yet.",
		"422 product_not_sold, 409 cart_full, 409 `cart_ordered`; 404 of none. Send requires_action to /a/some_page with grant_type=client_credentials.": "- **422** `product_not_sold`, **409** `cart_full`, **409** `cart_ordered`; 404 of none.\n\n" +
			"Send `requires_action` to /a/some_page with grant_type=client_credentials.",
	} {
		if diff := cmp.Diff(want, laidOut(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestAccessIsSaid(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]Access{
		"**Who may:** anyone; a token is not needed, and one that is sent must be valid.":                                                    {Anyone: true},
		"**Who may:** customers, for what is theirs; staff and programs with the permission `journal:read` (owner, support).":                {Shoppers: true, Staff: events.JournalRead},
		"**Who may:** anyone who says in `guest` who they are; whoever shows the order's token as `Order-Token`; all staff, for themselves.": {Newcomer: true, Guests: true, AnyStaff: true},
	} {
		if diff := cmp.Diff(want, a.said()); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", a, diff)
		}
	}
}
