package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/onlinemart/mart/events"
)

// Conditional is for requests that change something they have read before.
type Conditional struct {
	IfMatch string `header:"If-Match" doc:"The ETag the change is based on. Required."`
}

func (Conditional) conditional() {}

// Version is the version the change is based on. Errors: 428 when If-Match is absent, 412 when it is not an ETag of ours.
func (c Conditional) Version() (int64, error) {
	if c.IfMatch == "" {
		return 0, &events.Problem{Status: http.StatusPreconditionRequired, Code: "precondition_required", Detail: "Send If-Match with the ETag you have read, so that nobody's change is lost."}
	}
	v, err := strconv.ParseInt(strings.Trim(c.IfMatch, `"`), 10, 64)
	if err != nil || v < 1 || c.IfMatch != ETag(v) {
		return 0, &events.Problem{Status: http.StatusPreconditionFailed, Code: "stale_version", Detail: `If-Match is not an ETag of this resource; one looks like "7".`}
	}
	return v, nil
}

// ETag is the strong entity tag of a version.
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// Cached is for reads of one thing.
type Cached struct {
	IfNoneMatch string `header:"If-None-Match" doc:"ETags; 304 when one is still current."`
	MinVersion  int64  `query:"min-version" minimum:"0" doc:"Wait until the resource has at least this version."`
}

func (Cached) cached() {}

// Document is the answer to a read of one thing.
type Document[B any] struct {
	Status       int
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Body         *B
}

// How long answers may be kept: nobody keeps personal data, everybody may keep the catalogue for a moment.
const (
	NoStore = "no-store"
	Catalog = "public, max-age=5, must-revalidate"
)

// Show answers with one thing, or 304 when the reader has it already.
func Show[B any](c Cached, version int64, cache string, body B) *Document[B] {
	d := &Document[B]{Status: http.StatusOK, ETag: ETag(version), CacheControl: cache, Body: &body}
	known := strings.Split(c.IfNoneMatch, ",")
	if slices.ContainsFunc(known, func(t string) bool { t = strings.TrimSpace(t); return t == d.ETag || t == "*" }) {
		d.Status, d.Body = http.StatusNotModified, nil
	}
	return d
}
