package events

import "time"

// ProblemExample is a problem of one kind as it may come, and the request that it comes of.
type ProblemExample struct {
	Request string // method and path
	Problem Problem
}

// ExampleOfProblem is a problem of that kind; false: no request is answered with one.
func ExampleOfProblem(code string) (ProblemExample, bool) {
	e, found := problemExamples[code]
	if !found {
		return ProblemExample{}, false
	}
	p := Problem{Status: e.status, Code: code, Detail: e.detail}
	if e.location != "" {
		p.Errors = []FieldError{{Location: e.location, Message: e.message}}
	}
	if kindWithQuote(code) {
		p.Quote = exampleQuote()
	}
	return ProblemExample{Request: e.request, Problem: p}, true
}

// kindWithQuote tells whether problems of a kind say what an order would cost now.
func kindWithQuote(code string) bool {
	return code == "quote_changed" || code == "shipping_method_required" || code == "shipping_method_unavailable"
}

// exampleQuote is what two packets of tea would cost.
func exampleQuote() *Quote {
	euros := func(amount int64) Money { return Money{Amount: amount, Currency: "EUR"} }
	return &Quote{
		Lines:      []OrderLine{{ProductID: "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8f", SKU: "TEA-EG-100", Name: "Earl Grey, 100 g", UnitPrice: euros(1290), Quantity: 2, Total: euros(2580)}},
		ValidUntil: time.Date(2026, time.March, 3, 9, 56, 0, 0, time.UTC),
		Choices: []QuoteChoice{{
			ShippingMethodID: "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b96", Name: "Parcel", Delivery: &DeliveryPromise{MinDays: 1, MaxDays: 3}, Quote: "eyJ0Ijoi.c2lnbmVk",
			Sum: Sum{
				Goods: euros(2580), Charges: []Charge{{ShippingMethodID: "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b96", Name: "Parcel", TaxClass: "standard", Amount: euros(490)}},
				Taxes: []TaxAmount{{Name: "VAT 20 %", TaxClass: "standard", Rate: 20_000, Included: true, Taxed: euros(3070), Amount: euros(512)}}, Total: euros(3070),
			},
		}},
	}
}

// problemExample is an example with at most one fault that has a place.
type problemExample struct {
	request           string
	status            int
	detail            string
	location, message string
}

// What stands for ids in the examples.
const (
	exampleOfOrder  = "/orders/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d"
	exampleOfLetter = "/dead-letters/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b9f"
	exampleOfBrand  = "/brands/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8e"
)

// What is said is what the rules say: a test compares it with them.
var problemExamples = map[string]problemExample{
	"already_exists":               {"PUT " + exampleOfBrand, 409, "There is or was a brand 0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8e already.", "", ""},
	"already_verified":             {"POST /email-verifications", 409, "Your e-mail address is confirmed already.", "", ""},
	"amount_too_large":             {"POST /orders", 422, "The total is larger than a card can be charged at once; order less at a time.", "", ""},
	"busy":                         {"POST /customers", 503, "Too many people log in at this moment. Try again shortly.", "", ""},
	"card_number":                  {"POST /payments", 422, "The request seems to contain a card number. Send the payment provider's token for the card instead, such as pm_card_visa.", "", ""},
	"cart_changed":                 {"POST /carts/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b90/order", 409, "The cart has changed at this moment. Look at it, and order again.", "", ""},
	"cart_empty":                   {"POST /carts/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b90/order", 422, "There is nothing in the cart.", "", ""},
	"cart_exists":                  {"POST /carts", 409, "There is a cart of this id or of yours already. Ask for yours again.", "", ""},
	"cart_full":                    {"PUT /carts/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b90/lines/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8f", 409, "A cart has 100 lines at most, as an order has; this would be 101. Take something out first.", "", ""},
	"cart_ordered":                 {"POST /carts/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b90/order", 409, "The cart was ordered; orderId of the cart says as what. Open a new one.", "", ""},
	"category_cycle":               {"PATCH /categories/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b92", 409, "A category cannot be part of itself: Green tea is below it.", "", ""},
	"category_not_empty":           {"DELETE /categories/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b92", 409, "There are categories below this one; move or delete them first.", "", ""},
	"category_too_deep":            {"POST /categories", 409, "The tree of categories may be 10 levels deep, and this would be deeper; choose a parent nearer to its root.", "", ""},
	"email_taken":                  {"POST /users", 409, "There is an account with this e-mail address already.", "", ""},
	"email_unchanged":              {"PUT /customers/me/email", 409, "That is your e-mail address already.", "", ""},
	"erased":                       {"POST " + exampleOfOrder + "/notes", 409, "The order's customer has been erased; nothing more is noted about them.", "", ""},
	"expired":                      {"POST /orders", 409, "The request is 337h0m0s old; nothing older than 336h0m0s is carried out.", "", ""},
	"forbidden":                    {"POST /brands", 403, "This needs the permission catalog:write.", "", ""},
	"guest_with_token":             {"POST /orders", 422, "Whoever is logged in orders as who they are: leave guest out, or send no access token.", "body.guest", "must be left out where there is an access token"},
	"headers_too_large":            {"GET /products", 431, "The headers are larger than 32 KiB.", "", ""},
	"idempotency_key_required":     {"POST /orders", 400, "Send an Idempotency-Key, any text that is new for each thing you want done, so that repeating the request does nothing twice.", "", ""},
	"idempotency_key_reused":       {"POST /orders", 422, "This Idempotency-Key was used for another request. Use a new one for each thing you want done.", "", ""},
	"in_progress":                  {"POST /notifications/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b91/resend", 409, "The mail is being sent.", "", ""},
	"in_use":                       {"DELETE " + exampleOfBrand, 409, "12 products have this brand. Delete or change them first, or name in reassign another brand that takes them.", "", ""},
	"internal":                     {"POST /orders", 500, "This is our fault. The traceId leads us to it.", "", ""},
	"invalid":                      {"POST /orders", 422, "The request is not valid; errors names every fault.", "body.lines[0].quantity", "must be at least 1"},
	"invalid_token":                {"GET /orders", 401, "The access token is not valid here. Get one from POST /oauth/token.", "", ""},
	"kafka_unavailable":            {"GET /sources", 503, "Kafka does not answer right now, so that nobody can say how far the sources have come.", "", ""},
	"letter_claimed":               {"POST " + exampleOfLetter + "/replay", 409, "Somebody is sending it again from the command line. Look again after 2026-03-03 09:56:00.", "", ""},
	"letter_discarded":             {"POST " + exampleOfLetter + "/replay", 409, "It was discarded at 2026-03-03 09:41:00. To send it all the same, say again.", "", ""},
	"letter_hopeless":              {"POST " + exampleOfLetter + "/replay", 409, "It would fail again: the function itself says that it cannot be processed. When that has been mended, say hopeless.", "", ""},
	"letter_not_kept":              {"POST " + exampleOfLetter + "/replay", 409, "What the event says is 700000 bytes, too much to be kept here. Send it with mart dead-letters replay --place 0:17.", "", ""},
	"letter_replayed":              {"POST " + exampleOfLetter + "/replay", 409, "It was sent again at 2026-03-03 09:41:00. If the function has failed since, that is another letter; to send this one once more all the same, say again.", "", ""},
	"letter_unaddressed":           {"POST " + exampleOfLetter + "/replay", 409, "The letter holds no event of the mart and has nowhere to go.", "", ""},
	"last_owner":                   {"DELETE /users/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b93", 409, "This is the last active owner. Make somebody else an owner first.", "", ""},
	"mail_server_unavailable":      {"POST /notifications/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b91/resend", 503, "The mail server does not take the mail right now; it is sent as soon as it does.", "", ""},
	"malformed":                    {"POST /orders", 400, "The body cannot be read as JSON; see errors.", "body", "unexpected end of JSON input"},
	"malformed_if_match":           {"PATCH " + exampleOfBrand, 400, `If-Match is no list of ETags. Send the ETag as you have read it, with its quotes, such as "7", or *.`, "", ""},
	"method_not_allowed":           {"DELETE /orders", 405, "This path takes GET, POST, OPTIONS.", "", ""},
	"method_unknown":               {"BREW /orders", 501, "Nothing here takes this method. GET /openapi.json lists what there is.", "", ""},
	"mixed_currencies":             {"POST /orders", 422, "An order has one currency; this one mixes EUR and USD. Place two orders.", "", ""},
	"more_than_returned":           {"POST " + exampleOfOrder + "/returns/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b94/reception", 409, "There are more of some products than were to come back; see errors.", "body.lines[0].quantity", "only 1 was to come back"},
	"no_such_route":                {"GET /order", 404, "There is nothing at this path. GET /openapi.json lists what there is.", "", ""},
	"not_acceptable":               {"GET /orders", 406, "The answer cannot be in a form that Accept names.", "", ""},
	"not_found":                    {"GET " + exampleOfBrand, 404, "There is no brand 0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8e.", "", ""},
	"not_left_to_cancel":           {"POST " + exampleOfOrder + "/cancellation", 409, "There are not so many of some products left that were not sent; see errors.", "body.lines[0].quantity", "only 1 is left"},
	"not_left_to_return":           {"POST " + exampleOfOrder + "/returns", 409, "There are not so many of some products that have arrived and are not to come back already; see errors.", "body.lines[0].quantity", "only 1 is left"},
	"not_left_to_send":             {"POST " + exampleOfOrder + "/fulfilments", 409, "There are not so many of some products left to be sent; see errors, and read the order for what was sent.", "body.lines[0].quantity", "only 1 is left"},
	"not_yet":                      {"GET " + exampleOfBrand, 409, "Version 3 of the brand is not visible yet; ask again.", "", ""},
	"nothing_to_pay":               {"POST /orders", 422, "An order costs something; this one costs nothing.", "", ""},
	"nothing_under_way":            {"POST " + exampleOfOrder + "/delivery", 409, "Nothing of it is under way: it was not sent yet, or it has arrived.", "", ""},
	"options_taken":                {"POST /products", 409, "Another product of this family has the same options; choose others, or change that product first.", "", ""},
	"order_not_cancellable":        {"POST " + exampleOfOrder + "/cancellation", 409, "The order is paid; ask the mart's staff to cancel it.", "", ""},
	"order_not_fulfillable":        {"POST " + exampleOfOrder + "/fulfilments", 409, "The order is not paid. Send it once its status is paid.", "", ""},
	"order_not_payable":            {"POST /payments", 409, "The time to pay this order has passed; place a new one.", "", ""},
	"order_state":                  {"POST " + exampleOfOrder + "/delivery", 409, "An order that is cancelled cannot become delivered.", "", ""},
	"out_of_stock":                 {"POST /orders", 409, "There is not enough left of some products; see errors.", "body.lines[0].quantity", "2 of TEA-EG-100 wanted in all, 1 left"},
	"password_changed":             {"PUT /customers/me/password", 409, "The password was changed meanwhile.", "", ""},
	"payment_in_progress":          {"POST /payments", 409, "The order is being paid already; GET /payments shows how far that is.", "", ""},
	"payment_not_cancellable":      {"POST /payments/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b95/cancellation", 409, "A payment that is captured cannot be given up.", "", ""},
	"payment_not_refundable":       {"POST /payments/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b95/refunds", 409, "A payment that is declined cannot be refunded.", "", ""},
	"precondition_failed":          {"PUT " + exampleOfBrand, 412, "If-Match asks that it exists, If-None-Match: * that it does not. Send one of them.", "", ""},
	"precondition_required":        {"PATCH " + exampleOfBrand, 428, "Send If-Match with the ETag you have read, so that nobody's change is lost.", "", ""},
	"product_not_sold":             {"POST /orders", 422, "Some products are not for sale; see errors.", "body.lines[0].productId", "there is no such product for sale"},
	"quote_changed":                {"POST /orders", 409, "The quote does not hold any more: its time is over, it is of other goods, or they cost something else by now or at this address. quote is what it would cost; order with that of one of its choices.", "", ""},
	"refund_too_fine":              {"POST /payments/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b95/refunds", 409, "A refund is a multiple of 0.10 TND.", "", ""},
	"refund_too_large":             {"POST /payments/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b95/refunds", 409, "At most 12.90 EUR can still be refunded.", "", ""},
	"reset_closed":                 {"POST /password-resets/redemption", 409, "The link is not good any more: a newer one was asked for, it was used, a new password has closed it, it is older than 30 minutes (an invitation: 72 hours), or it was never one. Ask for a new one.", "", ""},
	"return_state":                 {"POST " + exampleOfOrder + "/returns/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b94/approval", 409, "A return that is refused cannot become approved.", "", ""},
	"return_url_not_allowed":       {"POST /payments", 422, "Buyers are not sent back to that page; see errors.", "body.returnUrl", "must be the address of a page, without a #, of an origin that the mart allows: PAYMENT_RETURN_ORIGINS, or --origins of mart up, lists them"},
	"shipping_method_required":     {"POST /orders", 422, "Say how the order is sent: name the shippingMethodId, or better the quote, of one of the choices of quote.", "", ""},
	"shipping_method_unavailable":  {"POST /orders", 409, "The shipping method does not send this to that address; choices of quote are those that do.", "", ""},
	"sku_taken":                    {"POST /products", 409, "Another product has this SKU; choose another one.", "", ""},
	"slug_taken":                   {"POST /brands", 409, "Another brand has this slug; choose another one.", "", ""},
	"stale_version":                {"PATCH " + exampleOfBrand, 412, "The brand has changed; its version is 4 now. Read it again and repeat the change.", "", ""},
	"stock_below_reserved":         {"POST /stock/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8f/adjustments", 409, "24 are on hand and 2 of them are promised to orders; at most 22 can be taken away.", "", ""},
	"stock_too_large":              {"POST /stock/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8f/adjustments", 409, "Nobody has that much of one product.", "", ""},
	"tax_rate_overlaps":            {"POST /tax-rates", 409, "Another rate of this country, region and tax class holds at the same time; end that one before (validTo), or let this one begin later.", "", ""},
	"token_expired":                {"GET /orders", 401, "The log-in that the access token is of has ended. Log in again: POST /oauth/token.", "", ""},
	"token_required":               {"GET /orders", 401, "This needs an access token, sent as Authorization: Bearer and the token. Get one from POST /oauth/token.", "", ""},
	"too_large":                    {"POST /orders", 413, "The body is larger than 256 KiB.", "", ""},
	"too_many_addresses":           {"POST /customers/me/addresses", 409, "An address book holds 50 addresses; delete one first.", "", ""},
	"too_many_attempts":            {"PUT /customers/me/password", 429, "Too many attempts. Try again in 60 s.", "", ""},
	"too_many_declined_payments":   {"POST /payments", 409, "5 payments of this order were declined. It cannot be paid any more; place a new one with another way to pay.", "", ""},
	"too_many_held":                {"POST /orders", 409, "Too many pieces would be held before they are paid for; see errors. Order fewer, or pay first for what is ordered already.", "body.lines[0].quantity", "at most 100 of a product are held until they are paid for, in all unpaid orders together"},
	"too_many_links":               {"POST /email-verifications", 429, "You were sent several links within the hour. Look into your mailbox, or try again later.", "", ""},
	"too_many_open_orders":         {"POST /orders", 409, "You have 10 orders that wait for payment. Pay for one or cancel one first.", "", ""},
	"too_many_products":            {"DELETE " + exampleOfBrand, 409, "412 products have this brand, and at most 300 are moved at once. Move or delete some of them first.", "", ""},
	"too_many_requests":            {"GET /products", 429, "Too many requests from your address. Retry-After says how many seconds to wait.", "", ""},
	"too_many_unpaid_orders":       {"POST /orders", 409, "Too many of your orders were not paid within the hour. Pay for one that is open, confirm your e-mail address, or try again in an hour.", "", ""},
	"too_slow":                     {"POST /orders", 408, "The body did not arrive in time.", "", ""},
	"unavailable":                  {"POST /orders", 503, "The mart cannot do this right now. Try again in a moment; with the same Idempotency-Key nothing is done twice.", "", ""},
	"unsupported_charset":          {"POST /orders", 415, "Send the body in UTF-8; the Content-Type names another charset.", "", ""},
	"unsupported_content_encoding": {"POST /orders", 415, "Send the body as it is, not compressed: without Content-Encoding.", "", ""},
	"unsupported_media_type":       {"POST /orders", 415, "Send the body as JSON, with Content-Type: application/json.", "", ""},
	"upstream_timeout":             {"POST /orders", 504, "This part of the mart did not answer in time. It may still have done what was asked: repeat the request with the same Idempotency-Key to find out.", "", ""},
	"verification_closed":          {"POST /email-verifications/redemption", 409, "The link is not good any more: a newer one was asked for, it was used, a new password has closed it, it is older than 72 hours, or it was never one. Ask for a new one.", "", ""},
	"webhook_refused":              {"POST /payments/webhooks/stripe", 400, "The signature does not fit the body, or is too old.", "", ""},
}
