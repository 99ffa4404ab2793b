package kafkasource

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/IBM/sarama"
)

// Each row was seen on the deserialiser and the HTTP writer of Knative's dispatcher (CloudEvents 4.0.1, Vert.x 4.5.27). want is the
// header that differs from the plain event's, "" for none; wrapped is no CloudEvent there.
func TestReadRecord_asTheDispatcherDoes(t *testing.T) {
	t.Parallel()
	const wrapped = "wrapped"
	for record, want := range map[string]string{
		"ce_x=é":     "Ce-X: \xe9",
		"ce_x=ł€":    "Ce-X: ??",
		"ce_x=😀":     "Ce-X: ??",
		"ce_x=\xffa": "Ce-X: ?a",
		"ce_x=":      "Ce-X: ",
		"ce_x=a\tb":  "Ce-X: a\tb",
		"ce_x=a%20":  "Ce-X: a%20",

		"ce_type=":           "Ce-Type: ",
		"ce_id=":             "Ce-Id: ",
		"ce_source=":         "Ce-Source: ",
		"ce_subject=":        "Ce-Subject: ",
		"CE_TYPE=other":      "",
		"ce_=x":              "",
		"foo=bar":            "",
		"ce_Foo=x":           "Ce-Foo: x",
		"ce_fo-o=x":          wrapped,
		"ce_fo_o=x":          wrapped,
		"ce_specversion=":    wrapped,
		"ce_specversion=2":   wrapped,
		"ce_specversion=0.3": "Ce-Specversion: 0.3",

		"ce_time=2026-01-02T03:04Z":               "Ce-Time: 2026-01-02T03:04:00Z",
		"ce_time=2026-01-02t03:04:05z":            "Ce-Time: 2026-01-02T03:04:05Z",
		"ce_time=2026-01-02T03:04:05.123456789Z":  "Ce-Time: 2026-01-02T03:04:05.123456789Z",
		"ce_time=2026-01-02T03:04:05.1234567890Z": wrapped,
		"ce_time=2026-01-02T03:04:05.100000Z":     "Ce-Time: 2026-01-02T03:04:05.1Z",
		"ce_time=2026-01-02T03:04:05.000Z":        "Ce-Time: 2026-01-02T03:04:05Z",
		"ce_time=2026-01-02T03:04:05.Z":           "Ce-Time: 2026-01-02T03:04:05Z",
		"ce_time=2026-01-02T03:04:05+02:00":       "Ce-Time: 2026-01-02T03:04:05+02:00",
		"ce_time=2026-01-02T03:04:05+02":          "Ce-Time: 2026-01-02T03:04:05+02:00",
		"ce_time=2026-01-02T03:04:05-00:00":       "Ce-Time: 2026-01-02T03:04:05Z",
		"ce_time=2026-01-02T03:04:05+0200":        wrapped,
		"ce_time=2026-01-02T03:04:05+19:00":       wrapped,
		"ce_time=2026-01-02 03:04:05Z":            wrapped,
		"ce_time=2026-01-02T03:04:05":             wrapped,
		"ce_time=2016-12-31T23:59:60Z":            wrapped,
		"ce_time=2026-02-30T03:04:05Z":            wrapped,
		"ce_time=2026-01-02T24:00:00Z":            wrapped,
		"ce_time=yesterday":                       wrapped,
		"ce_time=":                                wrapped,

		"ce_source=/a b":          wrapped,
		"ce_source=/a%zz":         wrapped,
		"ce_source=/a\x01":        wrapped,
		"ce_source=/a[b]":         wrapped,
		"ce_source=/a{b}":         wrapped,
		"ce_source=:":             wrapped,
		"ce_source=1a:b":          wrapped,
		"ce_source=/ł":            "Ce-Source: /?",
		"ce_source=http://h:x/":   "Ce-Source: http://h:x/",
		"ce_source=http://[::1]/": "Ce-Source: http://[::1]/",
		"ce_dataschema=a b":       wrapped,
		"ce_dataschema=x":         "Ce-Dataschema: x",

		"content-type=not a type":                         "Content-Type: not a type",
		"content-type=Application/CloudEvents+JSON":       "Content-Type: Application/CloudEvents+JSON",
		"content-type=application/cloudevents+xml":        wrapped,
		"content-type=application/cloudevents-batch+json": wrapped,
		"ce_datacontenttype=text/plain":                   "Content-Type: text/plain",
	} {
		headers := map[string]string{"ce_specversion": "1.0", "ce_id": "1", "ce_type": "t", "ce_source": "/s", "content-type": "application/json"}
		name, value, _ := strings.Cut(record, "=")
		headers[name] = value
		r := &sarama.ConsumerMessage{Value: []byte("{}")}
		for name, value := range headers {
			r.Headers = append(r.Headers, &sarama.RecordHeader{Key: []byte(name), Value: []byte(value)})
		}
		e, err := readRecord(r)
		got := differs(e.header)
		if errors.Is(err, errNoEvent) {
			got = wrapped
		}
		if got != want {
			t.Errorf("%q: got %q (%v), want %q", record, got, err, want)
		}
	}
}

// differs is what a header has beside, or instead of, the plain event's.
func differs(header http.Header) string {
	plain := map[string]string{"Ce-Specversion": "1.0", "Ce-Id": "1", "Ce-Type": "t", "Ce-Source": "/s", "Content-Type": "application/json"}
	var lines []string
	for name, values := range header {
		if values[0] != plain[name] || plain[name] == "" {
			lines = append(lines, name+": "+values[0])
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestReadRecord_structured(t *testing.T) {
	t.Parallel()
	const start = `{"specversion":"1.0","id":"1","type":"t","source":"/s"`
	for members, want := range map[string]wire{
		`,"data":{"b":1.0, "a":  "é"}}`:               {http.Header{"Content-Type": {"application/json"}}, `{"b":1.0,"a":"é"}`},
		`,"datacontenttype":"text/plain","data":"x"}`: {http.Header{"Content-Type": {"text/plain"}}, "x"},
		`,"data_base64":"eA=="}`:                      {nil, "x"},
		`,"ext":5}`:                                   {http.Header{"Ce-Ext": {"5"}}, ""},
		`,"ext":true}`:                                {http.Header{"Ce-Ext": {"true"}}, ""},
		`,"ext":null}`:                                {http.Header{"Ce-Ext": {"null"}}, ""},
		`,"time":"2026-01-02T03:04Z","data":null}`:    {http.Header{"Ce-Time": {"2026-01-02T03:04:00Z"}, "Content-Type": {"application/json"}}, "null"},
		`,"ext":1.5}`:                                 {},
		`,"ext":{}}`:                                  {},
		`,"time":"yesterday"}`:                        {},
		`,"data_base64":"?"}`:                         {},
		``:                                            {},
	} {
		e, err := readRecord(recordOf(nil, []byte(start+members), "content-type=application/cloudevents+json; charset=utf-8"))
		if want.Header == nil && want.Body == "" {
			if !errors.Is(err, errNoEvent) {
				t.Errorf("%s: got %v, %v, want none", members, e.header, err)
			}
			continue
		}
		for name, value := range map[string]string{"Ce-Specversion": "1.0", "Ce-Id": "1", "Ce-Type": "t", "Ce-Source": "/s"} {
			if want.Header == nil {
				want.Header = http.Header{}
			}
			want.Header.Set(name, value)
		}
		if err != nil {
			t.Errorf("%s: %v", members, err)
			continue
		}
		equal(t, want, wire{e.header, string(e.body)})
	}
}
