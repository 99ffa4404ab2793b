package notification

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// received is a mail as a mail program reads it.
type received struct {
	raw        string // with what the inbox puts in front
	header     netmail.Header
	text, page string
}

// received are all mails that came in, each read by the standard library: whatever is not as the standards of mail want it fails the test.
func (o office) received(t *testing.T) (all []received) {
	t.Helper()
	for _, raw := range o.raws(t) {
		all = append(all, readMail(t, raw))
	}
	return all
}

func (o office) raws(t *testing.T) (all []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(o.folder, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(raw))
	}
	return all
}

func readMail(t *testing.T, raw string) received {
	t.Helper()
	read, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatalf("%v:\n%s", err, raw)
	}
	kind, parameters, err := mime.ParseMediaType(read.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v:\n%s", kind, err, raw)
	}
	r := received{raw: raw, header: read.Header}
	var kinds []string
	for parts := multipart.NewReader(read.Body, parameters["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v:\n%s", err, raw)
		}
		kind, of, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil || !strings.EqualFold(of["charset"], "utf-8") || part.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			t.Fatalf("a part is %v: %v", part.Header, err)
		}
		content, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatalf("%v:\n%s", err, raw)
		}
		kinds = append(kinds, kind)
		if kind == "text/html" {
			r.page = string(content)
		} else {
			r.text = strings.ReplaceAll(string(content), "\r\n", "\n")
		}
	}
	if want := []string{"text/plain", "text/html"}; !slices.Equal(kinds, want) { // the last one that a program can show is shown. Source: RFC 2046 §5.1.4
		t.Fatalf("the parts are %v, want %v", kinds, want)
	}
	return r
}

// decoded is a header's value as people read it.
func (r received) decoded(t *testing.T, name string) string {
	t.Helper()
	value, err := new(mime.WordDecoder).DecodeHeader(r.header.Get(name))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// mails are all that came in, each as one text.
func (o office) mails(t *testing.T) (all []string) {
	t.Helper()
	for _, r := range o.received(t) {
		var b strings.Builder
		for name := range r.header {
			b.WriteString(name + ": " + r.decoded(t, name) + "\n")
		}
		all = append(all, b.String()+"\ntext/plain\n"+r.text+"\ntext/html\n"+r.page)
	}
	return all
}
