package domain

import (
	"strings"

	"github.com/onlinemart/mart/events"
)

// Mailbox is the address whose mailbox gets what is sent to one: without what stands behind a +, and at Gmail without dots. It serves to count mails and
// orders and nothing else. To their providers two addresses of one mailbox here may well be two people, so nobody is looked for by it, let in or told apart.
func Mailbox(address string) string {
	address = FoldEmail(address)
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	local, host := address[:at], address[at+1:]
	if name, _, tagged := strings.Cut(local, "+"); tagged && name != "" {
		local = name
	}
	if host == "gmail.com" || host == "googlemail.com" {
		local, host = strings.ReplaceAll(local, ".", ""), "gmail.com"
	}
	return local + "@" + host
}

// mailboxKey keeps the digests of mailboxes apart from all others.
const mailboxKey = "mailbox"

// MailboxKey is what tells that two addresses are of one mailbox: a digest of it, by the ring.
func MailboxKey(k *events.Keys, email string) string { return k.Digest(mailboxKey, Mailbox(email)) }

// isMailboxKey tells whether a key is that of an address's mailbox.
func isMailboxKey(k *events.Keys, key, email string) bool {
	return k.Digested(key, mailboxKey, Mailbox(email))
}
