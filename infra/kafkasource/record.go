package kafkasource

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/IBM/sarama"
	cloudevents "github.com/cloudevents/sdk-go/v2"
)

const (
	structuredJSON       = "application/cloudevents+json"
	contentTypeAttribute = "datacontenttype"
)

var errNoEvent = errors.New("no CloudEvent")

// readRecord makes a binary event of a record that Knative takes for a CloudEvent. What passes and how it is written was seen on the
// deserialiser and the HTTP writer that its dispatcher has, which are laxer than the specification and than this project's SDK: a
// type may be empty, a content type anything, a time is parsed and written anew. Error: errNoEvent.
func readRecord(r *sarama.ConsumerMessage) (event, error) {
	a := attributes{}
	for _, h := range r.Headers {
		if name, found := strings.CutPrefix(string(h.Key), "ce_"); found && name != "" && h.Value != nil {
			a[strings.ToLower(name)] = decodeUTF8(h.Value)
		}
	}
	a, body, err := a.read(recordHeader(r, "content-type"), r.Value)
	if err != nil {
		return event{}, err
	}
	return a.event(body), nil
}

// recordHeader is the value of a record's header, whose name may be written in any case.
func recordHeader(r *sarama.ConsumerMessage, name string) string {
	for _, h := range r.Headers {
		if strings.EqualFold(string(h.Key), name) {
			return decodeUTF8(h.Value)
		}
	}
	return ""
}

// attributes are what a CloudEvent says of its data, by their names in lower case.
type attributes map[string]string

// read completes the attributes of a message in binary mode, or takes all from a structured one. Error: errNoEvent, one is missing or
// not of its type.
func (a attributes) read(contentType string, value []byte) (attributes, []byte, error) {
	mediaType, _, _ := strings.Cut(contentType, ";")
	switch {
	case mediaType == structuredJSON:
		structured, data, err := readStructured(value)
		if err != nil {
			return nil, nil, err
		}
		a, value = structured, data
	case strings.HasPrefix(mediaType, "application/cloudevents"):
		return nil, nil, fmt.Errorf("%w: %s is not read", errNoEvent, mediaType)
	case a[contentTypeAttribute] == "" && contentType != "":
		a[contentTypeAttribute] = contentType
	}
	return a.checked(value)
}

func (a attributes) checked(body []byte) (attributes, []byte, error) {
	for _, required := range []string{"specversion", "id", "type", "source"} {
		if _, found := a[required]; !found {
			return nil, nil, fmt.Errorf("%w: it has no %s", errNoEvent, required)
		}
	}
	for name, value := range a {
		text, err := written(name, value)
		if err != nil {
			return nil, nil, err
		}
		a[name] = text
	}
	return a, body, nil
}

// event writes the attributes as headers of HTTP.
func (a attributes) event(body []byte) event {
	header := make(http.Header, len(a)+2)
	for name, value := range a {
		if name == contentTypeAttribute {
			header.Set("Content-Type", headerValue(value))
		} else {
			header.Set("ce-"+name, headerValue(value))
		}
	}
	return event{header, body}
}

// record writes the attributes as headers of Kafka; the partition key is the record's key.
func (a attributes) record(topic string, body []byte) *sarama.ProducerMessage {
	out := &sarama.ProducerMessage{Topic: topic, Value: sarama.ByteEncoder(body)}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		header := sarama.RecordHeader{Key: []byte("ce_" + name), Value: []byte(a[name])}
		if name == contentTypeAttribute {
			header.Key = []byte("content-type")
		}
		out.Headers = append(out.Headers, header)
	}
	if key, found := a["partitionkey"]; found {
		out.Key = sarama.StringEncoder(key)
	}
	return out
}

// written is an attribute as it goes out. Error: errNoEvent, it is not of its type, or its name is none.
func written(name, value string) (string, error) {
	switch name {
	case "specversion":
		if value != cloudevents.VersionV1 && value != cloudevents.VersionV03 {
			return "", fmt.Errorf("%w: specversion %q", errNoEvent, value)
		}
	case "source", "dataschema":
		if !isURI(value) {
			return "", fmt.Errorf("%w: %s is no URI", errNoEvent, name)
		}
	case "time":
		return rewriteTime(value)
	default:
		if strings.Map(extensionRune, name) != name {
			return "", fmt.Errorf("%w: %q is no name of an attribute", errNoEvent, name)
		}
	}
	return value, nil
}

// readStructured reads a CloudEvent that is JSON as a whole. JSON data is written compactly, as there. Error: errNoEvent.
func readStructured(value []byte) (attributes, []byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(value, &members); err != nil || members == nil {
		return nil, nil, fmt.Errorf("%w: not a JSON object: %w", errNoEvent, err)
	}
	a := attributes{}
	for name, raw := range members {
		if name == "data" || name == "data_base64" {
			continue
		}
		text, err := memberText(raw)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %s: %w", errNoEvent, name, err)
		}
		a[name] = text
	}
	body, err := structuredData(members, a)
	return a, body, err
}

// memberText is the value of an attribute that is a JSON string, integer, boolean or null.
func memberText(raw json.RawMessage) (string, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil && raw[0] == '"' {
		return text, nil
	}
	if strings.ContainsAny(string(raw), "{}[].eE") && string(raw) != "true" && string(raw) != "false" {
		return "", errors.New("not a string, an integer or a boolean")
	}
	return string(raw), nil
}

func structuredData(members map[string]json.RawMessage, a attributes) ([]byte, error) {
	if encoded, found := members["data_base64"]; found {
		var text string
		if err := json.Unmarshal(encoded, &text); err != nil {
			return nil, fmt.Errorf("%w: data_base64 is no string", errNoEvent)
		}
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("%w: data_base64: %w", errNoEvent, err)
		}
		return data, nil
	}
	data, found := members["data"]
	if !found {
		return nil, nil
	}
	contentType, typed := a[contentTypeAttribute]
	if !typed {
		contentType, a[contentTypeAttribute] = "application/json", "application/json"
	}
	var text string
	if !strings.Contains(contentType, "json") && json.Unmarshal(data, &text) == nil {
		return []byte(text), nil
	}
	return compact(data)
}
