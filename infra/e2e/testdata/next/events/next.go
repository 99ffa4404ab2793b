package events

// What the next release says besides: an order has a note, and somebody has read it.
var (
	OrderNoted        = Message[OrderState]{Kind: Event, Noun: "order", Verb: "noted", Producers: by(DB), Consumers: to(Notification)}
	AcknowledgeOrder  = Message[OrderReason]{Kind: Command, Noun: "order", Verb: "acknowledge", Producers: by(Notification), Consumers: to(DB)}
	OrderAcknowledged = Message[OrderState]{Kind: Event, Noun: "order", Verb: "acknowledged", Producers: by(DB)}
)
