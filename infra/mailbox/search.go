package mailbox

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
)

// fields are the prefixes that a search term may have, and what each looks at.
var fields = map[string]func(Summary) string{
	"to":       func(s Summary) string { return written(s.To) },
	"cc":       func(s Summary) string { return written(s.Cc) },
	"bcc":      func(s Summary) string { return written(s.Bcc) },
	"reply-to": func(s Summary) string { return written(s.ReplyTo) },
	"from":     func(s Summary) string { return written([]*mail.Address{s.From}) },
	"addressed": func(s Summary) string {
		return written(slices.Concat(s.To, s.Cc, s.Bcc, s.ReplyTo, []*mail.Address{s.From}))
	},
	"subject":    func(s Summary) string { return s.Subject },
	"message-id": func(s Summary) string { return s.MessageID },
}

func written(addresses []*mail.Address) string {
	var text strings.Builder
	for _, address := range addresses {
		if address != nil {
			text.WriteString(address.Name + " <" + address.Address + ">\n")
		}
	}
	return text.String()
}

// anywhere is where a term without a prefix is looked for.
func anywhere(s Summary) string {
	return fields["addressed"](s) + s.Subject + "\n" + s.Snippet + "\n" + s.MessageID
}

// parseQuery reads terms such as to:"a@b" subject:paid "order 17"; a mail matches when it has them all, in any case of
// letters. A term with ! or - in front must be absent.
func parseQuery(query string) (func(Summary) bool, error) {
	terms, err := split(query)
	if err != nil {
		return nil, err
	}
	if len(terms) == 0 {
		return nil, errors.New(`no search query: try query=to:"ada@example.com"`)
	}
	var matches []func(Summary) bool
	for _, term := range terms {
		match, err := parseTerm(term)
		if err != nil {
			return nil, err
		}
		matches = append(matches, match)
	}
	return func(s Summary) bool {
		return !slices.ContainsFunc(matches, func(match func(Summary) bool) bool { return !match(s) })
	}, nil
}

func parseTerm(term string) (func(Summary) bool, error) {
	absent := strings.HasPrefix(term, "!") || strings.HasPrefix(term, "-")
	if absent {
		term = term[1:]
	}
	look := anywhere
	if prefix, rest, found := strings.Cut(term, ":"); found && !strings.ContainsAny(prefix, `" `) {
		if look = fields[strings.ToLower(prefix)]; look == nil {
			return nil, fmt.Errorf("unknown search prefix %q", prefix)
		}
		term = rest
	}
	wanted := strings.ToLower(strings.Trim(term, `"`))
	return func(s Summary) bool { return strings.Contains(strings.ToLower(look(s)), wanted) != absent }, nil
}

// split cuts at spaces outside of quotes.
func split(query string) ([]string, error) {
	inQuotes := false
	terms := strings.FieldsFunc(query, func(r rune) bool {
		if r == '"' {
			inQuotes = !inQuotes
		}
		return r == ' ' && !inQuotes
	})
	if inQuotes {
		return nil, errors.New(`a quote in the search query is not closed`)
	}
	return terms, nil
}
