package inbox

import (
	"testing"

	"github.com/onlinemart/mart/events"
)

// What a later release decided is told rightly by an earlier one: a refusal stays a refusal.
func TestDecision_OfACommandOfALaterRelease(t *testing.T) {
	t.Parallel()
	d := decision{
		commandType: "com.onlinemart.order.teleport.v1",
		results:     []events.Envelope{{Type: events.Rejected("order").Type(), Data: []byte(`{"problem":{"code":"too_far"}}`)}},
	}
	s, err := d.state(events.OperationQuestion{})
	if err != nil || s.Status != events.OperationFailed || s.Noun != "order" || s.Problem == nil || s.Problem.Code != "too_far" {
		t.Errorf("%v: %+v", err, s)
	}
}
