package paymentgateway

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// apiError is an error in Stripe's form: {"error": {type, code, message, …}}. Nothing was done, unless its type is
// card_error, which is the answer of an attempt that was made and refused by the issuer.
type apiError struct {
	status int

	Type        string         `json:"type"`
	Code        string         `json:"code,omitempty"`
	DeclineCode string         `json:"decline_code,omitempty"`
	Message     string         `json:"message"`
	Param       string         `json:"param,omitempty"`
	Charge      string         `json:"charge,omitempty"`
	Intent      *paymentIntent `json:"payment_intent,omitempty"`
}

func (e *apiError) body() []byte {
	return mustJSON(map[string]*apiError{"error": e})
}

func invalid(code, param, message string, args ...any) *apiError {
	return &apiError{
		status: http.StatusBadRequest, Type: "invalid_request_error", Code: code, Param: param, Message: fmt.Sprintf(message, args...),
	}
}

func missing(status int, param, what, id string) *apiError {
	e := invalid("resource_missing", param, "No such %s: '%s'", what, id)
	e.status = status
	return e
}

func unauthorized(message string) *apiError {
	return &apiError{status: http.StatusUnauthorized, Type: "invalid_request_error", Message: message}
}

// unexpectedState is the refusal of a step that the intent's status does not allow; it shows the intent as it is.
func unexpectedState(step string, in intent) *apiError {
	e := invalid("payment_intent_unexpected_state", "",
		"This PaymentIntent could not be %s because it has a status of %s.", step, in.Shown.Status)
	e.Intent = &in.Shown
	return e
}

func keyReused(key string) *apiError {
	return &apiError{
		status: http.StatusBadRequest, Type: "idempotency_error",
		Message: fmt.Sprintf("The idempotency key '%s' was first used with other parameters. Use another key for another request.", key),
	}
}

func keyInUse(key string) *apiError {
	return &apiError{
		status: http.StatusConflict, Type: "idempotency_error", Code: "idempotency_key_in_use",
		Message: fmt.Sprintf("Another request with the idempotency key '%s' is running. Try again when it has ended.", key),
	}
}

func failed() *apiError {
	return &apiError{status: http.StatusInternalServerError, Type: "api_error", Message: "An unknown error occurred."}
}

func unknownURL(w http.ResponseWriter, r *http.Request) {
	e := invalid("", "", "Unrecognized request URL (%s: %s).", r.Method, r.URL.Path)
	e.status = http.StatusNotFound
	write(w, reply{Status: e.status, Body: e.body()})
}

// reply is an answer as it went out, and as it goes out again when its idempotency key is sent again.
type reply struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
}

func (r reply) write(w http.ResponseWriter) { write(w, r) }

func write(w http.ResponseWriter, r reply) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.Status)
	_, _ = w.Write(r.Body) // a client that has gone asks again with its key
}

// mustJSON encodes values of this package's own types, which always encode.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return b
}
