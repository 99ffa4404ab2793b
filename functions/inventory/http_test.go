package inventory_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/inventory"
)

const id = "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d"

// What the schema, the rules and the missing key say comes in one answer; a key that alone is missing is asked for by itself.
func TestAnAdjustmentIsToldEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	s := functiontest.Start(t, events.Inventory, inventory.Routes, functiontest.Script{})
	type refusal struct {
		Status int
		Code   string
		Errors map[string]string
	}
	const key = "must be there: any text that is new for each thing you want done"
	for body, want := range map[string]refusal{
		`{"delta":0,"reason":"x","note":"\u0000"}`: {422, "invalid", map[string]string{
			"body.delta": "must not be 0", "body.reason": "must be one of received, counted, damaged, lost, returned, corrected",
			"body.note": "must not contain control characters", "header.Idempotency-Key": key,
		}},
		`{"delta":0,"reason":"lost"}`:  {422, "invalid", map[string]string{"body.delta": "must not be 0", "header.Idempotency-Key": key}},
		`{"delta":"","reason":"lost"}`: {422, "invalid", map[string]string{"body.delta": "must be a whole number", "header.Idempotency-Key": key}},
		`{"delta":1,"reason":"lost"}`:  {400, "idempotency_key_required", map[string]string{}},
	} {
		var problem struct {
			Code   string
			Errors []events.FieldError
		}
		answer := s.Do(t, functiontest.Stock, "POST", "/stock/"+id+"/adjustments", body)
		answer.JSON(t, &problem)
		got := refusal{answer.StatusCode, problem.Code, map[string]string{}}
		for _, fault := range problem.Errors {
			got.Errors[fault.Location] += fault.Message
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
	if sent := s.Commands(); len(sent) != 0 {
		t.Errorf("sent %+v", sent)
	}
}
