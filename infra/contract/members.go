package contract

import (
	"maps"
	"slices"
	"strings"
)

// members is what those members of messages are that the API shows nowhere, or several of which share a name there: by their name, and where
// that is not enough by what they are of.
var members = map[string]string{
	"accountId":        "The account that is tried: its owner's id, or one that derives from what was typed.",
	"after":            "Only what was received then or later.",
	"authorized":       "How much the provider holds, in the minor unit.",
	"captured":         "How much was taken, in the minor unit.",
	"commandId":        "The command that this is the outcome of.",
	"commandType":      "Its type.",
	"cursor":           "Where the page before ended.",
	"dueAt":            "When that moment was.",
	"expectedVersion":  "The version that its asker saw: refused where there is another by now.",
	"fields":           "All that can be said of it, as it is to be from now on.",
	"fingerprint":      "Of what was asked: the same id with another one is refused.",
	"gone":             "The person was erased: there is no key any more.",
	"guest":            "Who buys without an account.",
	"group":            "The family that it stands for, and what is told of it.",
	"ids":              "Which ones.",
	"intoId":           "Which one gets what refers to it.",
	"invitation":       "It is the first password, of somebody who was added without.",
	"key":              "A keyed digest of the address: tells that two orders are of one address.",
	"known":            "Somebody has logged in to this account from there.",
	"leaseSeconds":     "For how long the right to send it is wanted.",
	"leaseUntil":       "Until when one instance has the right to send it.",
	"limit":            "How many are on a page at most.",
	"low":              "Only what is low.",
	"lowAt":            "How few can be sold when it counts as low.",
	"mailbox":          "A keyed digest of the mailbox that mails to the address go to: by it they are counted.",
	"maxPrice":         "Only what costs that or less, in the minor unit.",
	"may":              "What they must be allowed to do.",
	"minPrice":         "Only what costs that or more, in the minor unit.",
	"minVersion":       "The version that must have been reached.",
	"movements":        "How the stock of each product has moved.",
	"network":          "A keyed digest of the network that the request came from, never its address.",
	"nextHash":         "Of the next refresh token.",
	"noun":             "What it is.",
	"now":              "The product as it can be bought at this moment; absent where it cannot.",
	"open":             "Its link can still be followed.",
	"other":            "The id is known with another fingerprint: something else was asked under it.",
	"owner":            "Whose account it is.",
	"payment":          "The payment, as it is now.",
	"personId":         "Whose.",
	"place":            "Where a try came from, as one keyed digest.",
	"placedBefore":     "Only what was placed before.",
	"placedFrom":       "Only what was placed then or later.",
	"places":           "When somebody has logged in from a place that is remembered, for each.",
	"presentedHash":    "Of the refresh token that was presented.",
	"problem":          "Why, as RFC 9457 has it.",
	"products":         "What its products were called when they were ordered.",
	"proven":           "The password was right.",
	"providerRef":      "What the provider calls it.",
	"public":           "Only where everybody may see it.",
	"q":                "Words to be looked for.",
	"refreshHash":      "Of a refresh token.",
	"refundId":         "Which refund.",
	"registration":     "Nobody has forgotten a password: somebody registers with the address of this account.",
	"requestedBefore":  "Only what was asked for before.",
	"requestedFrom":    "Only what was asked for then or later.",
	"reset":            "A link to a new password that was asked for.",
	"resetHash":        "Of the token that sets a new password.",
	"resetId":          "The link to a new password that the mail has.",
	"returnId":         "Which return.",
	"revoked":          "It has ended.",
	"saysSeconds":      "How long a stranger from there would have to wait; 0: the password is answered as wrong.",
	"secretHash":       "Of the secret that opens the cart.",
	"settle":           "Where nothing is known of it, it is never to happen any more.",
	"settled":          "It is decided, for good.",
	"shown":            "How long a stranger from there would have to wait, in seconds.",
	"sort":             "A field, - before it for descending.",
	"step":             "What the provider was asked for.",
	"stranger":         "Nobody has logged in to this account from there.",
	"tokenHash":        "Of the token in the mail.",
	"verification":     "A link that confirms an address.",
	"verificationHash": "Of the token that confirms the address.",
	"verificationId":   "The link that confirms an address which the mail has.",
	"waitMillis":       "How long the answer may wait for it.",
	"waitSeconds":      "How long the next try has to wait.",
	"wrong":            "How many wrong passwords were tried.",

	"account":          "Whose it is.",
	"amount":           "How much.",
	"at":               "When it happened.",
	"attempts":         "How often it was tried.",
	"available":        "How many can be sold.",
	"brandId":          "Whose brand it has.",
	"by":               "Who did it.",
	"country":          "ISO 3166-1 alpha-2.",
	"createdAt":        "When it came to be.",
	"customerId":       "Whose it is.",
	"data":             "What was said.",
	"description":      "More about it, for customers.",
	"expiresAt":        "Until when it is good.",
	"id":               "Which one.",
	"imageUrl":         "A picture of it.",
	"kind":             "What it is about.",
	"language":         "Of mails; absent: the shop's own.",
	"lines":            "Which products, and how many.",
	"name":             "What it is called.",
	"nextCursor":       "Where this page ends; absent on the last one.",
	"number":           "For people.",
	"options":          "A value for each option of its family.",
	"orderId":          "Which order.",
	"parentId":         "The category that it is part of.",
	"partId":           "Which part of the order: a fulfilment, a return or a cancellation.",
	"paymentMethod":    "The provider's token, never a card's number.",
	"postalCode":       "As the country writes it.",
	"price":            "What one costs.",
	"productId":        "Which product.",
	"quantity":         "How many.",
	"quote":            "The quote that it is to cost.",
	"reason":           "Why.",
	"refund":           "What goes back for it.",
	"region":           "The part of the country, where taxes depend on it.",
	"shippingAddress":  "Where it goes.",
	"shippingMethodId": "How it is sent.",
	"sku":              "The mart's own number for it.",
	"status":           "How far it is.",
	"subject":          "What it is about.",
	"taxClass":         "How it is taxed.",
	"taxes":            "What of it is tax.",
	"token":            "The claimer's own: whoever has it has the right to send it.",
	"type":             "Of which type.",
	"unitPrice":        "What one costs.",
	"updatedAt":        "When its last version came to be.",
	"version":          "1 when it is new, and one more with each change.",
	"weightGrams":      "Of one of it, packed.",

	"CustomerStatusChange.status":  "Whether they may log in.",
	"Credentials.status":           "Whether they may log in.",
	"CustomerExportAccount.status": "Whether they may log in.",
	"OrderState.customerId":        "Whose it is; of a guest the order's own id: the order is who they are.",
	"StockMovement.id":             "Its number: the newest has the highest.",

	"JournalFilter.by": "The id of whoever asked.",

	"JournalFilter.correlation": "Shared by all that one request led to.",
	"NotificationClaim.again":   "A person wants it sent once more.",
	"OperationQuestion.source":  "Who sent the command.",
	"JournalFilter.type":        "The command's.",
	"OperationState.by":         "Whom its outcome is for.",
	"StaffFound.ids":            "The members of staff.",
	"PersonKeysQuestion.ids":    "Which keys.",
	"CustomerExport.account":    "What is known of themselves.",
}

// describe gives each member of a message's schema that does not say what it is the words of members, or those that the API has for it.
func describe(schema object, api object) {
	shown := child(child(api, "components"), "schemas")
	alone := onlyDescriptions(shown)
	for name, def := range child(schema, "$defs") {
		for member, one := range child(def.(object), "properties") {
			m := one.(object)
			if said, _ := m["description"].(string); said != "" {
				continue
			}
			for _, about := range []string{members[name+"."+member], inAPI(shown, name, member), alone[member], members[member]} {
				if about != "" {
					m["description"] = about
					break
				}
			}
		}
	}
}

// asShown are the names under which the API may show what messages call name.
func asShown(name string) []string {
	return []string{name, strings.TrimSuffix(name, "State"), strings.TrimSuffix(name, "Fields"), strings.TrimPrefix(name, "New")}
}

func inAPI(shown object, name, member string) string {
	for _, as := range asShown(name) {
		if about, _ := child(child(child(shown, as), "properties"), member)["description"].(string); about != "" {
			return about
		}
	}
	return ""
}

// onlyDescriptions is what the API says of the members of which it says one thing wherever they stand.
func onlyDescriptions(shown object) map[string]string {
	only := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(shown)) {
		for member := range child(child(shown, name), "properties") {
			about := inAPI(shown, name, member)
			if before, known := only[member]; known && before != about {
				about = ""
			}
			only[member] = about
		}
	}
	return only
}
