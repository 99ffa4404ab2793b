package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/IBM/sarama"

	"github.com/onlinemart/mart/events"
)

// SourceLag is how far what reads for a function has come: a KafkaSource, or what stands for one.
type SourceLag struct {
	Function  events.Function
	Group     string
	Consumers int // how many read for it
	Topics    []TopicLag
}

// TopicLag is what of a topic has not been delivered yet.
type TopicLag struct {
	Topic   string
	Waiting int64     // so many records; what was delivered in the last seconds may be among them, because places are noted now and then
	Since   time.Time // when the oldest of them was written; zero where none waits, or it is not known
	Read    bool      // somebody reads it
}

// lagPatience is how long all of it may take: somebody waits for the answer.
const lagPatience = 5 * time.Second

// Lags is how far the sources of all functions have come. Error: Kafka does not answer, or not in time.
func (c KafkaConfig) Lags(ctx context.Context) ([]SourceLag, error) {
	config, err := c.producerConfig()
	if err != nil {
		return nil, err
	}
	config.Net.DialTimeout, config.Net.ReadTimeout, config.Net.WriteTimeout = 2*time.Second, 2*time.Second, 2*time.Second
	config.Metadata.Full, config.Metadata.Timeout, config.Metadata.Retry.Max = false, lagPatience, 1
	type outcome struct {
		lags []SourceLag
		err  error
	}
	done := make(chan outcome, 1)
	go func() { // the client knows no context; its own bounds end it
		lags, err := lagsOf(c.Brokers, config)
		done <- outcome{lags, err}
	}()
	ctx, cancel := context.WithTimeout(ctx, lagPatience)
	defer cancel()
	select {
	case o := <-done:
		return o.lags, o.err
	case <-ctx.Done():
		return nil, fmt.Errorf("ask Kafka how far the sources have come: %w", ctx.Err())
	}
}

func lagsOf(brokers []string, config *sarama.Config) (lags []SourceLag, err error) {
	client, err := sarama.NewClient(brokers, config)
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	l := lagReader{client: client}
	if err := l.groups(); err != nil {
		return nil, err
	}
	return l.read()
}

// lagReader asks Kafka for all that tells how far sources have come, with few requests: one a group, three a broker.
type lagReader struct {
	client sarama.Client
	lags   []SourceLag
	behind map[place]int64 // of each source and partition, the first offset that waits
	oldest map[partition]int64
	newest map[partition]int64
	asked  map[*sarama.Broker][]partition // of all topics that are read, whom about which
}

type partition struct {
	topic  string
	number int32
}

// place is where a source is in a partition: the source's number, because several read one topic.
type place struct {
	source int
	partition
}

// groups reads who reads for whom.
func (l *lagReader) groups() error {
	all := []SourceLag{{Function: events.User, Group: events.LettersGroup, Topics: []TopicLag{{Topic: events.DeadLetterTopic}}}}
	for _, f := range events.Functions() {
		lag := SourceLag{Function: f, Group: events.SourceGroup(f)}
		for _, topic := range events.TopicsFor(f) {
			lag.Topics = append(lag.Topics, TopicLag{Topic: topic})
		}
		if len(lag.Topics) > 0 {
			all = append(all, lag)
		}
	}
	for _, lag := range all {
		coordinator, err := l.client.Coordinator(lag.Group)
		if err != nil {
			return fmt.Errorf("ask Kafka who keeps the group %s: %w", lag.Group, err)
		}
		answer, err := coordinator.DescribeGroups(&sarama.DescribeGroupsRequest{Version: describeVersion, Groups: []string{lag.Group}})
		if err != nil {
			return fmt.Errorf("ask Kafka who reads as %s: %w", lag.Group, err)
		}
		if len(answer.Groups) != 1 || answer.Groups[0].Err != sarama.ErrNoError && answer.Groups[0].Err != sarama.ErrGroupIDNotFound {
			return fmt.Errorf("ask Kafka who reads as %s: %+v", lag.Group, answer.Groups)
		}
		group := answer.Groups[0]
		read, err := topicsRead(group)
		if err != nil {
			return err
		}
		lag.Consumers = len(group.Members)
		for i, topic := range lag.Topics {
			lag.Topics[i].Read = lag.Consumers > 0 && (read == nil || read[topic.Topic])
		}
		l.lags = append(l.lags, lag)
	}
	return nil
}

// describeVersion is one that brokers since 2.4 know, as producerConfig presumes.
const describeVersion = 5

// topicsRead are those of which members of a group have partitions; nil while the members share them out anew.
func topicsRead(group *sarama.GroupDescription) (map[string]bool, error) {
	if group.State != "Stable" {
		return nil, nil
	}
	read := map[string]bool{}
	for _, member := range group.Members {
		assigned, err := member.GetMemberAssignment()
		if err != nil {
			return nil, fmt.Errorf("read what %s of %s reads: %w", member.MemberId, group.GroupId, err)
		}
		if assigned == nil {
			continue
		}
		for topic := range assigned.Topics {
			read[topic] = true
		}
	}
	return read, nil
}

// read counts what waits.
func (l *lagReader) read() ([]SourceLag, error) {
	var err error
	if l.asked, err = l.leaders(); err != nil {
		return nil, err
	}
	if l.oldest, err = l.offsets(sarama.OffsetOldest); err != nil {
		return nil, err
	}
	if l.newest, err = l.offsets(sarama.OffsetNewest); err != nil {
		return nil, err
	}
	l.behind = map[place]int64{}
	for i, lag := range l.lags {
		noted, err := l.noted(lag.Group)
		if err != nil {
			return nil, err
		}
		for p, newest := range l.newest {
			n := slices.IndexFunc(lag.Topics, func(t TopicLag) bool { return t.Topic == p.topic })
			if n < 0 {
				continue
			}
			from := l.oldest[p] // where a source begins that has noted nothing yet
			if at := noted.GetBlock(p.topic, p.number); at != nil && at.Err == sarama.ErrNoError {
				from = max(from, at.Offset)
			}
			if from < newest {
				lag.Topics[n].Waiting += newest - from
				l.behind[place{i, p}] = from
			}
		}
	}
	return l.lags, l.ages()
}

// noted is where a group has come to.
func (l *lagReader) noted(group string) (*sarama.OffsetFetchResponse, error) {
	coordinator, err := l.client.Coordinator(group)
	if err != nil {
		return nil, fmt.Errorf("ask Kafka who keeps the group %s: %w", group, err)
	}
	noted, err := coordinator.FetchOffset(sarama.NewOffsetFetchRequest(l.client.Config().Version, group, nil))
	if err == nil && noted.GroupError() != sarama.ErrNoError && noted.GroupError() != sarama.ErrGroupIDNotFound { // which has noted nothing yet
		err = noted.GroupError()
	}
	if err != nil {
		return nil, fmt.Errorf("ask Kafka how far %s has come: %w", group, err)
	}
	return noted, nil
}
