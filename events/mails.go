package events

import "slices"

// mailsOf is the mails that an event leads to: one of them, or none where its reader is not to get one, as a guest who has not paid and never heard of the order is not
// told that it is over.
var mailsOf = map[string][]NotificationKind{
	OrderWaiting.Type():         {OrderReminder},
	OrderPaid.Type():            {OrderConfirmation},
	OrderCancelled.Type():       {OrderCancellation},
	OrderPartCancelled.Type():   {PartCancelledMail},
	OrderExpired.Type():         {OrderExpiry},
	OrderFulfilled.Type():       {OrderShipment},
	OrderDelivered.Type():       {OrderArrival},
	OrderReturnRequested.Type(): {ReturnRequestMail},
	OrderReturnApproved.Type():  {ReturnApproval},
	OrderReturnRefused.Type():   {ReturnRefusal},
	OrderReturnReceived.Type():  {ReturnReceipt},
	PaymentRefunded.Type():      {RefundNotice},
	CustomerRegistered.Type():   {WelcomeMail},
	LoginAttacked.Type():        {LoginWarning},
	ResetIssued.Type():          {PasswordResetMail, AccountExistsMail, InvitationMail},
	VerificationIssued.Type():   {VerificationMail},
	EmailChangeRequested.Type(): {EmailChangeMail},
	EmailChanged.Type():         {EmailChangedMail},
	StockLow.Type():             {LowStockMail},
}

// MailsOf is the mails that a message leads to. The notification function sends them, and a test holds it to this.
func MailsOf(d Declared) []NotificationKind { return slices.Clone(mailsOf[d.Type()]) }
