package events

// What the next release says besides: an order has a note, and somebody has read it.
var (
	OrderNoted        = Message[OrderState]{Kind: Event, Noun: "order", Verb: "noted", By: by(DB), For: to(Notification)}
	AcknowledgeOrder  = Message[OrderReason]{Kind: Command, Noun: "order", Verb: "acknowledge", By: by(Notification), For: to(DB)}
	OrderAcknowledged = Message[OrderState]{Kind: Event, Noun: "order", Verb: "acknowledged", By: by(DB)}
)
