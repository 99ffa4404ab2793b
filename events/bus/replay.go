package bus

const (
	// ReceiverExtension is what each function's source adds to what it delivers: the function. A dead letter carries it, whatever the
	// event itself says, and so tells who failed.
	ReceiverExtension = "receiver"
	// ReplayOfExtension is on an event that is sent again: its dead letter, as partition:offset. No signature covers it, and nobody acts on it.
	ReplayOfExtension = "replayof"
)
