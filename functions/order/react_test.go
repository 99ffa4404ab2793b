package order

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/web"
)

func TestAnOrderThatIsDueExpires(t *testing.T) {
	t.Parallel()
	due := events.OrderDeadline{DueAt: time.Unix(1, 0).UTC()}
	sent, err := expireOnDue(t.Context(), events.Received[events.OrderDeadline]{Envelope: events.Envelope{Subject: "o1"}, Data: due})
	if err != nil || len(sent) != 1 {
		t.Fatalf("%v, %v", sent, err)
	}
	if diff := cmp.Diff(&due, sent[0].Payload()); diff != "" || sent[0].Of().Type() != events.ExpireOrder.Type() || sent[0].Subject != "o1" {
		t.Errorf("sent %s about %s (-want +got):\n%s", sent[0].Of().Type(), sent[0].Subject, diff)
	}
}

// What a customer sends is products and quantities: there is no place for a price, an owner or a state.
func TestACartIsAllThatIsTaken(t *testing.T) {
	t.Parallel()
	in := &placeIn{}
	in.Body.Lines = []OrderItem{{ProductID: "p", Quantity: 2}}
	in.Body.ShippingAddress.Name, in.Body.ShippingAddress.Line1, in.Body.ShippingAddress.City = " Bo ", "Road 1", "Town"
	in.Body.ShippingAddress.PostalCode, in.Body.ShippingAddress.Country = "95014", "US"
	keys, err := events.NewKeys(events.GenerateRing("s1"), events.GenerateRing("p1"))
	if err != nil {
		t.Fatal(err)
	}
	r := routes{api: web.NewAPI(&boot.Runtime{Name: events.Order, Keys: keys}, nil)}
	command, err := r.place(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	cart := command.Payload().(*events.Cart)
	if cart.ShippingAddress.Name.Plaintext() != "Bo" || len(cart.Lines) != 1 || command.Subject == "" || cart.Network != r.api.Place("") {
		t.Errorf("got %+v about %s", cart, command.Subject)
	}
	in.Body.ShippingAddress.Country = "XX"
	if _, err := r.place(t.Context(), in); err == nil {
		t.Error("an address in no country is taken")
	}
}
