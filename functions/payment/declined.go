package payment

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/web"
)

// PaymentDecline is why a payment was declined, as its buyer and the staff see it.
type PaymentDecline struct {
	Code         string `json:"code" doc:"The provider's word for it, for programs." example:"insufficient_funds"`
	Message      string `json:"message" doc:"What to tell the buyer: a sentence, in that of the languages of Accept-Language that the mart speaks (en, de), else in English." example:"There is not enough money on the card. Pay with another one."`
	ProviderSaid string `json:"providerSaid,omitempty" doc:"The provider's own sentence; for staff alone." example:"Your card has insufficient funds."`
}

// alike are codes of the provider that mean the same to a buyer. Source: docs.stripe.com/error-codes and docs.stripe.com/declines/codes.
var alike = map[string]string{
	"authentication_not_handled": "unconfirmed", "card_decline_rate_limit_exceeded": "card_velocity_exceeded", "invalid_cvc": "incorrect_cvc",
	"invalid_expiry_month": "invalid_expiry", "invalid_expiry_year": "invalid_expiry", "invalid_number": "incorrect_number", "invalid_pin": "incorrect_pin",
	"issuer_not_available": "processing_error", "do_not_honor": "card_declined", "call_issuer": "card_declined", "generic_decline": "card_declined",
	"transaction_not_allowed": "card_declined", "invalid_account": "card_declined", "outcome_unknown": "unreachable",
	"payment_intent_authentication_failure": "unconfirmed", "payment_method_unknown": "unknown_method", "payment_method_invalid_parameter": "unknown_method",
	"pin_try_exceeded": "card_velocity_exceeded", "reenter_transaction": "processing_error", "try_again_later": "processing_error",
	"withdrawal_count_limit_exceeded": "card_velocity_exceeded",
}

// words/<language>.json is what a buyer is told in a language, by the code; under "" of any other.
//
//go:embed words
var wordFiles embed.FS

// languages are those that buyers are told in; the first where they want none of them.
var languages = []events.Language{events.English, events.German}

// allWords are the words of each language. It panics when they cannot be read, which tests see.
var allWords = sync.OnceValue(func() map[events.Language]map[string]string {
	all := map[events.Language]map[string]string{}
	for _, language := range languages {
		var words map[string]string
		raw, err := wordFiles.ReadFile("words/" + string(language) + ".json")
		if err == nil {
			err = json.Unmarshal(raw, &words)
		}
		if err != nil {
			panic(fmt.Sprintf("what buyers are told in %s: %v", language, err))
		}
		all[language] = words
	}
	return all
})

// declined is why a payment was declined, in words for who asks; nil: it was not.
func declined(ctx context.Context, f *events.PaymentFailure) *PaymentDecline {
	if f == nil {
		return nil
	}
	words := allWords()[languages[web.Language(ctx, languages...)]]
	d := &PaymentDecline{Code: f.Code, Message: cmp.Or(words[cmp.Or(alike[f.Code], f.Code)], words[""])}
	if web.CustomerScope(ctx) == "" {
		d.ProviderSaid = strings.TrimSpace(f.Message)
	}
	return d
}
