package mailbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/onlinemart/mart/infra/onlyhere"
)

// routes is all that the inbox answers by HTTP.
func (i *Inbox) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/messages", i.listMessages)
	mux.HandleFunc("DELETE /api/v1/messages", i.deleteMessages)
	mux.HandleFunc("GET /api/v1/search", i.searchMessages)
	mux.HandleFunc("GET /api/v1/message/{id}", i.getMessage)
	mux.HandleFunc("GET /api/v1/message/{id}/raw", i.getRaw)
	mux.HandleFunc("GET /livez", answerOK)
	mux.HandleFunc("GET /readyz", i.answerReady)
	mux.HandleFunc("GET /{$}", i.showList)
	mux.HandleFunc("GET /inbox.css", asset("text/css; charset=utf-8", pageStyle))
	mux.HandleFunc("GET /inbox.js", asset("text/javascript; charset=utf-8", pageScript))
	mux.HandleFunc("GET /mail/{id}", i.showMail)
	mux.HandleFunc("GET /view/{id}", i.showBody)
	mux.HandleFunc("POST /empty", i.emptyFromPage)
	return onlyhere.Handler("this inbox", i.hosts, mux)
}

// answerReady tells whether mails can be kept.
func (i *Inbox) answerReady(w http.ResponseWriter, r *http.Request) {
	if err := i.store.ready(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	answerOK(w, r)
}

// page is a list of mails, with Mailpit's names.
type page struct {
	Total          int       `json:"total"`
	Unread         int       `json:"unread"`
	Count          int       `json:"count"`
	MessagesCount  int       `json:"messages_count"`
	MessagesUnread int       `json:"messages_unread"`
	Start          int       `json:"start"`
	Tags           []string  `json:"tags"`
	Messages       []Summary `json:"messages"`
}

func everything(Summary) bool { return true }

// listMessages takes a limit of 0 for none, and then leaves start out, too, as Mailpit's list does and its search does not.
func (i *Inbox) listMessages(w http.ResponseWriter, r *http.Request) {
	start, limit := startAndLimit(r)
	found := i.store.list(everything)
	shown := part(found, start, limit)
	if limit == 0 {
		shown = found
	}
	i.answerPage(w, start, found, shown)
}

func (i *Inbox) searchMessages(w http.ResponseWriter, r *http.Request) {
	match, err := parseQuery(r.URL.Query().Get("query"))
	if err != nil {
		answerError(w, http.StatusBadRequest, err)
		return
	}
	start, limit := startAndLimit(r)
	found := i.store.list(match)
	i.answerPage(w, start, found, part(found, start, limit))
}

// part is so many from a place on.
func part(found []Summary, start, limit int) []Summary {
	rest := found[min(start, len(found)):]
	return rest[:min(limit, len(rest))]
}

func (i *Inbox) answerPage(w http.ResponseWriter, start int, found, shown []Summary) {
	total, _ := i.store.watch()
	answerJSON(w, page{
		Total: total, Unread: i.store.unread(), Count: len(shown), MessagesCount: len(found), MessagesUnread: unreadAmong(found),
		Start: start, Tags: []string{}, Messages: shown,
	})
}

// startAndLimit is which part of a list is asked for. What is negative or no number counts as not said, as in Mailpit.
func startAndLimit(r *http.Request) (start, limit int) {
	return number(r, "start", 0), number(r, "limit", 50)
}

func number(r *http.Request, name string, otherwise int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil || n < 0 {
		return otherwise
	}
	return n
}

func (i *Inbox) getMessage(w http.ResponseWriter, r *http.Request) {
	message, err := i.store.get(r.PathValue("id"))
	if err != nil {
		answerError(w, statusOf(err), err)
		return
	}
	answerJSON(w, message)
}

func (i *Inbox) getRaw(w http.ResponseWriter, r *http.Request) {
	raw, err := i.store.raw(r.PathValue("id"))
	if err != nil {
		answerError(w, statusOf(err), err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(raw) // a reader that left is its own affair
}

// deleteMessages takes {"IDs": […]}; no body or no ids means all.
func (i *Inbox) deleteMessages(w http.ResponseWriter, r *http.Request) {
	var wanted struct{ IDs []string }
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&wanted)
	if err != nil && !errors.Is(err, io.EOF) {
		answerError(w, http.StatusBadRequest, errors.New(`the body must be {"IDs": [...]} or empty`))
		return
	}
	if err := i.store.delete(wanted.IDs); err != nil {
		answerError(w, http.StatusInternalServerError, err)
		return
	}
	answerOK(w, r)
}

func answerOK(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, "ok")
}

func answerJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(value) // a reader that left is its own affair
}

func answerError(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct{ Error string }{err.Error()})
}

func statusOf(err error) int {
	if errors.Is(err, errNoMail) {
		return http.StatusNotFound
	}
	return http.StatusInternalServerError
}
