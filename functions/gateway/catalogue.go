package gateway

import (
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/web"
)

// eventPages is where the catalogue of messages is.
const eventPages = "/events"

// spoken is a message in the catalogue's lists.
type spoken struct {
	events.Details
	Type  string
	About string
	Mails []string // the mails that it leads to, in words
}

func spokenOf(m events.Declared) spoken {
	s := spoken{Details: m.Declaration(), Type: m.Type(), About: events.About(m)}
	for _, mail := range events.MailsOf(m) {
		s.Mails = append(s.Mails, strings.ReplaceAll(string(mail), "_", " "))
	}
	return s
}

// From and To are its functions, as the filter of the list takes them.
func (s spoken) From() string { return names(s.Producers) }

// To is who hears it; nobody in the mart may.
func (s spoken) To() string { return names(s.Consumers) }

// nounPage is what the page about one noun shows.
type nounPage struct {
	Noun     string // its name in messages
	InWords  string
	Graph    template.HTML // "" where nothing about it is on Kafka
	Messages []spoken
	ByKind   []ofKind
}

// ofKind is a noun's messages of one kind.
type ofKind struct {
	Kind     events.Kind
	Messages []spoken
}

// catalogue is the pages about messages: all of them, those about a noun, and each.
type catalogue struct {
	all           page
	noun, message *template.Template
	nouns         []nounPage
	log           *slog.Logger
}

// addCatalogue adds them. The list that was at /messages leads here.
func addCatalogue(mux *http.ServeMux, around frame, log *slog.Logger) error {
	c, err := newCatalogue(around)
	if err != nil {
		return err
	}
	c.log = log
	mux.Handle("GET "+eventPages, c.all)
	mux.Handle("GET "+eventPages+"/{name}", c)
	mux.Handle("GET /messages", http.RedirectHandler(eventPages, http.StatusPermanentRedirect))
	for _, path := range []string{eventPages, eventPages + "/{name}", "/messages"} {
		mux.HandleFunc(path, notAllowed)
	}
	return nil
}

func newCatalogue(around frame) (*catalogue, error) {
	nouns := nounPages()
	graph, errGraph := graphOf("all")
	all, errAll := around.rendered("events.html", struct {
		Graph template.HTML
		Nouns []nounPage
	}{graph, nouns})
	all.tag = tagOf(all.content)
	noun, errNoun := around.framed("noun.html")
	message, errMessage := around.framed("message.html")
	return &catalogue{all: all, noun: noun, message: message, nouns: nouns}, errors.Join(errGraph, errAll, errNoun, errMessage)
}

// nounPages is every noun of which anything is said, by name.
func nounPages() (all []nounPage) {
	for _, m := range events.All() { // with the refusals, which no noun lists
		s := spokenOf(m)
		i := slices.IndexFunc(all, func(n nounPage) bool { return n.Noun == s.Noun })
		if i < 0 {
			i, all = len(all), append(all, nounPage{Noun: s.Noun, InWords: events.InWords(s.Noun)})
		}
		all[i].Messages = append(all[i].Messages, s)
	}
	slices.SortFunc(all, func(a, b nounPage) int { return strings.Compare(a.InWords, b.InWords) })
	for i := range all {
		for _, kind := range []events.Kind{events.Command, events.Event, events.QueryKind} {
			of := ofKind{Kind: kind}
			for _, m := range all[i].Messages {
				if m.Kind == kind {
					of.Messages = append(of.Messages, m)
				}
			}
			if of.Messages != nil {
				all[i].ByKind = append(all[i].ByKind, of)
			}
		}
	}
	return all
}

// graphOf is a picture that infra/graphs has drawn; "" where there is none of that name.
func graphOf(name string) (template.HTML, error) {
	svg, err := files.ReadFile("pages/graphs/" + name + ".svg")
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return template.HTML(svg), err // drawn from our own declarations, and escaped there
}

// ServeHTTP answers with the page about a message, by its type or as order.paid, or about a noun.
func (c *catalogue) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if m, known := events.ByType(name); known {
		shown, err := shownMessage(m)
		c.show(w, r, c.message, shown, err)
		return
	}
	for _, n := range c.nouns {
		if n.Noun == name {
			graph, err := graphOf(name)
			n.Graph = graph
			c.show(w, r, c.noun, n, err)
			return
		}
		for _, m := range n.Messages {
			if m.String() == name {
				http.Redirect(w, r, eventPages+"/"+m.Type, http.StatusPermanentRedirect)
				return
			}
		}
	}
	web.Refuse(w, r, events.NotFound("message", name))
}

func (c *catalogue) show(w http.ResponseWriter, r *http.Request, t *template.Template, what any, err error) {
	var content strings.Builder
	if err == nil {
		err = t.Execute(&content, what)
	}
	if err != nil {
		c.log.ErrorContext(r.Context(), "a page about messages could not be made", "path", r.URL.Path, "error", err)
		web.Refuse(w, r, web.Internal)
		return
	}
	p := page{content: []byte(content.String()), kind: html, policy: livePolicy}
	p.tag = tagOf(p.content)
	p.ServeHTTP(w, r)
}

func names(functions []events.Function) string {
	all := make([]string, len(functions))
	for i, f := range functions {
		all[i] = string(f)
	}
	return strings.Join(all, " ")
}
