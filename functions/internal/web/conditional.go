package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/onlinemart/mart/events"
)

// Conditional is for requests that change something they have read before.
type Conditional struct {
	IfMatch string `header:"If-Match" doc:"The ETag the change is based on, or several of which one is current; * is whichever version there is."`
}

func (Conditional) conditional() {}

var errNoIfMatch = &events.Problem{Status: http.StatusPreconditionRequired, Code: "precondition_required", Detail: "Send If-Match with the ETag you have read, so that nobody's change is lost."}

// Required is the demand for an If-Match. Errors: 428, and 400 for what is no list of ETags: reading again would not help.
func (c Conditional) Required() error {
	tags := tagsOf(c.IfMatch)
	switch {
	case len(tags) == 0:
		return errNoIfMatch
	case !tagList.MatchString(c.IfMatch):
		return &events.Problem{Status: http.StatusBadRequest, Code: "malformed_if_match", Detail: `If-Match is no list of ETags. Send the ETag as you have read it, with its quotes, such as "7", or *.`}
	}
	return nil
}

// Version is the version the change is based on. current reads which one there is now; it is asked only where If-Match leaves a choice.
// Errors: 428 when If-Match is absent, 400 when it is malformed, 412 when it names no version there could be, current's.
func (c Conditional) Version(noun string, current func() (int64, error)) (int64, error) {
	if err := c.Required(); err != nil {
		return 0, err
	}
	tags := tagsOf(c.IfMatch)
	versions, whichever := versionsOf(tags), slices.Contains(tags, "*")
	switch {
	case whichever || len(versions) > 1:
		now, err := current()
		if err == nil && !whichever && !slices.Contains(versions, now) {
			err = events.Stale(noun, now)
		}
		return now, err
	case len(versions) == 1:
		return versions[0], nil
	}
	return 0, &events.Problem{Status: http.StatusPreconditionFailed, Code: "stale_version", Detail: unmatched(tags)}
}

func unmatched(tags []string) string {
	if slices.ContainsFunc(tags, func(tag string) bool { return strings.HasPrefix(tag, "W/") }) {
		return `If-Match compares strongly, so that a weak ETag never matches. Send the ETag without W/, such as "7".`
	}
	return `If-Match is not an ETag of this resource; one looks like "7".`
}

// tagList is a list of entity tags or *, possibly with empty elements. Source: RFC 9110 §8.8.3, §5.6.1.
var tagList = regexp.MustCompile(`^[ \t,]*(?:(?:\*|(?:W/)?"[^"\x00-\x20\x7f]*")[ \t]*(?:,[ \t,]*|$))*$`)

// At is Version where the current one has been read already.
func (c Conditional) At(noun string, current int64) (int64, error) {
	return c.Version(noun, func() (int64, error) { return current, nil })
}

// tagsOf are the entity tags of a header. Ours have no comma in them, so that one of another with a comma is two that fit nothing.
func tagsOf(header string) []string {
	var tags []string
	for tag := range strings.SplitSeq(header, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

// versionsOf are the versions that tags stand for. Weak tags stand for none: a change compares strongly. Source: RFC 9110 §13.1.1.
func versionsOf(tags []string) []int64 {
	var versions []int64
	for _, tag := range tags {
		if v, ok := versionOf(tag); ok {
			versions = append(versions, v)
		}
	}
	return versions
}

// versionOf is the version in a tag of ours. What is shown beside it makes no change stale.
func versionOf(tag string) (int64, bool) {
	var numbers []int64
	for number := range strings.SplitSeq(strings.Trim(tag, `"`), ".") {
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, false
		}
		numbers = append(numbers, n)
	}
	return numbers[0], numbers[0] > 0 && tag == ETag(numbers[0], numbers[1:]...)
}

// ETag is the strong entity tag of a version, and of what is shown beside it that changes without a new version.
func ETag(version int64, beside ...int64) string {
	tag := strconv.FormatInt(version, 10)
	for _, n := range beside {
		tag += "." + strconv.FormatInt(n, 10)
	}
	return `"` + tag + `"`
}

// besideOf is what an ETag has beside the version.
func besideOf[S any](beside func(S) []int64, s S) []int64 {
	if beside == nil {
		return nil
	}
	return beside(s)
}

// Matches tells whether whoever sent this If-None-Match has what tag stands for. Weak and strong tags compare alike: a reader only wants
// to know whether to read again. Source: RFC 9110 §13.1.2.
func Matches(ifNoneMatch, tag string) bool {
	return slices.ContainsFunc(tagsOf(ifNoneMatch), func(known string) bool {
		return known == "*" || strings.TrimPrefix(known, "W/") == strings.TrimPrefix(tag, "W/")
	})
}

// Cached is for reads of one thing.
type Cached struct {
	IfNoneMatch string `header:"If-None-Match" doc:"ETags, weak or strong; 304 when one is still current."`
	MinVersion  int64  `query:"min-version" minimum:"0" doc:"Wait until the resource has at least this version."`
}

func (Cached) cached() {}

// Tagged is for reads of what has no version: its ETag stands for what is answered.
type Tagged struct {
	IfNoneMatch string `header:"If-None-Match" doc:"ETags, weak or strong; 304 when one is still current."`
}

func (Tagged) tagged() {}

// ShowTagged answers with what has no version, or 304 when the reader has it already. Error: body cannot be written.
func ShowTagged[B any](t Tagged, cache string, body B) (*Document[B], error) {
	content, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write an answer: %w", err)
	}
	sum := sha256.Sum256(content)
	d := &Document[B]{Status: http.StatusOK, ETag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, CacheControl: cache, Body: &body}
	if Matches(t.IfNoneMatch, d.ETag) {
		d.Status, d.Body = http.StatusNotModified, nil
	}
	return d, nil
}

// Document is the answer to a read of one thing.
type Document[B any] struct {
	Status       int
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Body         *B
}

// How long answers may be kept: nobody keeps personal data, everybody may keep the catalogue for a moment.
const (
	NoStore      = "no-store"
	CacheBriefly = "public, max-age=5, must-revalidate"
)

// Show answers with one thing, or 304 when the reader has it already; beside is what changes without a new version.
func Show[B any](c Cached, version int64, cache string, body B, beside ...int64) *Document[B] {
	d := &Document[B]{Status: http.StatusOK, ETag: ETag(version, beside...), CacheControl: cache, Body: &body}
	if Matches(c.IfNoneMatch, d.ETag) {
		d.Status, d.Body = http.StatusNotModified, nil
	}
	return d
}
