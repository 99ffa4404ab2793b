package paymentgateway

// card is how a payment method token behaves when it is charged. The zero value is a card that pays.
type card struct {
	decline   *decline // the issuer refuses
	challenge bool     // the issuer wants 3-D Secure first; decline then comes after it
	fault     fault    // the gateway itself fails; only tokens of our own
	last      string   // the last four digits of the card, of those that are shown to somebody
}

// decline is an issuer's refusal: Stripe's error code, the issuer's own reason and what Stripe says of it.
type decline struct{ code, reason, message, param string }

var (
	declinedGeneric    = &decline{"card_declined", "generic_decline", "Your card was declined.", ""}
	declinedFunds      = &decline{"card_declined", "insufficient_funds", "Your card has insufficient funds.", ""}
	declinedLost       = &decline{"card_declined", "lost_card", "Your card was declined.", ""}
	declinedStolen     = &decline{"card_declined", "stolen_card", "Your card was declined.", ""}
	declinedFraudulent = &decline{"card_declined", "fraudulent", "Your card was declined.", ""}
	declinedVelocity   = &decline{"card_declined", "card_velocity_exceeded", "Your card was declined for making repeated attempts too often.", ""}
	declinedExpired    = &decline{"expired_card", "", "Your card has expired.", "exp_month"}
	declinedCVC        = &decline{"incorrect_cvc", "", "Your card's security code is incorrect.", "cvc"}
	declinedProcessing = &decline{"processing_error", "", "An error occurred while processing your card. Try again in a little bit.", ""}
	declinedOffSession = &decline{"authentication_required", "authentication_required", "Your card was declined. This transaction requires authentication.", ""}
)

// tokens are the payment methods the gateway knows: those that Stripe publishes for tests, with their documented
// behaviour, then ours (pm_test_…), which Stripe does not know and which fail in the way their name says.
var tokens = map[string]card{
	"pm_card_visa":               {},
	"pm_card_visa_debit":         {},
	"pm_card_mastercard":         {},
	"pm_card_mastercard_debit":   {},
	"pm_card_mastercard_prepaid": {},
	"pm_card_amex":               {},
	"pm_card_discover":           {},
	"pm_card_diners":             {},
	"pm_card_jcb":                {},
	"pm_card_unionpay":           {},

	"pm_card_chargeDeclined":                           {decline: declinedGeneric},
	"pm_card_visa_chargeDeclined":                      {decline: declinedGeneric},
	"pm_card_chargeDeclinedInsufficientFunds":          {decline: declinedFunds},
	"pm_card_visa_chargeDeclinedInsufficientFunds":     {decline: declinedFunds},
	"pm_card_chargeDeclinedLostCard":                   {decline: declinedLost},
	"pm_card_visa_chargeDeclinedLostCard":              {decline: declinedLost},
	"pm_card_chargeDeclinedStolenCard":                 {decline: declinedStolen},
	"pm_card_visa_chargeDeclinedStolenCard":            {decline: declinedStolen},
	"pm_card_chargeDeclinedFraudulent":                 {decline: declinedFraudulent},
	"pm_card_visa_chargeDeclinedVelocityLimitExceeded": {decline: declinedVelocity},
	"pm_card_chargeDeclinedExpiredCard":                {decline: declinedExpired},
	"pm_card_chargeDeclinedIncorrectCvc":               {decline: declinedCVC},
	"pm_card_chargeDeclinedProcessingError":            {decline: declinedProcessing},

	"pm_card_authenticationRequired":                                {challenge: true, last: "3184"},
	"pm_card_authenticationRequiredOnSetup":                         {challenge: true, last: "3155"},
	"pm_card_threeDSecure2Required":                                 {challenge: true, last: "3220"},
	"pm_card_threeDSecureRequired":                                  {challenge: true, last: "3063"},
	"pm_card_threeDSecureRequiredChargeDeclined":                    {challenge: true, decline: declinedGeneric, last: "1629"},
	"pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": {challenge: true, decline: declinedFunds, last: "3178"},
	"pm_card_threeDSecureOptional":                                  {},

	"pm_test_timeoutBeforeCharge": {fault: fault{On: opCreate, Mode: hangBefore}},
	"pm_test_timeoutAfterCharge":  {fault: fault{On: opCreate, Mode: hangAfter}},
	"pm_test_cutBeforeCharge":     {fault: fault{On: opCreate, Mode: cutBefore}},
	"pm_test_cutAfterCharge":      {fault: fault{On: opCreate, Mode: cutAfter}},
	"pm_test_errorAfterCharge":    {fault: fault{On: opCreate, Mode: errorAfter}},
	"pm_test_slowCharge":          {fault: fault{On: opCreate, Mode: slow, DelayMS: 2000}},
	"pm_test_otherAmount":         {fault: fault{On: opCreate, Mode: otherAmount}},
	"pm_test_cutAfterCapture":     {fault: fault{On: opCapture, Mode: cutAfter}},
	"pm_test_errorAfterCapture":   {fault: fault{On: opCapture, Mode: errorAfter}},
	"pm_test_cutAfterRefund":      {fault: fault{On: opRefund, Mode: cutAfter}},
	"pm_test_webhookFirst":        {fault: fault{On: opAny, Mode: webhookFirst}},
	"pm_test_webhookTwice":        {fault: fault{On: opAny, Mode: webhookTwice}},
	"pm_test_webhookLate":         {fault: fault{On: opAny, Mode: webhookLate, DelayMS: 2000}},
}
