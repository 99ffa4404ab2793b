package domain

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

func TestCustomer_Phones(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "+49 (30) 123-456": "+4930123456", "0049 30 123456": "+4930123456", "+1.212.555.0100": "+12125550100",
		"030 123456": "!", "+0123456": "!", "+12": "!", "+1234567890123456": "!", "call me": "!", "+49 30 123456 ext 7": "!", "+４９３０１２３４５６": "!",
		"+44 (0)20 7946 0958": "+442079460958", "0044 (0) 20 7946 0958": "+442079460958", "+4402079460958": "+442079460958", "+44\u00a020\u20117946\u20110958": "+442079460958",
		"+39 06 6982": "+39066982", "+39 347 1234567": "+393471234567", "+54 9 11 2345 6789": "+5491123456789", "+54 011 15 2345 6789": "+5491123456789", "+800 1234 5678": "+80012345678",
		"+44 20 7946 095": "!", "+44 20 7946 09588": "!", "+1 012 345 6789": "!", "+999 1234567": "!", "+210 1234567": "!",
	} {
		c, err := Customer(events.CustomerFields{Name: events.NewPersonal("A"), Phone: events.NewPersonal(in)})
		got := c.Phone.Plaintext()
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
	_, err := NewCustomer(events.NewCustomer{Email: events.NewPersonal("x"), Name: events.NewPersonal("\x00"), Phone: events.NewPersonal("1")}, "")
	if diff := cmp.Diff([]string{"body.email", "body.name", "body.phone", "body.password"}, places(err)); diff != "" {
		t.Error(diff)
	}
}

func TestPostalAddress(t *testing.T) {
	t.Parallel()
	good := events.PostalAddress{Name: events.NewPersonal(" A "), Line1: events.NewPersonal("B"), City: events.NewPersonal("C"), PostalCode: events.NewPersonal("53225"), Country: "DE"}
	want := good
	want.Name = events.NewPersonal("A")
	got, err := PostalAddress("body", good)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for _, country := range []string{"", "de", "XX", "DEU", "UK", "EU"} {
		bad := good
		bad.Country, bad.Line2 = country, events.NewPersonal("two\nlines")
		_, err := PostalAddress("body.shippingAddress", bad)
		if diff := cmp.Diff([]string{"body.shippingAddress.line2", "body.shippingAddress.country"}, places(err)); diff != "" {
			t.Errorf("%q: %s", country, diff)
		}
	}
}

func TestNumberPlans_AreReadable(t *testing.T) {
	t.Parallel()
	if plans, err := numberPlans(); err != nil || len(plans) < 200 {
		t.Errorf("%d plans: %v", len(plans), err)
	}
}

// A person's name, or of whom they order for, is what people and firms are called, in any script; what a mail program makes an address of, though it only looks like it,
// and what has no place in a name, is refused, and said.
func TestNamesOfPersons(t *testing.T) {
	t.Parallel()
	guest := func(name string) error {
		_, err := GuestContact(events.GuestContact{Email: events.NewPersonal("gil@example.com"), Name: events.NewPersonal(name)})
		return err
	}
	for _, name := range []string{
		"Ada Lovelace", "J.R.R. Tolkien", "O'Neil-Smith, Jr.", "D\u2019Arcy", "Zo\u00eb", "Nguy\u1ec5n", "\u6728\u6751 \u62d3\u54c9", "\u30b8\u30e7\u30f3\u30fb\u30b9\u30df\u30b9",
		"\u0645\u062d\u0645\u062f", "\u0646\u0645\u06a9\u200c\u062f\u0627\u0646", "Col\u00b7lectiu", "M\u00fcller & S\u00f6hne (Berlin)", "Hansen A/S", "3rd Floor", "Dr. med. Ada Weiss", "Dipl.Ing. M. Weiss", "Prof.Dr.h.c. Weiss", "St. John", "Dr.No", "MR.COM", "St.Ives", "Dipl.Ing. Ada", "Prof.Weiss", "GARTENSTR.12", "St.John", "ADA.WEISS", "Henry VIII", "\u05e6\u05d4\u05f4\u05dc",
	} {
		if err := guest(name); err != nil {
			t.Errorf("%+q: %v", name, err)
		}
	}
	for _, name := range []string{
		"evil\u2024example", "evil\ufe52example", "evil\uff0eexample", "evil\u3002example", "evil\uff61example", "evil\u2025example", "evil\u2026example", "no\u2488example",
		"http:evil", "http\uff1aevil", "evil\uff0fx", "evil\u2044x", "evil\u2215x", "gil@example", "gil\ufe6bexample", "gil\uff20example", "a<b", "a=b", "a%2e", "a\\b", "\u2b50 won",
	} {
		problem, is := errors.AsType[*events.Problem](guest(name))
		if !is || len(problem.Errors) != 1 || problem.Errors[0].Location != "body.guest.name" || !strings.Contains(problem.Errors[0].Message, "must be a name") {
			t.Errorf("%+q: %v", name, problem)
		}
	}
}

// Neither a name nor a street reads as an address of the web, which a mail would show to whomever it is sent to.
func TestNamesAndPlacesAreNoAddressesOfTheWeb(t *testing.T) {
	t.Parallel()
	of := func(text string) map[string]error {
		said := events.NewPersonal(text)
		_, name := GuestContact(events.GuestContact{Email: events.NewPersonal("gil@example.com"), Name: said})
		_, street := PostalAddress("body", events.PostalAddress{Name: events.NewPersonal("Gil"), Line1: said, City: events.NewPersonal("Bremen"), PostalCode: events.NewPersonal("28195"), Country: "DE"})
		_, floor := PostalAddress("body", events.PostalAddress{Name: events.NewPersonal("Gil"), Line1: events.NewPersonal("Markt 1"), Line2: said, City: events.NewPersonal("Bremen"), PostalCode: events.NewPersonal("28195"), Country: "DE"})
		_, city := PostalAddress("body", events.PostalAddress{Name: events.NewPersonal("Gil"), Line1: events.NewPersonal("Markt 1"), City: said, PostalCode: events.NewPersonal("28195"), Country: "DE"})
		return map[string]error{"body.guest.name": name, "body.line1": street, "body.line2": floor, "body.city": city}
	}
	for _, text := range []string{"Free gift at evil.example/win", "evil.example", "Evil.Example/win", "www.evil", "WWW.EVIL", "see www.evil.example now", "gift (evil.example)", "EVIL.COM", "Bit.Ly", "see EVIL.COM now", "my-x.COM", "Evil.Shop"} {
		for location, err := range of(text) {
			want := []events.FieldError{{Location: location, Message: "must not be an address of the web; write a space behind each point"}}
			if diff := cmp.Diff(want, faultsIn(err)); diff != "" {
				t.Errorf("%q at %s (-want +got):\n%s", text, location, diff)
			}
		}
	}
	for _, text := range []string{"J.R.R. Tolkien", "Dr.No", "Hauptstr.12", "Str. des 17. Juni 135", "c/o Weiss, 3. OG", "St. Gallen", "1600 Amphitheatre Pkwy., Apt.4b"} {
		for location, err := range of(text) {
			if err != nil {
				t.Errorf("%q at %s: %v", text, location, err)
			}
		}
	}
}
