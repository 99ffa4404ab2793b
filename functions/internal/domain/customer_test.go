package domain

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

func TestCustomer_Phones(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "+49 (30) 123-456": "+4930123456", "0049 30 123456": "+4930123456", "+1.212.555.0100": "+12125550100",
		"030 123456": "!", "+0123456": "!", "+12": "!", "+1234567890123456": "!", "call me": "!", "+49 30 123456 ext 7": "!", "+４９３０１２３４５６": "!",
	} {
		c, err := Customer(events.CustomerFields{Name: events.Private("A"), Phone: events.Private(in)})
		got := c.Phone.Reveal()
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestNewCustomer_NamesEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	_, err := NewCustomer(events.NewCustomer{Email: events.Private("x"), Name: events.Private("\x00"), Phone: events.Private("1")}, "")
	if diff := cmp.Diff([]string{"body.email", "body.name", "body.phone", "body.password"}, places(err)); diff != "" {
		t.Error(diff)
	}
}

func TestPostalAddress(t *testing.T) {
	t.Parallel()
	good := events.PostalAddress{Name: events.Private(" A "), Line1: events.Private("B"), City: events.Private("C"), PostalCode: events.Private("D"), Country: "DE"}
	want := good
	want.Name = events.Private("A")
	got, err := PostalAddress("body", good)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for _, country := range []string{"", "de", "XX", "DEU", "UK", "EU"} {
		bad := good
		bad.Country, bad.Line2 = country, events.Private("two\nlines")
		_, err := PostalAddress("body.shippingAddress", bad)
		if diff := cmp.Diff([]string{"body.shippingAddress.line2", "body.shippingAddress.country"}, places(err)); diff != "" {
			t.Errorf("%q: %s", country, diff)
		}
	}
}
