package mailbox

import (
	_ "embed"
	"html/template"
	"io"
	"net/http"
	"strings"
	"time"
)

//go:embed page.html
var pageSource string

//go:embed inbox.css
var pageStyle string

//go:embed inbox.js
var pageScript string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"when": func(t time.Time) string { return t.Local().Format("2 Jan 15:04:05") },
}).Parse(pageSource))

// shown is how many mails the page lists; the API has them all.
const shown = 200

// sheet is what the page shows: the list, and one mail of it unless nothing is chosen.
type sheet struct {
	Total  int
	Unread int
	Query  string
	Fault  string
	Mails  []Summary
	Chosen *Message
}

// The page runs its own script, which looks for new mails here, and may not be framed. A mail runs none; its links open in a new tab.
const (
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	bodyPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; img-src data:" // and the mart's origins
)

func (i *Inbox) showList(w http.ResponseWriter, r *http.Request) {
	i.show(w, r, nil)
}

func (i *Inbox) showMail(w http.ResponseWriter, r *http.Request) {
	message, err := i.store.get(r.PathValue("id"))
	if err != nil {
		http.Redirect(w, r, "/", http.StatusSeeOther) // deleted meanwhile
		return
	}
	if err := i.store.markRead(message.ID); err != nil {
		i.log.Warn("that a mail was read is not noted; it is shown as unread after the next start", "mail", message.ID, "reason", err)
	}
	i.show(w, r, &message)
}

// asset is a file of the page's.
func asset(kind, content string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = io.WriteString(w, content) // a reader that left is its own affair
	}
}

func (i *Inbox) show(w http.ResponseWriter, r *http.Request, chosen *Message) {
	s := sheet{Query: strings.TrimSpace(r.URL.Query().Get("query")), Chosen: chosen}
	match := everything
	if s.Query != "" {
		found, err := parseQuery(s.Query)
		if err != nil {
			s.Fault = err.Error()
		} else {
			match = found
		}
	}
	s.Total, _ = i.store.watch()
	s.Unread = i.store.unread()
	s.Mails = i.store.list(match)
	s.Mails = s.Mails[:min(shown, len(s.Mails))]
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.Header().Set("Cache-Control", "no-store")
	_ = pageTemplate.Execute(w, s) // a reader that left is its own affair
}

// showBody is the content of the frame: a mail's HTML as it came, but for where its links open, and for pictures from elsewhere than the mart.
func (i *Inbox) showBody(w http.ResponseWriter, r *http.Request) {
	message, err := i.store.get(strings.TrimSuffix(r.PathValue("id"), ".html"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", strings.Join(append([]string{bodyPolicy}, i.pictures...), " "))
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, `<base target="_blank">`+withPlaceholders(message.HTML, i.pictures))
}

// emptyFromPage deletes every mail for the page's button.
func (i *Inbox) emptyFromPage(w http.ResponseWriter, r *http.Request) {
	if err := i.store.delete(nil); err != nil {
		http.Error(w, "could not delete", http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
