package events

import (
	"fmt"
	"slices"
	"strings"
)

const (
	commandsSuffix = ".commands"
	replaySuffix   = ".replays"
)

// reserved are the ends of topics that no event may have as its verb.
var reserved = []string{commandsSuffix, replaySuffix, ".events"}

// former are the topics that the release before this one had for events, with those who read them: one for each noun. Nothing new comes
// into them; what they still hold is delivered. The release after this one leaves them out.
var former = map[Function][]string{
	Order:        {"mart.order.events"},
	Payment:      {"mart.payment.events"},
	Inventory:    {"mart.order.events"},
	Notification: {"mart.customer.events", "mart.login.events", "mart.notification.events", "mart.order.events", "mart.payment.events"},
}

// Former is the topics of the release before this one of which something may be left to deliver, sorted.
func Former() []string {
	var topics []string
	for _, read := range former {
		topics = append(topics, read...)
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

// FormerFor is those of them that f has to finish.
func FormerFor(f Function) []string { return slices.Clone(former[f]) }

// Topics is every Kafka topic, sorted, the dead letters last.
func Topics() []string {
	topics := Former()
	for _, d := range All() {
		if t := d.Topic(); t != "" {
			topics = append(topics, t)
		}
	}
	for _, f := range Functions() {
		if len(TopicsFor(f)) > 0 {
			topics = append(topics, ReplayTopic(f))
		}
	}
	slices.Sort(topics)
	return append(slices.Compact(topics), DeadLetterTopic)
}

// TopicsFor is every topic on which something arrives for f, sorted: those of its messages and no other, so that it is woken for nothing
// else; the one of what is sent again to it; and what it has to finish of the release before.
func TopicsFor(f Function) []string {
	topics := append(topicsAmong(All(), f), former[f]...)
	slices.Sort(topics)
	return topics
}

func topicsAmong(declared []Declared, f Function) []string {
	var topics []string
	for _, d := range declared {
		if details := d.Declaration(); details.Kind != QueryKind && details.Receives(f) {
			topics = append(topics, d.Topic())
		}
	}
	if len(topics) > 0 {
		topics = append(topics, ReplayTopic(f))
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

// ReplayTopic is where what f could not take is sent again. Only f reads it: on the topic that it came from, others would get it, too.
func ReplayTopic(f Function) string { return topicPrefix + string(f) + replaySuffix }

// SourceGroup is the consumer group in which what reads for f reads.
func SourceGroup(f Function) string { return topicPrefix + string(f) }

// LettersGroup is the consumer group in which the dead letters are read, to be kept.
const LettersGroup = DeadLetterTopic

// IsReplayTopic tells those topics from the others.
func IsReplayTopic(topic string) bool { return strings.HasSuffix(topic, replaySuffix) }

// IsCommandTopic tells the topics of commands from the others.
func IsCommandTopic(topic string) bool { return strings.HasSuffix(topic, commandsSuffix) }

// eventTopic is where an event of that type travels, whoever declares it: mart.order.paid for com.onlinemart.order.paid.v1, and for its
// later versions; "" when it is no type of ours.
func eventTopic(t string) string {
	rest, ours := strings.CutPrefix(t, typePrefix)
	name, version := cutLast(rest, ".v")
	if _, verb := cutLast(name, "."); !ours || version == "" || verb == "" || strings.Trim(version, "0123456789") != "" {
		return ""
	}
	return topicPrefix + name
}

func cutLast(s, separator string) (before, after string) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+len(separator):]
}

// Topic is where e travels. An older db publishes what a newer one has stored, too: results, and those are events. Error: nowhere.
func (e Envelope) Topic() (string, error) {
	if declared, ok := ByType(e.Type); ok {
		return declared.Topic(), nil
	}
	if topic := eventTopic(e.Type); topic != "" && e.From() == DB {
		return topic, nil
	}
	return "", fmt.Errorf("no message %s is declared", e.Type)
}
