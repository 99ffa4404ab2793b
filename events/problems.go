package events

import (
	"cmp"
	"slices"
)

// ProblemKind is one kind of refusal, told apart by its code. What it says holds for every problem of the kind; a problem's own detail says
// what was wrong this time.
type ProblemKind struct {
	Code   string
	Title  string // what happened, in a few words
	Advice string // what the caller does then; what programs say is within backticks
}

// ProblemKinds is every kind of problem that the API answers with, by code.
func ProblemKinds() []ProblemKind { return slices.Clone(problemKinds) }

// KindOfProblem is the kind with this code.
func KindOfProblem(code string) (ProblemKind, bool) {
	i, found := slices.BinarySearchFunc(problemKinds, code, func(k ProblemKind, code string) int { return cmp.Compare(k.Code, code) })
	if !found {
		return ProblemKind{}, false
	}
	return problemKinds[i], true
}

// Sorted by code. A code that is once here stays: programs compare with it.
var problemKinds = []ProblemKind{
	{"already_exists", "It exists already", "There is or was one under this id. Read it, or choose another id."},
	{"already_sent", "The mail was sent already", "Nothing is left to do. Read the notification for when it was sent."},
	{"already_staffed", "There is an owner already", "The first owner is made once. Log in as a member of staff and invite others."},
	{"already_verified", "The address is confirmed already", "Nothing is left to do."},
	{"amount_too_large", "The total is more than a card can pay", "Order less at a time."},
	{"busy", "Too many log-ins at this moment", "Send the same request again in a moment."},
	{"card_number", "A card's number was sent", "Never send a card's number here: give it to the payment provider's form, and send the token that it answers with."},
	{"cart_changed", "The cart changed meanwhile", "Read the cart, show what has changed, and order again."},
	{"cart_empty", "The cart is empty", "Put something in first."},
	{"cart_exists", "There is a cart already", "Ask for yours again; its answer names the one there is."},
	{"cart_full", "The cart is full", "Take something out first, or order in two parts."},
	{"cart_ordered", "The cart was ordered already", "Its `orderId` is the order that it became. Open a new cart for more."},
	{"category_cycle", "A category would be part of itself", "Choose a parent that is not below it."},
	{"category_not_empty", "There are categories below it", "Move or delete these first."},
	{"category_too_deep", "The tree of categories would be too deep", "Choose a parent nearer to the root."},
	{"email_taken", "The e-mail address is taken", "Log in, or ask for a new password; or use another address."},
	{"email_unchanged", "The e-mail address is the one there is", "Nothing is left to do."},
	{"erased", "Whom this is about has been erased", "What was kept of them is gone, and nothing more is kept."},
	{"expired", "The request is too old", "Look whether what it wanted is still wanted, and send it as a new request."},
	{"forbidden", "You may not do this", "Ask somebody whose role may; the operation's description says which permission it takes."},
	{"guest_with_token", "Whoever is logged in is no guest", "Leave `guest` out, or send no access token."},
	{"headers_too_large", "The headers are too large", "Send smaller headers; a cookie of another site is the usual cause."},
	{"idempotency_key_required", "An Idempotency-Key is missing", "Send one with the request, new for each thing you want done; repeat it when you repeat the request."},
	{"idempotency_key_reused", "The Idempotency-Key was another request's", "Use a new key for each thing you want done. The same key repeats only the very same request."},
	{"in_progress", "It is being done at this moment", "Wait for a moment, and look how it ended."},
	{"in_use", "Something still refers to it", "Delete or change what does, or name in `reassign` what takes its place."},
	{"internal", "The mart failed", "It is no fault of yours. Send the same request again later, and report the `traceId` if it happens again."},
	{"invalid", "Something in the request is not valid", "`errors` names each fault with its place: mend these, and send it again."},
	{"invalid_grant", "The log-in is not valid any more", "Log in again."},
	{"invalid_token", "The access token is not valid", "Get a new one from `POST /oauth/token`, and send it as `Authorization: Bearer TOKEN`."},
	{"kafka_unavailable", "Kafka does not answer", "Ask again in a moment. Where it lasts, look at the brokers: requests that change something are answered 503 meanwhile, too."},
	{"last_owner", "It is the last owner", "Make somebody else an owner first."},
	{"lease_lost", "Somebody else sends the mail", "Nothing is left to do: whoever took it over records how it went."},
	{"letter_claimed", "Somebody is sending the dead letter again", "Look again after the moment that `detail` says: it was sent then, or whoever began has given up."},
	{"letter_discarded", "The dead letter was discarded", "Nothing is left to do; to send it all the same, say `again`."},
	{"letter_hopeless", "It would fail again", "Mend what `detail` says, and say `hopeless`."},
	{"letter_not_kept", "The event is too large to be sent from here", "Send it from the command line, as `detail` says."},
	{"letter_replayed", "The dead letter was sent again already", "Nothing is left to do: another failure is another letter. To send this one once more, say `again`."},
	{"letter_unaddressed", "Nobody is known who could take it", "`detail` says whether it can be sent from the command line."},
	{"mail_server_unavailable", "The mail server does not answer", "The mail is sent as soon as it does; look at the notification later."},
	{"malformed", "The request cannot be read", "`detail` and `errors` say where. It has to be JSON in UTF-8 with each member once."},
	{"malformed_if_match", "If-Match cannot be read", "Send the ETag as you have read it, with its quotes."},
	{"method_not_allowed", "The path does not take this method", "The header `Allow` names those that it takes."},
	{"method_unknown", "Nothing takes this method", "The API's description lists every path with its methods."},
	{"mixed_currencies", "An order has one currency", "Place an order for each currency."},
	{"more_than_returned", "More came than was to come back", "`errors` says of which products. Note no more than the return lists."},
	{"no_such_route", "There is nothing at this path", "The API's description lists every path."},
	{"not_acceptable", "The answer cannot be in that form", "Accept `application/json`."},
	{"not_found", "There is no such thing, or it is not yours", "Look at the id. What belongs to somebody else is not found either: send what opens it, your access token, an order's `Order-Token` or a cart's `Cart-Secret`."},
	{"not_left_to_cancel", "Not so many are left to cancel", "`errors` says of which products. Read the order for what was not sent."},
	{"not_left_to_return", "Not so many have arrived", "`errors` says of which products. Read the order for what has arrived and is not to come back already."},
	{"not_left_to_send", "Not so many are left to send", "`errors` says of which products. Read the order for what was sent."},
	{"not_yet", "It is not visible yet", "Ask again after the seconds that `Retry-After` says."},
	{"nothing_to_pay", "The order would cost nothing", "Order something that costs something."},
	{"nothing_under_way", "Nothing is under way", "It was not sent yet, or it has arrived. Read the order for which."},
	{"options_taken", "Two products of a family would be alike", "Give each product of a family other values of its options."},
	{"order_not_cancellable", "The order cannot be cancelled", "`detail` says why, and what can be done in place of it."},
	{"order_not_fulfillable", "The order cannot be sent", "`detail` says why. Wait until its `status` is `paid`; cancel it where its money goes back or nobody knows its address; where all was sent or it has ended, nothing is left to do."},
	{"order_not_payable", "The order cannot be paid", "Read the order for its state. When its time to be paid has passed, place a new one."},
	{"order_state", "The order's state does not allow it", "Read the order: somebody or something else has moved it on."},
	{"out_of_stock", "There is not enough left", "`errors` says of which products and how many there are. Order fewer, or something else."},
	{"password_changed", "The password was changed meanwhile", "Log in with the new one."},
	{"payment_in_progress", "The order is being paid", "Read its payments for how far that is, and try again when it has ended, after the seconds that `Retry-After` says. One that requires_action its buyer can give up."},
	{"payment_not_cancellable", "The payment cannot be given up", "Read the payment for its state. While it is started, authorized or unknown, wait for what comes of it."},
	{"payment_not_refundable", "Nothing of the payment can be given back", "Read the payment: it was not captured, or all of it went back."},
	{"precondition_failed", "A condition of the request does not hold", "Read the thing, and send the conditions that fit it."},
	{"precondition_required", "An If-Match is missing", "Read the thing, and send its ETag as `If-Match`, so that nobody's change is lost."},
	{"product_not_sold", "A product is not for sale", "`errors` says which. Take it out, and order the rest."},
	{"quote_changed", "It would cost something else now", "`quote` is what it costs now. Show it, and order with the new one."},
	{"refund_too_fine", "The provider cannot move this amount", "`detail` says of what a refund has to be a multiple."},
	{"refund_too_large", "So much cannot be given back", "`detail` says how much can still be."},
	{"reset_closed", "The link is not good any more", "Ask for a new one."},
	{"return_state", "The return's state does not allow it", "Read the return: it was decided or received already, or not yet."},
	{"return_url_not_allowed", "Buyers are not sent back to that page", "Name a page of your storefront, or leave `returnUrl` out. Whoever runs the mart names its origins in `PAYMENT_RETURN_ORIGINS`, on a laptop with `--origins`."},
	{"shipping_method_required", "The order does not say how it is sent", "`quote` has the choices: send the `shippingMethodId` or the `quote` of one of them."},
	{"shipping_method_unavailable", "It cannot be sent in this way", "`quote` has the choices that there are for this address, if any."},
	{"sku_taken", "Another product has this SKU", "Choose another one."},
	{"slug_taken", "The slug is taken", "Choose another one."},
	{"stale_version", "It has changed meanwhile", "Read it again, and repeat your change on what you read."},
	{"stock_below_reserved", "The stock is promised to orders", "Take no more away than `detail` says, or cancel orders first."},
	{"stock_too_large", "The number is too large for a stock", "Look at the number."},
	{"tax_rate_overlaps", "Another tax rate holds at that time", "End that one before this one begins, or let this one begin later."},
	{"token_expired", "The access token is over", "Get another one with the refresh token. Where that is refused, the log-in has ended, too: log in again at `POST /oauth/token`."},
	{"token_required", "It takes an access token", "Get one from `POST /oauth/token`, and send it as `Authorization: Bearer TOKEN`. Without an account: an order says in `guest` whom it is for, and what is about an order of a guest takes its token as `Order-Token`."},
	{"too_large", "The body is too large", "Send no more than `detail` says."},
	{"too_many_addresses", "The address book is full", "Delete an address first."},
	{"too_many_attempts", "Too many attempts", "Wait for the seconds that `Retry-After` says: too many passwords were wrong, or too many accounts were made, at one account or from one network. Whoever has the password can log in from a device they used before."},
	{"too_many_declined_payments", "Too many payments were declined", "`detail` says what is left to do: a new order, or another day."},
	{"too_many_held", "Too many pieces would be held unpaid", "`errors` says of which lines. Order fewer, or pay first for what is ordered already."},
	{"too_many_links", "Too many links were sent", "Look into the mailbox, or ask again in an hour."},
	{"too_many_open_orders", "Too many orders wait to be paid", "Pay for one or cancel one first."},
	{"too_many_products", "Too many products would be moved at once", "Move or delete some of them first."},
	{"too_many_requests", "Too many requests", "Wait for the seconds that `Retry-After` says."},
	{"too_many_unpaid_orders", "Too many orders were not paid", "Pay for one that is open, or try again in an hour. Whoever orders with an account and has confirmed its e-mail address may leave more."},
	{"too_slow", "The body did not arrive in time", "Send the request again."},
	{"unavailable", "A part of the mart does not answer", "Send the same request, with its `Idempotency-Key`, again after the seconds that `Retry-After` says."},
	{"unsupported_charset", "The body is not in UTF-8", "Send it in UTF-8."},
	{"unsupported_content_encoding", "The body is compressed", "Send it as it is, without `Content-Encoding`."},
	{"unsupported_media_type", "The body's kind is not taken", "Send JSON, with `Content-Type: application/json`."},
	{"upstream_timeout", "A part of the mart took too long", "Send the same request, with its `Idempotency-Key`, again: if it was carried out, the answer is that."},
	{"verification_closed", "The link is not good any more", "Ask for a new one."},
	{"webhook_refused", "The message is not the payment provider's", "Check the webhook's signing secret, and the clocks."},
}
