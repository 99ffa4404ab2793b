// Package journal tells what the mart remembers of a thing or of a request: who asked for what, what was decided, and what that led to.
//
// It asks the public API, as a member of staff who may read the journal or by an access token, so that it works wherever the mart runs, and
// sees no personal value.
package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/flow"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/running"
)

// Command is the command line, for kong.
type Command struct {
	Subject     string `placeholder:"ID" help:"What was asked about this thing or spoke of it, with all that it led to: its id, or an order's number; or --correlation." xor:"what"`
	Correlation string `placeholder:"ID" help:"What one request led to, by the correlation that its events carry, or by the traceId of its answer; or --subject." xor:"what"`
	JSON        bool   `name:"json" help:"One JSON object a line, the oldest first."`
	Local
	Reader
}

// Local is the mart that is asked where none is named.
type Local struct {
	Data string `default:".mart" type:"path" help:"Data folder of a mart up: that mart is asked when none is named (${default})." env:"MART_DATA"`
}

// Reader says which mart is asked, and by whom.
type Reader struct {
	URL      string `name:"url" placeholder:"URL" help:"Which mart. Default: the one that runs on the data folder (--data)." env:"MART_URL"`
	Token    string `placeholder:"TOKEN" help:"An access token with the scope journal:read, instead of a password." env:"MART_TOKEN"`
	Email    string `name:"owner-email" default:"owner@example.com" help:"Who reads it (${default}): an owner, or somebody of support." env:"MART_OWNER_EMAIL"`
	Password string `name:"owner-password" help:"Their password." env:"MART_OWNER_PASSWORD"`
}

// Validate asks for what to look for: one of the two is needed, which kong's usage would show as both.
func (c Command) Validate() error {
	if c.Subject == "" && c.Correlation == "" {
		return errors.New("--subject or --correlation is missing")
	}
	return nil
}

// Run prints.
func (c Command) Run(ctx context.Context) error {
	mart, err := c.Enter(ctx, c.Data)
	if err != nil {
		return err
	}
	if c.Subject, err = identified(ctx, mart, c.Subject); err != nil {
		return err
	}
	entries, err := Read(ctx, mart, c.Subject, c.Correlation)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return errors.New("the journal knows of nothing like that")
	}
	return c.print(os.Stdout, entries)
}

// identified is the id of what is named: of an order's number, which no entry is about, the one that the mart tells.
func identified(ctx context.Context, mart client.Client, subject string) (string, error) {
	if !strings.HasPrefix(strings.ToUpper(subject), "M-") {
		return subject, nil
	}
	told, _, err := ReadFlow(ctx, mart, subject)
	return told.ID, err
}

func (c Command) print(w io.Writer, entries []events.JournalEntry) error {
	if !c.JSON {
		_, err := io.WriteString(w, Tree(entries, c.Subject))
		return err
	}
	encoder := json.NewEncoder(w)
	for _, e := range entries {
		if err := encoder.Encode(e); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	return nil
}

// Enter logs in at the mart that is named, else at the one that runs on the data folder, which it says. Error: nobody is named, there is no such mart, or
// it does not let them in.
func (c Reader) Enter(ctx context.Context, data string) (client.Client, error) {
	if c.Token == "" && c.Password == "" {
		return client.Client{}, errors.New("say who you are: set MART_OWNER_PASSWORD or --owner-password (mart up printed it at its first start), or MART_TOKEN")
	}
	url, err := running.Where(c.URL, data, os.Stderr)
	if err != nil {
		return client.Client{}, err
	}
	mart := client.New(url)
	if c.Token != "" {
		return mart.As(c.Token), nil
	}
	staff, err := mart.Enter(ctx, client.Backoffice, c.Email, c.Password)
	if err != nil {
		return mart, fmt.Errorf("log in: %w", err)
	}
	return staff, nil
}

// Read gives what one request led to, or all that shares a correlation with what was about a subject; of each the oldest first. Error: whoever
// asks may not, or the mart does not answer.
func Read(ctx context.Context, mart client.Client, subject, correlation string) (all []events.JournalEntry, err error) {
	if correlation != "" {
		if id, ok := flow.ID(correlation); ok {
			correlation = id
		}
		return pages(ctx, mart, url.Values{"correlation": {correlation}})
	}
	about, err := pages(ctx, mart, url.Values{"subject": {subject}})
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, e := range about {
		if known[e.Correlation] {
			continue
		}
		known[e.Correlation] = true
		more, err := pages(ctx, mart, url.Values{"correlation": {e.Correlation}})
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

func pages(ctx context.Context, mart client.Client, query url.Values) (all []events.JournalEntry, err error) {
	query.Set("limit", "100")
	query.Set("sort", "number")
	for {
		page, err := client.Get[client.Page[events.JournalEntry]](ctx, mart, "/journal?"+query.Encode())
		if err != nil {
			return nil, fmt.Errorf("read the journal: %w", err)
		}
		all = append(all, page.Items...)
		if page.NextCursor == "" {
			return all, nil
		}
		query.Set("cursor", page.NextCursor)
	}
}
