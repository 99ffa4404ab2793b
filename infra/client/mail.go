package client

import (
	"context"
	"net/url"
	"time"
)

// Mail is one mail of the inbox, with Mailpit's names.
type Mail struct {
	ID        string
	MessageID string
	Subject   string
	To        []struct{ Address string }
	Created   time.Time
	Text      string
	HTML      string
}

type mails struct {
	Messages []Mail `json:"messages"`
	Total    int    `json:"total"`
}

// Mails is every mail to an address, newest first.
func (c Client) Mails(ctx context.Context, to string) ([]Mail, error) {
	found, err := Get[mails](ctx, c, "/api/v1/search?limit=1000&query="+url.QueryEscape("to:"+to))
	return found.Messages, err
}

// Mail is one whole mail.
func (c Client) Mail(ctx context.Context, id string) (Mail, error) {
	return Get[Mail](ctx, c, "/api/v1/message/"+id)
}

// AwaitMail waits until the inbox holds a mail to that address that ok likes.
func (c Client) AwaitMail(ctx context.Context, to string, ok func(Mail) bool) (Mail, error) {
	var liked Mail
	_, err := Until(ctx, c, "/api/v1/search?limit=1000&query="+url.QueryEscape("to:"+to), func(found mails) bool {
		for _, m := range found.Messages {
			if ok(m) {
				liked = m
				return true
			}
		}
		return false
	})
	if err != nil {
		return liked, err
	}
	return c.Mail(ctx, liked.ID)
}
