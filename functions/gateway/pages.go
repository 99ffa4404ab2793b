package gateway

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/web"
	"github.com/onlinemart/mart/schemas"
)

//go:embed pages
var files embed.FS

// docsPolicy lets the docs page run its own scripts, call this origin, and nothing else. The viewer writes its styles itself.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// pagePolicy lets a page of ours use the look and the script of all of them.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// livePolicy lets a page of ours run its own scripts, too, and ask this origin; nothing within the page itself is a script or a style.
const livePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const html = "text/html; charset=utf-8"

// page is one of our own answers, the same until the next release.
type page struct {
	content []byte
	kind    string // its media type
	policy  string // its Content-Security-Policy; "" the strictest
	gzipped bool
	tag     string
}

// addPages adds our own pages, and what they are made of.
func addPages(mux *http.ServeMux, around frame) error {
	const json, yaml, text, script = "application/json", "application/yaml", "text/plain; charset=utf-8", "text/javascript; charset=utf-8"
	all, err := problemPages(around)
	if err != nil {
		return err
	}
	if all["/docs"], err = around.reference(); err != nil {
		return err
	}
	for path, p := range map[string]page{
		"/look.css":                {content: file("look.css"), kind: "text/css; charset=utf-8"},
		"/icon.svg":                {content: file("icon.svg"), kind: "image/svg+xml"},
		"/page.js":                 {content: file("page.js"), kind: script},
		"/events.css":              {content: file("events.css"), kind: "text/css; charset=utf-8"},
		"/find.js":                 {content: file("find.js"), kind: script},
		"/seen.js":                 {content: file("seen.js"), kind: script},
		"/staff.js":                {content: file("staff.js"), kind: script},
		"/flow.css":                {content: file("flow.css"), kind: "text/css; charset=utf-8"},
		"/flow.js":                 {content: file("flow.js"), kind: script},
		"/words.js":                {content: file("words.js"), kind: script},
		"/docs/docs.css":           {content: file("docs.css"), kind: "text/css; charset=utf-8"},
		"/docs/docs.js":            {content: file("docs.js"), kind: script},
		"/docs/scalar.js":          {content: file("scalar.js.gz"), kind: script, gzipped: true},
		"/docs/scalar.LICENSE.txt": {content: file("scalar.LICENSE.txt"), kind: text},
		"/openapi.json":            {content: schemas.OpenAPIJSON, kind: json},
		"/openapi.yaml":            {content: schemas.OpenAPIYAML, kind: yaml},
		"/asyncapi.yaml":           {content: schemas.AsyncAPIYAML, kind: yaml},
	} {
		all[path] = p
	}
	for path, p := range all {
		p.tag = tagOf(p.content)
		mux.Handle("GET "+path, p)
		mux.HandleFunc(path, notAllowed)
	}
	mux.Handle("GET /docs/{$}", http.RedirectHandler("/docs", http.StatusPermanentRedirect))
	mux.HandleFunc("GET /schemas/{file}", messageSchema)
	return nil
}

// file is one of the files that pages are made of; a name that is none is found by every test.
func file(name string) []byte {
	content, err := files.ReadFile("pages/" + name)
	if err != nil {
		panic(err)
	}
	return content
}

// tagOf is the ETag of an answer that is the same until its content is another.
func tagOf(content []byte) string {
	return fmt.Sprintf("%q", base64.RawURLEncoding.EncodeToString(sum(content)))
}

func sum(content []byte) []byte {
	s := sha256.Sum256(content)
	return s[:12]
}

func (p page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", p.kind)
	h.Set("ETag", p.tag)
	h.Set("Cache-Control", "public, max-age=300")
	if p.policy != "" {
		h.Set("Content-Security-Policy", p.policy)
	}
	if web.Matches(strings.Join(r.Header.Values("If-None-Match"), ","), p.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	var content io.Reader = bytes.NewReader(p.content)
	if p.gzipped {
		h.Add("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
		} else if unpacked, err := gzip.NewReader(content); err == nil {
			content = unpacked
		}
	}
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, content) // a reader who has gone away has lost nothing
	}
}

// messageSchema serves the schemas that the messages' dataschema attributes name.
func messageSchema(w http.ResponseWriter, r *http.Request) {
	content, err := fs.ReadFile(schemas.Messages, r.PathValue("file"))
	if err != nil {
		web.Refuse(w, r, events.NotFound("schema", r.PathValue("file")))
		return
	}
	page{content: content, kind: "application/schema+json", tag: tagOf(content)}.ServeHTTP(w, r)
}

func notAllowed(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	web.Refuse(w, r, &events.Problem{Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Detail: "This can only be read."}, "Allow", "GET, HEAD, OPTIONS")
}
