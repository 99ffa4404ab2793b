package gateway

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
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

var (
	//go:embed docs/index.html
	indexPage []byte
	//go:embed docs/docs.html
	docsPage []byte
	//go:embed docs/rapidoc.js.gz
	rapidoc []byte
	//go:embed docs/rapidoc.LICENSE.txt
	rapidocLicense []byte
)

// docsPolicy lets the docs page run its own script, call this origin, and nothing else. The viewer writes its styles itself.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page is one of our own answers, the same until the next release.
type page struct {
	content []byte
	kind    string // its media type
	policy  string // its Content-Security-Policy; "" the strictest
	gzipped bool
	tag     string
}

func addPages(mux *http.ServeMux) {
	const html, json, yaml, text = "text/html; charset=utf-8", "application/json", "application/yaml", "text/plain; charset=utf-8"
	for path, p := range map[string]page{
		"/{$}":                      {content: indexPage, kind: html, policy: "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"},
		"/docs":                     {content: docsPage, kind: html, policy: docsPolicy},
		"/docs/rapidoc.js":          {content: rapidoc, kind: "text/javascript; charset=utf-8", gzipped: true},
		"/docs/rapidoc.LICENSE.txt": {content: rapidocLicense, kind: text},
		"/openapi.json":             {content: schemas.OpenAPIJSON, kind: json},
		"/openapi.yaml":             {content: schemas.OpenAPIYAML, kind: yaml},
		"/asyncapi.yaml":            {content: schemas.AsyncAPIYAML, kind: yaml},
	} {
		p.tag = fmt.Sprintf("%q", base64.RawURLEncoding.EncodeToString(sum(p.content)))
		mux.Handle("GET "+path, p)
		mux.HandleFunc(path, notAllowed)
	}
	mux.Handle("GET /docs/{$}", http.RedirectHandler("/docs", http.StatusPermanentRedirect))
	mux.HandleFunc("GET /schemas/{file}", messageSchema)
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
	page{content: content, kind: "application/schema+json", tag: fmt.Sprintf("%q", base64.RawURLEncoding.EncodeToString(sum(content)))}.ServeHTTP(w, r)
}

func notAllowed(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	web.Refuse(w, r, &events.Problem{Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Detail: "This can only be read."}, "Allow", "GET, HEAD, OPTIONS")
}
