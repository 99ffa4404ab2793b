package events

import "strings"

const (
	// ReceiverExtension is what each function's source adds to what it delivers: the function. A dead letter carries it, whatever the
	// event itself says, and so tells who failed.
	ReceiverExtension = "receiver"
	// ReplayOfExtension is on an event that is sent again: its dead letter, as partition:offset. No seal covers it, and nobody acts on it.
	ReplayOfExtension = "replayof"
)

// ReplayTopic is where what f could not take is sent again. Only f reads it: on the topic that it came from, others would get it, too.
func ReplayTopic(f Function) string { return topicPrefix + string(f) + replaySuffix }

// IsReplayTopic tells those topics from the others.
func IsReplayTopic(topic string) bool { return strings.HasSuffix(topic, replaySuffix) }
